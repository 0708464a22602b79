"""The gate: clear only for what is announced, in force, ACTUAL and fresh."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from bus.events import Mode
from bus.notices.facts import AnyFact
from bus.notices.gate import (
    Freshness,
    GateAnswer,
    LostOffsets,
    Position,
    SequenceGap,
    Verdict,
    answer,
)
from bus.notices.states import Code, Reason
from tests.unit.notices.stories import (
    announced_story,
    both_accept,
    clearance,
    day,
    dead_letter,
    notice,
    receipt,
)

NOW = day(1000)
SECOND = timedelta(seconds=1)


def ask(facts: list[AnyFact], at: float, **freshness: object) -> GateAnswer:
    known = Freshness(**{"asked_at": NOW, "lag": timedelta(0), **freshness})  # type: ignore[arg-type]
    return answer(clearance(facts, at), known)


def gap(since: timedelta) -> SequenceGap:
    return SequenceGap(
        source="doj/store", topic="doj.coordination.v1", sequence=7, noticed_at=NOW - since
    )


@pytest.mark.promise("P1")
def test_an_announced_policy_in_force_is_clear_while_the_tracker_is_fresh() -> None:
    given = ask(announced_story(), at=70)

    assert (given.verdict, given.is_fresh) == (Verdict.CLEAR, True)


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("what", "code"),
    [("agreements", "AGREEMENT_UNREADABLE"), ("statements", "STATEMENT_UNREADABLE")],
)
def test_what_cannot_be_read_and_may_be_about_any_policy_closes_the_gate(
    what: str, code: str
) -> None:
    letter = UUID(int=7)

    given = ask(announced_story(), at=70, **{what: (letter,)})

    assert (given.verdict, given.is_fresh) == (Verdict.NOT_CLEAR, False)
    assert given.reasons[0] == Reason(Code(code), str(letter))


@pytest.mark.promise("P1")
def test_a_policy_without_a_notice_is_unknown() -> None:
    given = ask([], at=70)

    assert given.verdict is Verdict.UNKNOWN


def test_a_policy_whose_only_record_is_a_dead_letter_is_unknown() -> None:
    given = ask([dead_letter()], at=70)

    assert given.verdict is Verdict.UNKNOWN


def test_an_announced_policy_is_not_clear_before_its_effective_date() -> None:
    given = ask(announced_story(effective=60), at=59)

    assert given.verdict is Verdict.NOT_CLEAR
    assert "NOT_YET_EFFECTIVE" in [reason.code for reason in given.reasons]


@pytest.mark.promise("P8")
def test_an_exercise_is_never_clear() -> None:
    first = notice(mode=Mode.EXERCISE)

    given = ask([first, receipt(first), *both_accept(mode=Mode.EXERCISE)], at=70)

    assert given.verdict is Verdict.NOT_CLEAR


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("lag", "verdict"),
    [
        (10 * SECOND, Verdict.CLEAR),
        (10.001 * SECOND, Verdict.NOT_CLEAR),
        (None, Verdict.NOT_CLEAR),
    ],
)
def test_a_tracker_that_is_behind_clears_nothing(lag: timedelta | None, verdict: Verdict) -> None:
    given = ask(announced_story(), at=70, lag=lag)

    assert given.verdict is verdict
    assert given.is_fresh is (verdict is Verdict.CLEAR)


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("since", "verdict"), [(9.999 * SECOND, Verdict.CLEAR), (10 * SECOND, Verdict.NOT_CLEAR)]
)
def test_a_number_still_missing_after_ten_seconds_closes_the_gate(
    since: timedelta, verdict: Verdict
) -> None:
    given = ask(announced_story(), at=70, gaps=(gap(since),))

    assert given.verdict is verdict


def test_a_stale_gate_names_the_missing_record_first() -> None:
    given = ask(announced_story(), at=70, lag=None, gaps=(gap(60 * SECOND),))

    assert [reason.code for reason in given.reasons[:2]] == ["TRACKER_BEHIND", "SEQUENCE_GAP"]
    assert given.reasons[1].fact == "doj/store doj.coordination.v1 7"


def test_a_stale_tracker_does_not_make_an_unknown_policy_known() -> None:
    given = ask([], at=70, lag=None)

    assert (given.verdict, given.is_fresh) == (Verdict.UNKNOWN, False)


def test_an_answer_is_valid_for_five_seconds_of_real_time() -> None:
    given = ask(announced_story(), at=70)

    assert given.valid_until == NOW + 5 * SECOND


def test_an_answer_does_not_outlive_the_policy() -> None:
    expires = 90

    given = ask(announced_story(expires=expires), at=expires - 2 / 86_400)

    assert given.verdict is Verdict.CLEAR
    assert given.valid_until - NOW < 2.001 * SECOND


@pytest.mark.promise("P10")
def test_an_answer_carries_the_dimensions_the_positions_and_the_legal_sentence() -> None:
    positions = (
        Position(topic="hhs.acknowledgement.v1", partition=1, next_offset=4),
        Position(topic="doj.policy-notice.v1", partition=0, next_offset=9),
    )

    given = ask(announced_story(), at=70, positions=positions)

    assert given.clearance.announced
    assert given.positions == tuple(sorted(positions))
    assert given.sentence == (
        "States whether the agreed coordination took place; "
        "neither confers nor denies legal authority."
    )


@pytest.mark.promise("P1")
def test_offsets_that_were_never_read_are_told_from_first_to_last() -> None:
    lost = LostOffsets(topic="doj.coordination.v1", partition=2, from_offset=5, to_offset=8)

    given = ask(announced_story(), at=70, lost=(lost,))

    assert given.verdict is Verdict.NOT_CLEAR
    assert given.reasons[0] == Reason(Code.OFFSETS_LOST, "doj.coordination.v1/2 5 to 7")
