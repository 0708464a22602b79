"""To what a policy speaks, and what the gate says of anything else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bus.notices.facts import Scope
from bus.notices.gate import Act, Coverage, Freshness, GateAnswer, Verdict, answer
from bus.notices.states import Code
from tests.unit.notices.stories import announced_story, clearance, day

NARROW = Scope(sectors=frozenset({"El Paso"}), event_kinds=frozenset({"REFERRED_FOR_PROSECUTION"}))
FRESH = Freshness(asked_at=day(70), lag=timedelta(0))


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("act", "verdict"),
    [
        (Act(sector="El Paso"), Verdict.NOT_CLEAR),
        (Act(event_kind="REFERRED_FOR_PROSECUTION"), Verdict.NOT_CLEAR),
        (Act(sector="El Paso", event_kind="REFERRED_FOR_PROSECUTION"), Verdict.CLEAR),
        (Act(sector="Yuma"), Verdict.NOT_CLEAR),
        (Act(sector="El Paso", event_kind="SEPARATED"), Verdict.NOT_CLEAR),
    ],
)
def test_the_gate_clears_only_what_the_policy_speaks_to(act: Act, verdict: Verdict) -> None:
    state = clearance(announced_story(scope=NARROW), at=70)

    given = answer(state, FRESH, act)

    is_outside = given.coverage is Coverage.OUTSIDE
    assert given.verdict is verdict
    assert (Code.OUT_OF_SCOPE in {each.code for each in given.reasons}) is is_outside


@pytest.mark.promise("P1")
def test_a_question_about_the_policy_alone_says_that_its_scope_was_not_asked() -> None:
    narrow = answer(clearance(announced_story(scope=NARROW), at=70), FRESH)
    wide = answer(clearance(announced_story(), at=70), FRESH)

    assert (narrow.verdict, narrow.coverage) == (Verdict.CLEAR, Coverage.NOT_ASKED)
    assert left_out(narrow) == ["sector", "event_kind"]
    assert (wide.verdict, wide.coverage, left_out(wide)) == (Verdict.CLEAR, Coverage.COVERED, [])


@pytest.mark.promise("P1")
def test_an_act_that_leaves_out_what_the_scope_asks_for_is_not_covered() -> None:
    state = clearance(announced_story(scope=NARROW), at=70)

    given = answer(state, FRESH, Act(event_kind="REFERRED_FOR_PROSECUTION"))

    assert (given.verdict, given.coverage) == (Verdict.NOT_CLEAR, Coverage.NOT_ASKED)
    assert left_out(given) == ["sector"]


def test_a_scope_of_sectors_alone_asks_for_no_kind_of_event() -> None:
    state = clearance(announced_story(scope=Scope(sectors=frozenset({"Yuma"}))), at=70)

    given = answer(state, FRESH, Act(sector="Yuma"))

    assert (given.verdict, given.coverage) == (Verdict.CLEAR, Coverage.COVERED)


@pytest.mark.parametrize(
    ("kind", "names"), [("SEPARATED", ["separation_reason"]), ("TRANSFERRED", [])]
)
def test_the_gate_says_where_the_reason_of_a_separation_would_matter(
    kind: str, names: list[str]
) -> None:
    scope = Scope(separation_reasons=frozenset({"WARRANT"}))

    given = answer(clearance(announced_story(scope=scope), at=70), FRESH, Act(event_kind=kind))

    assert (given.verdict, left_out(given)) == (Verdict.CLEAR, names)


def test_of_a_policy_without_a_notice_no_scope_is_told() -> None:
    assert answer(clearance([], at=70), FRESH).coverage is None


def left_out(given: GateAnswer) -> list[str | None]:
    return [each.fact for each in given.reasons if each.code is Code.SCOPE_NOT_ASKED]


def test_an_empty_scope_speaks_to_everything() -> None:
    assert Scope().speaks_to(sector="Yuma", event_kind="SEPARATED")
