"""What acknowledgements and coordination show that have no effect, or go against an office."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from bus.events import Mode
from bus.notices.detector import policy_findings
from bus.notices.facts import (
    Answer,
    AnyFact,
    Approval,
    CoordinationFact,
    CoordinationKind,
    Disclosure,
    ProceedOverObjection,
    TextRead,
)
from bus.notices.findings import Finding, FindingKind, Severity
from bus.notices.history import History
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    POLICY,
    TEXT_A,
    TEXT_B,
    accept,
    announced_story,
    answer,
    cancel,
    clearance,
    coordination,
    day,
    delegate,
    lift,
    notice,
    receipt,
    reject,
    stay,
    withdraw,
)

HHS = {"office": "hhs.ios", "topic": "hhs.coordination.v1"}
FIRST = notice()
TOLD: list[AnyFact] = [FIRST, receipt(FIRST)]


def find(facts: list[AnyFact], kind: FindingKind, known_at: float = 365) -> list[Finding]:
    found = policy_findings(POLICY, History.of(facts), day(known_at))
    return [finding for finding in found if finding.kind is kind]


# VOID_ACKNOWLEDGEMENT


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"revision": 7, "text": "f" * 64}, "REVISION_UNKNOWN"),
        ({"text": "f" * 64}, "DIGEST_UNKNOWN"),
        ({"revision": 7}, "WRONG_REVISION"),
        ({"office": "hhs.oig"}, "NOT_ADDRESSED"),
        ({"officer": "d-1"}, "DECIDED_BY_DRAFTER"),
        ({"read": TextRead.NOT_READ}, "NOT_READ"),
        ({"read": TextRead.SUMMARY_READ}, "SUMMARY_ONLY"),
        ({"faults": ("readiness",)}, "FIELD_UNREADABLE"),
        ({"recorded_by": "doj.oag"}, "OTHER_AGENCYS_ENTRY"),
        ({"office": "hhs.ios", "on_behalf_of": INTAKE}, "DELEGATION_MISSING"),
        ({"topic": "doj.acknowledgement.v1"}, "NOT_AUTHORISED"),
        ({"mode": Mode.EXERCISE}, "OTHER_MODE"),
        ({"recorded": 0.5}, "BEFORE_DELIVERY"),
        ({"recorded": -1}, "REVISION_UNKNOWN"),
    ],
)
def test_an_acceptance_that_fills_no_seat_is_found_with_the_reason(
    details: dict[str, object], reason: str
) -> None:
    void = accept(**{"office": INTAKE, **details})  # type: ignore[arg-type]

    found = find([*TOLD, void], FindingKind.VOID_ACKNOWLEDGEMENT)

    assert [(f.reason, f.event_id, f.opened_at) for f in found] == [
        (reason, void.event_id, void.recorded_at)
    ]
    assert found[0].office == void.deciding_office


@pytest.mark.parametrize(
    "details", [{}, {"conditions": ("beds",)}, {"places": 1}, {"read": TextRead.READ}]
)
def test_an_acceptance_that_counts_or_waits_for_an_answer_is_not_void(
    details: dict[str, object],
) -> None:
    first = notice(places_needed=40, disclosure=Disclosure.SUMMARY)
    facts = [first, receipt(first), accept(INTAKE, **details)]

    assert find(facts, FindingKind.VOID_ACKNOWLEDGEMENT) == []


@pytest.mark.parametrize("objection", [reject, withdraw])
@pytest.mark.parametrize("details", [{"text": "f" * 64}, {"recorded": 0.5}, {"officer": "d-1"}])
def test_an_objection_with_a_defect_counts_and_is_not_void(
    objection: Callable[..., AnyFact], details: dict[str, object]
) -> None:
    facts = [*TOLD, objection(INTAKE, **details)]

    assert find(facts, FindingKind.VOID_ACKNOWLEDGEMENT) == []


def test_an_objection_of_an_office_that_nobody_asked_is_found() -> None:
    found = find([*TOLD, reject("hhs.oig")], FindingKind.VOID_ACKNOWLEDGEMENT)

    assert [(f.reason, f.office) for f in found] == [("NOT_ADDRESSED", "hhs.oig")]


def test_an_office_addressed_for_information_may_answer() -> None:
    from dataclasses import replace

    first = replace(notice(), addressees=frozenset({"hhs.oig"}))

    assert find([first, accept("hhs.oig")], FindingKind.VOID_ACKNOWLEDGEMENT) == []


@pytest.mark.promise("P7")
def test_what_an_acceptance_waited_for_does_not_take_the_finding_back() -> None:
    early = [accept(office, recorded=0.5) for office in (INTAKE, DIRECTOR)]

    found = find([*TOLD, *early], FindingKind.VOID_ACKNOWLEDGEMENT)

    assert [f.reason for f in found] == ["BEFORE_DELIVERY"] * 2
    assert clearance([*TOLD, *early], at=70).clear


def test_an_officers_second_seat_is_found() -> None:
    facts = [
        *TOLD,
        delegate("hhs.ios"),
        delegate("hhs.ios", office=DIRECTOR),
        accept("hhs.ios", on_behalf_of=INTAKE, officer="h-30"),
        accept("hhs.ios", on_behalf_of=DIRECTOR, officer="h-30", recorded=4),
    ]

    found = find(facts, FindingKind.VOID_ACKNOWLEDGEMENT)

    assert [(f.reason, f.office) for f in found] == [("ONE_OFFICER", DIRECTOR)]


@pytest.mark.promise("P8")
def test_an_exercises_answer_to_a_real_notice_alarms_nobody() -> None:
    facts = [*TOLD, accept(INTAKE, mode=Mode.EXERCISE)]

    (found,) = find(facts, FindingKind.VOID_ACKNOWLEDGEMENT)

    assert found.severity is Severity.INFO


# DECISION_NUMBERS


@pytest.mark.promise("P7")
def test_a_hole_in_an_offices_decision_numbers_is_found_at_the_number_after_it() -> None:
    after = accept(INTAKE, number=3, recorded=5)
    facts = [*TOLD, accept(INTAKE), after, accept(INTAKE, number=2, recorded=6), accept(DIRECTOR)]

    found = find(facts, FindingKind.DECISION_NUMBERS)

    assert [(f.event_id, f.office, f.reason) for f in found] == [
        (after.event_id, INTAKE, "NUMBER_MISSING")
    ]


def test_numbers_are_an_offices_own_whoever_decides_for_it() -> None:
    facts = [*TOLD, accept(INTAKE), reject("hhs.ios", on_behalf_of=INTAKE, number=2)]

    assert find(facts, FindingKind.DECISION_NUMBERS) == []


def test_one_number_for_two_texts_is_a_conflict() -> None:
    second = notice(revision=2, text=TEXT_B, recorded=5)
    facts = [*TOLD, second, accept(INTAKE), accept(INTAKE, revision=2, text=TEXT_B, recorded=6)]

    assert [f.office for f in find(facts, FindingKind.CONFLICT)] == [INTAKE]


# VOID_COORDINATION


STAYED = stay(since=62)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (lift(stay(since=62), since=65), "STAY_UNKNOWN"),
        (lift(STAYED, since=65, recorded=2), "STAY_UNKNOWN"),
        (lift(STAYED, since=65, approver="d-9"), "ONE_OFFICER"),
        (lift(STAYED, since=65, **HHS), "OTHER_AGENCY"),
        (lift(STAYED, since=65, recorded_by="hhs.ios"), "OTHER_AGENCYS_ENTRY"),
        (lift(STAYED, since=65, faults=("lift_stay.from",)), "FIELD_UNREADABLE"),
        (coordination(CoordinationKind.LIFT_STAY), "STATEMENT_MISSING"),
        (answer("beds"), "CONDITION_UNKNOWN"),
        (answer("beds", Answer.REFUSED), "CONDITION_UNKNOWN"),
        (answer("beds", **HHS), "NOT_THE_ISSUER"),
        (delegate("dhs.plcy"), "OTHER_AGENCY"),
        (cancel(since=65, **HHS), "NOT_THE_ISSUER"),
        (stay(since=65, topic="dhs.coordination.v1"), "NOT_AUTHORISED"),
        (stay(since=65, mode=Mode.EXERCISE), "OTHER_MODE"),
        (
            coordination(CoordinationKind.APPROVAL, Approval(revision=1, material_digest=TEXT_B)),
            "DIGEST_UNKNOWN",
        ),
        (
            coordination(CoordinationKind.APPROVAL, Approval(revision=9, material_digest=TEXT_A)),
            "REVISION_UNKNOWN",
        ),
        (
            coordination(
                CoordinationKind.APPROVAL,
                Approval(revision=1, material_digest=TEXT_A),
                officer="d-1",
            ),
            "ONE_OFFICER",
        ),
    ],
)
def test_a_statement_without_effect_is_found_with_the_reason(
    statement: CoordinationFact, reason: str
) -> None:
    found = find([*TOLD, STAYED, statement], FindingKind.VOID_COORDINATION)

    assert [(f.reason, f.event_id) for f in found] == [(reason, statement.event_id)]


def test_a_stay_that_is_lifted_already_cannot_be_lifted_again() -> None:
    once, again = lift(STAYED, since=65), lift(STAYED, since=66, recorded=5)

    found = find([*TOLD, STAYED, once, again], FindingKind.VOID_COORDINATION)

    assert [(f.reason, f.event_id) for f in found] == [("STAY_LIFTED", again.event_id)]


def test_of_two_liftings_recorded_at_once_the_one_behind_in_the_log_is_void() -> None:
    once, again = lift(STAYED, since=65), lift(STAYED, since=66)

    found = find([*TOLD, STAYED, again, once], FindingKind.VOID_COORDINATION)

    assert [f.event_id for f in found] == [again.event_id]


def test_a_lifting_said_twice_under_one_id_is_not_void() -> None:
    identity = UUID(int=96)
    once = lift(STAYED, since=65, coordination_id=identity)
    again = lift(STAYED, since=65, coordination_id=identity, recorded=5)

    assert find([*TOLD, STAYED, once, again], FindingKind.VOID_COORDINATION) == []


def test_what_lifts_a_stay_recorded_anew_under_its_id_is_not_void() -> None:
    anew = stay(since=75, recorded=5, coordination_id=STAYED.coordination_id)
    facts = [STAYED, lift(STAYED, since=65, recorded=4), anew, lift(STAYED, since=80, recorded=6)]

    assert find([*TOLD, *facts], FindingKind.VOID_COORDINATION) == []


def test_statements_that_have_their_effect_are_not_void() -> None:
    facts = [
        *TOLD,
        STAYED,
        lift(STAYED, since=65),
        accept(INTAKE, conditions=("beds",)),
        answer("beds"),
        delegate("hhs.ios"),
        cancel(since=90),
        coordination(CoordinationKind.APPROVAL, Approval(revision=1, material_digest=TEXT_A)),
    ]

    assert find(facts, FindingKind.VOID_COORDINATION) == []


def test_without_a_notice_a_stay_is_lifted_all_the_same() -> None:
    assert find([STAYED, lift(STAYED, since=65)], FindingKind.VOID_COORDINATION) == []


def test_two_contents_under_one_coordination_id_are_a_conflict() -> None:
    identity = UUID(int=97)
    one = lift(STAYED, since=65, coordination_id=identity)
    other = lift(STAYED, since=66, coordination_id=identity, recorded=5)

    found = find([*TOLD, STAYED, one, other], FindingKind.CONFLICT)

    assert [(f.event_id, f.opened_at) for f in found] == [(other.event_id, day(5))]


# PROCEEDED_OVER_OBJECTION, COMPELLED


def proceeding(**details: object) -> CoordinationFact:
    statement = ProceedOverObjection(revision=1)
    return coordination(CoordinationKind.PROCEED_OVER_OBJECTION, statement, **details)  # type: ignore[arg-type]


@pytest.mark.promise("P1")
def test_who_proceeds_over_an_objection_is_named_with_it_and_clears_nothing() -> None:
    no, proceeds = reject(INTAKE), proceeding()
    facts = [*TOLD, no, accept(DIRECTOR), proceeds]

    found = find(facts, FindingKind.PROCEEDED_OVER_OBJECTION)

    assert [(f.office, f.facts) for f in found] == [
        ("doj.oag", (str(proceeds.event_id), str(no.event_id)))
    ]
    assert not clearance(facts, at=70).clear


def test_only_the_issuer_proceeds() -> None:
    foreign = proceeding(**HHS)
    facts = [*TOLD, reject(INTAKE), foreign]

    assert find(facts, FindingKind.PROCEEDED_OVER_OBJECTION) == []
    assert [f.reason for f in find(facts, FindingKind.VOID_COORDINATION)] == ["NOT_THE_ISSUER"]
    assert "PROCEEDED_OVER_OBJECTION" not in {r.code for r in clearance(facts, at=70).reasons}


@pytest.mark.promise("P1")
def test_what_a_court_compels_is_found_and_stays_not_clear() -> None:
    compelled = coordination(CoordinationKind.COMPELLED)

    found = find([*TOLD, compelled], FindingKind.COMPELLED)

    assert [(f.event_id, f.severity) for f in found] == [(compelled.event_id, Severity.ALARM)]
    assert not clearance([*TOLD, compelled], at=70).clear


# the second officer


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("details", "announced"),
    [
        ({}, True),
        ({"officer": "d-1"}, False),
        ({"sound": False}, False),
        (HHS, False),
        ({"statement": Approval(revision=1, material_digest=TEXT_B)}, False),
    ],
    ids=["another officer", "the drafter", "doubtful mode", "another agency", "another text"],
)
def test_an_approval_of_its_text_by_another_officer_issues_a_notice(
    details: dict[str, object], announced: bool
) -> None:
    given = {"statement": Approval(revision=1, material_digest=TEXT_A), **details}
    approved = coordination(CoordinationKind.APPROVAL, **given)  # type: ignore[arg-type]

    state = clearance([*announced_story(approver=None), approved], at=70)

    assert state.announced is announced
