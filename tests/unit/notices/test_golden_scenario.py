"""2018 twice: as it happened, and as it must be. Dates are DOMAIN's, days of 2018."""

from __future__ import annotations

from datetime import date

import pytest

from bus.notices.detector import custody_findings, policy_findings
from bus.notices.facts import AnyFact
from bus.notices.findings import FindingKind
from bus.notices.history import History
from bus.notices.states import AnswerState, Force, Lead
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    OFFICES,
    POLICY,
    TEXT_A,
    TEXT_B,
    accept,
    citation,
    clearance,
    day,
    notice,
    receipt,
    reject,
)


def on(month: int, number: int, year: int = 2018) -> float:
    return (date(year, month, number) - date(2018, 1, 1)).days


EFFECT = on(4, 6)
SPEECH = on(5, 7)


def as_it_happened() -> list[AnyFact]:
    late = notice(recorded=SPEECH, effective=EFFECT)
    return [
        citation(recorded=on(11, 15, 2017), policy_id=None),
        citation(recorded=on(4, 10)),
        citation(recorded=on(5, 5), kind="SEPARATED", role="CHILD"),
        late,
        receipt(late, recorded=SPEECH),
        citation(recorded=on(5, 8)),
    ]


@pytest.mark.promise("P1")
def test_as_it_happened_the_pilot_of_2017_is_found_by_its_missing_citation() -> None:
    history = History.of(as_it_happened())

    found = custody_findings(history.citations)

    assert [(f.kind, f.opened_at) for f in found] == [
        (FindingKind.MISSING_CITATION, day(on(11, 15, 2017)))
    ]


@pytest.mark.promise("P1")
def test_as_it_happened_each_step_is_found_when_it_shows() -> None:
    found = policy_findings(POLICY, History.of(as_it_happened()), day(365))

    assert {(f.kind, f.opened_at) for f in found} == {
        (FindingKind.UNANNOUNCED_POLICY, day(on(4, 10))),
        (FindingKind.LATE_NOTICE, day(SPEECH)),
        (FindingKind.IN_FORCE_NOT_ANNOUNCED, day(SPEECH)),
        (FindingKind.CITED_NOT_CLEAR, day(SPEECH + 1)),
    }


@pytest.mark.promise("P1")
def test_as_it_happened_the_policy_is_never_clear() -> None:
    facts = as_it_happened()

    states = [clearance(facts, at=moment, known_at=moment) for moment in range(200)]

    assert not any(state.clear for state in states)
    assert states[int(SPEECH) - 1].revision is None
    assert (states[int(SPEECH)].lead, states[int(SPEECH)].force) == (Lead.SHORT, Force.IN_FORCE)


def as_it_must_be() -> list[AnyFact]:
    first = notice(recorded=EFFECT - 60, effective=EFFECT, text=TEXT_A)
    second = notice(
        recorded=EFFECT - 45, effective=EFFECT, revision=2, text=TEXT_B, replaces=TEXT_A
    )
    return [
        first,
        receipt(first, recorded=EFFECT - 60),
        reject(INTAKE, recorded=EFFECT - 50),
        accept(DIRECTOR, recorded=EFFECT - 49),
        second,
        receipt(second, recorded=EFFECT - 45),
        *(
            accept(office, recorded=EFFECT - 40, number=2, revision=2, text=TEXT_B)
            for office in OFFICES
        ),
        citation(recorded=EFFECT),
        citation(recorded=EFFECT + 30),
    ]


@pytest.mark.promise("P7")
def test_as_it_must_be_a_rejection_holds_until_a_new_text_voids_it() -> None:
    facts = as_it_must_be()

    answers = [
        clearance(facts, at=EFFECT, known_at=known_at).answer
        for known_at in (EFFECT - 60, EFFECT - 50, EFFECT - 45, EFFECT - 40)
    ]

    assert answers == [
        AnswerState.PENDING,
        AnswerState.REJECTED,
        AnswerState.PENDING,
        AnswerState.ACCEPTED,
    ]


@pytest.mark.promise("P1")
def test_as_it_must_be_the_gate_opens_on_the_effective_date() -> None:
    facts = as_it_must_be()

    states = [clearance(facts, at=at) for at in (EFFECT - 1, EFFECT)]

    assert [(s.announced, s.clear) for s in states] == [(True, False), (True, True)]
    assert [s.lead for s in states] == [Lead.KEPT, Lead.KEPT]


@pytest.mark.promise("P1")
def test_as_it_must_be_nothing_is_found() -> None:
    history = History.of(as_it_must_be())

    found = policy_findings(POLICY, history, day(365)) + custody_findings(history.citations)

    assert found == []
