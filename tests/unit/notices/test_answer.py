"""The answer dimension: who must accept, and what counts as an acceptance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bus.events import Mode
from bus.notices.agreement import Seat
from bus.notices.assessment import OfficeState, SeatState, answer_of, lead_of_seats
from bus.notices.clearance import judge
from bus.notices.facts import AnyFact, Decision, Disclosure, TextRead
from bus.notices.history import History
from bus.notices.states import AnswerState, Lead
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    OFFICES,
    POLICY,
    TEXT_A,
    TEXT_B,
    accept,
    announced_story,
    both_accept,
    clearance,
    codes,
    day,
    notice,
    receipt,
    reject,
    withdraw,
)


def told(**details: object) -> list[AnyFact]:
    """A notice that reached both offices, and no answer yet."""
    first = notice(**details)  # type: ignore[arg-type]
    return [first, receipt(first)]


@pytest.mark.promise("P1")
def test_a_policy_that_both_offices_accept_in_time_is_clear_once_in_force() -> None:
    state = clearance(announced_story(), at=60)

    assert (state.answer, state.announced, state.clear) == (AnswerState.ACCEPTED, True, True)


@pytest.mark.promise("P7")
def test_a_delivery_is_not_an_acknowledgement() -> None:
    state = clearance(told(), at=70)

    assert state.answer is AnswerState.PENDING
    assert [office.decision for office in state.offices] == [None, None]
    assert codes(state, INTAKE) == {"NO_DECISION", "DELIVERED_IN_TIME"}


def test_one_office_that_has_not_answered_keeps_the_policy_pending() -> None:
    state = clearance([*told(), accept(INTAKE)], at=70)

    assert (state.answer, state.clear) == (AnswerState.PENDING, False)
    assert "NO_DECISION" in codes(state, DIRECTOR)


def test_the_default_offices_must_accept_whoever_is_addressed() -> None:
    facts = [*told(required=("hhs.oig",)), accept("hhs.oig")]

    state = clearance(facts, at=70)

    assert {office.office for office in state.offices} == {*OFFICES, "hhs.oig"}
    assert state.answer is AnswerState.PENDING


def test_an_office_that_the_sender_requires_must_accept_too() -> None:
    facts = [*told(required=("hhs.oig",)), *both_accept()]

    without, with_it = clearance(facts, at=70), clearance([*facts, accept("hhs.oig")], at=70)

    assert (without.answer, with_it.answer) == (AnswerState.PENDING, AnswerState.ACCEPTED)
    assert with_it.clear


@pytest.mark.parametrize("objection", [reject, withdraw])
def test_a_seat_whose_office_objects_is_rejected_until_it_decides_anew(
    objection: Callable[..., AnyFact],
) -> None:
    facts = [*told(), *both_accept(), objection(INTAKE, number=2, recorded=5)]

    objected = clearance(facts, at=70)
    anew = clearance([*facts, accept(INTAKE, number=3, recorded=6)], at=70)

    assert (objected.answer, objected.clear) == (AnswerState.REJECTED, False)
    assert (anew.answer, anew.clear) == (AnswerState.ACCEPTED, True)


def test_a_rejection_comes_before_a_seat_that_is_pending() -> None:
    state = clearance([*told(), reject(DIRECTOR)], at=70)

    assert state.answer is AnswerState.REJECTED


@pytest.mark.promise("P7")
def test_the_highest_decision_counts_not_the_last_to_arrive() -> None:
    facts = [*told(), *both_accept(number=2, recorded=3), reject(INTAKE, number=1, recorded=9)]

    state = clearance(facts, at=70)

    assert state.answer is AnswerState.ACCEPTED


@pytest.mark.promise("P7")
def test_an_acceptance_of_another_text_does_not_count() -> None:
    first = notice()
    second = notice(recorded=10, revision=2, text=TEXT_B, replaces=TEXT_A)
    facts = [first, second, receipt(first, second, recorded=11), *both_accept()]

    state = clearance(facts, at=70)

    assert state.revision == 2
    assert state.answer is AnswerState.PENDING


@pytest.mark.promise("P7")
def test_an_editorial_update_keeps_the_acceptance() -> None:
    update = notice(recorded=10, revision=2, text=TEXT_A, content="another title")

    state = clearance([*announced_story(), update], at=70)

    assert (state.revision, state.clear) == (2, True)


@pytest.mark.promise("P7")
def test_an_acceptance_whose_revision_does_not_carry_the_digest_fills_no_seat() -> None:
    facts = [*told(), accept(INTAKE, revision=7), accept(DIRECTOR)]

    state = clearance(facts, at=70)

    assert state.answer is AnswerState.PENDING
    assert "WRONG_REVISION" in codes(state, INTAKE)


@pytest.mark.parametrize("objection", [reject, withdraw])
def test_a_wrong_digest_does_not_void_an_objection(objection: Callable[..., AnyFact]) -> None:
    facts = [*told(), *both_accept(), objection(INTAKE, number=2, text="f" * 64)]

    state = clearance(facts, at=70)

    assert state.answer is AnswerState.REJECTED


@pytest.mark.promise("P7")
@pytest.mark.parametrize("objection", [reject, withdraw])
def test_an_objection_that_names_nothing_known_counts_until_the_office_decides_anew(
    objection: Callable[..., AnyFact],
) -> None:
    facts = [*told(), *both_accept(), objection(INTAKE, number=2, revision=7, text="f" * 64)]

    objected = clearance(facts, at=70)
    anew = clearance([*facts, accept(INTAKE, number=3)], at=70)

    assert (objected.answer, anew.answer) == (AnswerState.REJECTED, AnswerState.ACCEPTED)


@pytest.mark.promise("P7")
def test_an_objection_to_nobody_knows_what_counts_against_every_text() -> None:
    second = notice(revision=2, text=TEXT_B, recorded=3, effective=80)
    facts = [
        *told(),
        *both_accept(),
        second,
        *both_accept(number=2, revision=2, text=TEXT_B, recorded=4),
        reject(INTAKE, number=3, revision=7, text="f" * 64, recorded=5),
    ]

    answers = {
        number: assessment.answer
        for number, assessment in judge(POLICY, History.of(facts), day(10)).assessments.items()
    }

    assert answers == {1: AnswerState.REJECTED, 2: AnswerState.REJECTED}


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    ("text", "answer"), [("f" * 64, AnswerState.REJECTED), (TEXT_B, AnswerState.ACCEPTED)]
)
def test_only_the_text_that_it_names_takes_an_objection_off_what_stood_before(
    text: str, answer: AnswerState
) -> None:
    facts = [
        *told(),
        *both_accept(),
        reject(INTAKE, number=2, revision=2, text=text, recorded=5),
        notice(revision=2, text=TEXT_B, recorded=6, effective=80),
    ]

    judged = judge(POLICY, History.of(facts), day(10))

    assert judged.assessments[1].answer is answer
    assert judged.assessments[2].answer is AnswerState.REJECTED


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    ("defect", "code"),
    [
        ({"read": TextRead.NOT_READ}, "NOT_READ"),
        ({"conditions": ("more-beds",)}, "CONDITION_OPEN"),
        ({"officer": "d-1"}, "DECIDED_BY_DRAFTER"),
        ({"sound": False}, "MODE_UNSOUND"),
        ({"faults": ("readiness.places",)}, "FIELD_UNREADABLE"),
        ({"places": 39}, "CAPACITY_SHORT"),
        ({"places": 40, "places_from": 61}, "CAPACITY_SHORT"),
    ],
)
def test_an_acceptance_that_is_not_right_in_everything_fills_no_seat(
    defect: dict[str, object], code: str
) -> None:
    facts = [*told(places_needed=40), accept(INTAKE, **defect), accept(DIRECTOR)]

    state = clearance(facts, at=70)

    assert (state.answer, state.clear) == (AnswerState.PENDING, False)
    assert code in codes(state, INTAKE)
    assert "ACCEPTED" not in codes(state, INTAKE)


def test_an_acceptance_that_is_said_again_and_then_rightly_fills_its_seat() -> None:
    doubtful, sound = accept(INTAKE, recorded=2, sound=False), accept(INTAKE, recorded=3)

    state = clearance([*told(), doubtful, sound, accept(DIRECTOR)], at=70)

    assert state.clear
    accepted = [reason.fact for reason in state.reasons if reason.code == "ACCEPTED"]
    assert str(sound.event_id) in accepted


@pytest.mark.promise("P7")
def test_an_acceptance_that_names_the_revision_but_another_digest_fills_no_seat() -> None:
    state = clearance([*told(), accept(INTAKE, text="f" * 64), accept(DIRECTOR)], at=70)

    assert state.answer is AnswerState.PENDING
    assert "NO_DECISION" in codes(state, INTAKE)


@pytest.mark.promise("P7")
def test_the_answer_to_one_policy_is_no_answer_to_another() -> None:
    other = accept(INTAKE, policy_id="doj/2018/another-policy")

    state = clearance([*told(), other, accept(DIRECTOR)], at=70)

    assert "NO_DECISION" in codes(state, INTAKE)


def test_an_acceptance_names_the_acknowledgement_behind_it() -> None:
    yes = accept(INTAKE)

    state = clearance([*told(), yes], at=70)

    accepted = [(r.fact, r.office) for r in state.reasons if r.code == "ACCEPTED"]
    assert accepted == [(str(yes.event_id), INTAKE)]


@pytest.mark.parametrize(("starts", "clear"), [(55, True), (55.001, False)])
def test_places_must_be_ready_when_the_sender_needs_them(starts: float, clear: bool) -> None:
    facts = [
        *told(places_needed=40, needed_from=55),
        *both_accept(places=40, places_from=starts),
    ]

    state = clearance(facts, at=70)

    assert state.clear is clear


@pytest.mark.parametrize(("needed", "offered"), [(None, 3), (40, None), (0, 0)])
def test_capacity_is_compared_only_where_both_sides_name_a_number(
    needed: int | None, offered: int | None
) -> None:
    state = clearance([*told(places_needed=needed), *both_accept(places=offered)], at=70)

    assert state.clear


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    ("needed", "per_week", "offered", "clear"),
    [
        (None, 10, 9, False),
        (None, 10, 10, True),
        (5, 10, 9, False),
        (20, 10, 19, False),
        (20, 10, 20, True),
        (None, 0, 0, True),
    ],
)
def test_fewer_places_than_children_come_in_a_week_are_too_few(
    needed: int | None, per_week: int, offered: int, clear: bool
) -> None:
    facts = [*told(places_needed=needed, per_week=per_week), *both_accept(places=offered)]

    state = clearance(facts, at=70)

    assert state.clear is clear
    assert ("CAPACITY_SHORT" in codes(state, INTAKE)) is not clear


def test_places_for_a_weeks_children_must_be_ready_in_time() -> None:
    facts = [*told(per_week=10), *both_accept(places=10, places_from=61)]

    assert "CAPACITY_SHORT" in codes(clearance(facts, at=70), INTAKE)


def test_as_many_places_as_are_needed_in_time_are_enough() -> None:
    facts = [*told(places_needed=40), *both_accept(places=40, places_from=60)]

    state = clearance(facts, at=70)

    assert state.clear


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    ("disclosed", "read", "accepted"),
    [
        (Disclosure.FULL, TextRead.READ, True),
        (Disclosure.FULL, TextRead.SUMMARY_READ, False),
        (Disclosure.SUMMARY, TextRead.READ, True),
        (Disclosure.SUMMARY, TextRead.SUMMARY_READ, True),
        (Disclosure.SUMMARY, TextRead.NOT_READ, False),
        (Disclosure.EXISTENCE, TextRead.READ, True),
        (Disclosure.EXISTENCE, TextRead.SUMMARY_READ, False),
        (Disclosure.EXISTENCE, TextRead.NOT_READ, False),
    ],
)
def test_a_summary_is_enough_to_accept_where_no_more_is_disclosed(
    disclosed: Disclosure, read: TextRead, accepted: bool
) -> None:
    facts = [*told(disclosure=disclosed, sealed="9" * 64), *both_accept(read=read)]

    state = clearance(facts, at=70)

    assert (state.answer is AnswerState.ACCEPTED) is accepted


def test_a_decision_on_behalf_of_an_office_can_reject_for_it() -> None:
    facts = [*told(), *both_accept(), reject("hhs.ios", on_behalf_of=INTAKE, number=2)]

    state = clearance(facts, at=70)

    assert state.answer is AnswerState.REJECTED


def test_no_agency_decides_for_an_office_of_another() -> None:
    foreign = [
        accept(INTAKE, topic="doj.acknowledgement.v1"),
        accept("doj.oag", topic="doj.acknowledgement.v1", on_behalf_of=INTAKE),
    ]

    state = clearance([*told(), *foreign, accept(DIRECTOR)], at=70)

    assert codes(state, INTAKE) == {"NO_DECISION", "DELIVERED_IN_TIME"}


def test_two_statements_under_one_decision_number_fill_no_seat() -> None:
    facts = [*told(), *both_accept(), accept(INTAKE, waives=True, recorded=4)]

    state = clearance(facts, at=70)

    assert state.answer is AnswerState.PENDING
    assert "TWO_DECISIONS" in codes(state, INTAKE)


@pytest.mark.promise("P7")
def test_one_number_for_two_texts_accepts_neither() -> None:
    facts = [*told(), *both_accept(), accept(INTAKE, text=TEXT_B, revision=2)]

    state = clearance(facts, at=70)

    assert state.answer is AnswerState.PENDING
    assert "TWO_DECISIONS" in codes(state, INTAKE)


@pytest.mark.promise("P7")
def test_an_office_may_be_served_by_its_own_agencys_liaison_alone() -> None:
    own, other = (
        clearance([*told(), *both_accept(recorded_by=liaison)], at=70)
        for liaison in ("hhs.ios", "doj.oag")
    )

    assert own.clear
    assert other.answer is AnswerState.PENDING
    assert "OTHER_AGENCYS_ENTRY" in codes(other, INTAKE)


def test_an_objection_under_the_same_number_outweighs_an_acceptance() -> None:
    state = clearance([*told(), *both_accept(), withdraw(INTAKE)], at=70)

    assert state.answer is AnswerState.REJECTED
    assert codes(state, INTAKE) >= {"WITHDRAWN"}


def test_of_two_objections_under_one_number_the_rejection_is_shown() -> None:
    facts = [*told(), withdraw(INTAKE), reject(INTAKE)]

    state = clearance(facts, at=70)

    assert [o.decision for o in state.offices if o.office == INTAKE] == [Decision.REJECT]
    assert codes(state, INTAKE) >= {"REJECTED", "WITHDRAWN"}


def test_a_withdrawal_is_shown_as_one() -> None:
    state = clearance([*told(), withdraw(INTAKE)], at=70)

    assert [o.decision for o in state.offices if o.office == INTAKE] == [Decision.WITHDRAW]


def test_one_statement_sent_twice_is_one_decision() -> None:
    state = clearance([*told(), *both_accept(), *both_accept(recorded=9)], at=70)

    assert state.clear


def test_an_answer_in_another_mode_is_not_heard() -> None:
    facts = [*told(), accept(INTAKE, mode=Mode.EXERCISE), accept(DIRECTOR)]

    state = clearance(facts, at=70)

    assert "NO_DECISION" in codes(state, INTAKE)


@pytest.mark.promise("P1")
@pytest.mark.parametrize("approver", [None, "d-1"])
def test_publishing_takes_a_second_officer(approver: str | None) -> None:
    state = clearance(announced_story(approver=approver), at=70)

    assert not state.announced
    assert "SECOND_OFFICER_MISSING" in codes(state)


def office(
    decision: Decision | None, name: str = INTAKE, *, accepts: bool = False, objects: bool = False
) -> OfficeState:
    return OfficeState(
        office=name,
        decision=decision,
        acceptance=accept(name) if accepts else None,
        is_objection=objects,
        delivery=None,
        due_at=day(0),
        lead=Lead.KEPT,
        reasons=(),
    )


def seat(needed: int, *offices: OfficeState) -> SeatState:
    names = tuple(each.office for each in offices)
    return SeatState(
        seat=Seat(seat_id="s", offices=names, acceptances_needed=needed), offices=offices
    )


ACCEPTS = office(Decision.ACCEPT, accepts=True)
CONDITIONAL = office(Decision.ACCEPT)
REJECTS = office(Decision.REJECT, objects=True)
SILENT = office(None)


@pytest.mark.parametrize(
    ("seats", "expected"),
    [
        ((), AnswerState.NO_SEAT),
        ((seat(1, ACCEPTS), seat(1, SILENT)), AnswerState.PENDING),
        ((seat(1, ACCEPTS), seat(1, CONDITIONAL)), AnswerState.PENDING),
        ((seat(1, ACCEPTS), seat(1, REJECTS)), AnswerState.REJECTED),
        ((seat(1, SILENT), seat(1, REJECTS)), AnswerState.REJECTED),
        ((seat(2, ACCEPTS, ACCEPTS, REJECTS),), AnswerState.ACCEPTED),
        ((seat(2, ACCEPTS, SILENT, REJECTS),), AnswerState.PENDING),
        ((seat(2, ACCEPTS, REJECTS, REJECTS),), AnswerState.REJECTED),
    ],
)
def test_the_answer_is_the_first_value_that_holds(
    seats: tuple[SeatState, ...], expected: AnswerState
) -> None:
    answer = answer_of(seats)

    assert answer is expected


def test_without_a_seat_no_lead_time_was_kept() -> None:
    assert lead_of_seats(()) is Lead.SHORT
