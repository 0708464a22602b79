"""Who may fill a seat: nobody who wrote the text or let it go out, and no officer two of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bus.notices.detector import policy_findings
from bus.notices.facts import Approval, CoordinationFact, CoordinationKind, Seat
from bus.notices.findings import FindingKind
from bus.notices.history import History
from bus.notices.states import AnswerState
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    POLICY,
    TEXT_A,
    TEXT_B,
    accept,
    agreement,
    both_accept,
    clearance,
    codes,
    coordination,
    day,
    delegate,
    notice,
    receipt,
    withdraw,
)

FIRST = notice()
TOLD = (FIRST, receipt(FIRST))


def approval(officer: str, **details: object) -> CoordinationFact:
    statement = Approval(revision=1, material_digest=TEXT_A)
    return coordination(CoordinationKind.APPROVAL, statement, officer=officer, **details)  # type: ignore[arg-type]


@pytest.mark.promise("P1")
@pytest.mark.parametrize("accepted", [2, 6], ids=["before it", "after it"])
def test_who_drafted_an_editorial_revision_fills_no_seat_for_its_text(accepted: float) -> None:
    retitled = notice(revision=2, content="A with another title", recorded=5, drafter="h-9")
    facts = [
        *TOLD,
        retitled,
        accept(INTAKE, officer="h-9", recorded=accepted),
        accept(DIRECTOR, recorded=accepted),
    ]

    state = clearance(facts, at=70)

    assert (state.revision, state.answer) == (2, AnswerState.PENDING)
    assert codes(state, INTAKE) >= {"DECIDED_BY_DRAFTER"}


def test_an_update_drafted_by_who_had_accepted_closes_no_gate_in_force() -> None:
    accepted = [accept(INTAKE, officer="h-9"), accept(DIRECTOR)]
    retitled = notice(revision=2, content="A with another title", recorded=65, drafter="h-9")

    state = clearance([*TOLD, *accepted, retitled], at=70)

    assert (state.revision, state.clear) == (1, True)


def test_an_acceptance_after_that_update_opens_none_either_way() -> None:
    retitled = notice(revision=2, content="A with another title", recorded=5, drafter="h-9")
    late = accept(INTAKE, officer="h-9", recorded=6)

    for asked in (1, 2):
        named = replace(late, revision=asked)
        assert clearance([*TOLD, retitled, named, accept(DIRECTOR)], at=70).clear is False


def test_who_approved_any_revision_of_the_text_fills_no_seat_for_it() -> None:
    retitled = notice(revision=2, content="A with another title", recorded=5, approver="h-9")
    by_notice = [*TOLD, retitled, accept(INTAKE, officer="h-9"), accept(DIRECTOR)]
    by_statement = [*TOLD, approval("h-9"), accept(INTAKE, officer="h-9"), accept(DIRECTOR)]

    states = [clearance(facts, at=70) for facts in (by_notice, by_statement)]

    assert [state.answer for state in states] == [AnswerState.PENDING] * 2
    assert all(codes(state, INTAKE) >= {"DECIDED_BY_APPROVER"} for state in states)


def test_an_approval_of_a_doubtful_mode_keeps_its_officer_from_a_seat_all_the_same() -> None:
    facts = [*TOLD, approval("h-9", sound=False), accept(INTAKE, officer="h-9"), accept(DIRECTOR)]

    assert clearance(facts, at=70).answer is AnswerState.PENDING


def test_another_agencys_word_that_it_approves_keeps_nobody_from_a_seat() -> None:
    by_another = approval("h-9", office="dhs.plcy", topic="dhs.coordination.v1")

    facts = [*TOLD, by_another, accept(INTAKE, officer="h-9"), accept(DIRECTOR)]

    assert clearance(facts, at=70).clear


def test_who_drafted_another_text_of_the_policy_may_fill_a_seat() -> None:
    changed = notice(revision=2, text=TEXT_B, recorded=5, drafter="h-9", approver="h-8")
    facts = [*TOLD, changed, receipt(changed, recorded=6)]
    accepted = [accept(INTAKE, officer="h-9"), accept(DIRECTOR, officer="h-8")]

    assert clearance([*TOLD, *accepted], at=70).clear
    assert clearance([*facts, *accepted], at=70).answer is AnswerState.PENDING


@pytest.mark.promise("P1")
def test_an_officer_of_two_offices_fills_one_seat_the_one_that_was_filled_first() -> None:
    facts = [
        *TOLD,
        accept(DIRECTOR, officer="h-9", recorded=2),
        accept(INTAKE, officer="h-9", recorded=3),
    ]

    state = clearance(facts, at=70)

    assert state.answer is AnswerState.PENDING
    assert codes(state, INTAKE) >= {"ONE_OFFICER"}
    assert codes(state, DIRECTOR) >= {"ACCEPTED"}


def test_an_officer_of_two_offices_counts_once_among_the_offices_of_one_seat() -> None:
    offices = (INTAKE, DIRECTOR, "hhs.ios")
    seat = Seat(seat_id="two of three", offices=offices, acceptances_needed=2)
    agreed = agreement(seats=(seat,), receipts=tuple((o, "hhs-intake") for o in offices))
    told = [agreed, *TOLD]
    alone = [accept(INTAKE, officer="h-9"), accept(DIRECTOR, officer="h-9")]

    assert clearance([*told, *alone], at=70).answer is AnswerState.PENDING
    assert clearance([*told, *alone, accept("hhs.ios")], at=70).clear


def test_the_other_seat_is_free_once_another_officer_has_decided_for_the_first() -> None:
    facts = [
        *TOLD,
        accept(DIRECTOR, officer="h-9", recorded=2),
        accept(INTAKE, officer="h-9", recorded=3),
    ]
    another = accept(DIRECTOR, officer="h-10", number=2, recorded=4)

    assert clearance([*facts, another], at=70).clear


def test_an_officer_whose_first_acceptance_was_withdrawn_may_fill_the_other_seat() -> None:
    facts = [
        *TOLD,
        accept(DIRECTOR, officer="h-9", recorded=2),
        withdraw(DIRECTOR, number=2, recorded=3),
        accept(INTAKE, officer="h-9", recorded=4),
    ]

    state = clearance(facts, at=70)

    assert codes(state, INTAKE) >= {"ACCEPTED"}


def test_a_seat_of_ones_own_comes_before_one_that_was_filled_for_another_office() -> None:
    facts = [
        *TOLD,
        delegate("hhs.ios", office=DIRECTOR),
        accept("hhs.ios", on_behalf_of=DIRECTOR, officer="h-9", recorded=2),
        accept(INTAKE, officer="h-9", recorded=3),
    ]

    state = clearance(facts, at=70)

    assert codes(state, INTAKE) >= {"ACCEPTED"}
    assert codes(state, DIRECTOR) >= {"ONE_OFFICER"}


def test_an_acceptance_by_who_sits_elsewhere_or_wrote_the_text_is_found_as_void() -> None:
    facts = [
        *TOLD,
        *both_accept(officer="h-9"),
        accept(INTAKE, officer="a-2", number=2, recorded=5),
    ]

    found = policy_findings(POLICY, History.of(facts), day(10))

    void = [each for each in found if each.kind is FindingKind.VOID_ACKNOWLEDGEMENT]
    assert [each.reason for each in void] == ["ONE_OFFICER", "DECIDED_BY_APPROVER"]
