"""Agreements apply to notices: which one, what it asks, and what may not be made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bus.events import Mode
from bus.notices.agreement import Terms, terms_for
from bus.notices.detector import contradictory_agreements
from bus.notices.durations import Holidays, business_days, calendar_days, hours
from bus.notices.facts import AgreementFact, AnyFact, Seat
from bus.notices.findings import FindingKind
from bus.notices.states import AnswerState, Lead, ObjectionAfterEffect
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    accept,
    agreement,
    announced_story,
    both_accept,
    clearance,
    codes,
    day,
    notice,
    receipt,
    withdraw,
)

pytestmark = pytest.mark.promise("P1")

OIG = "hhs.oig"
DEFAULT = (DIRECTOR, INTAKE)


def asks(office: str) -> dict[str, object]:
    """Return an agreement's details that ask this one office."""
    return {"seats": (Seat.of_office(office),), "receipts": ((office, "hhs-intake"),)}


def terms(*agreements: AgreementFact, recorded: float = 0) -> Terms:
    return terms_for(notice(recorded=recorded), agreements)


@pytest.mark.parametrize(
    ("begins", "ends", "party", "offices"),
    [
        (0, None, "doj", (INTAKE,)),
        (0, 10, "doj", (INTAKE,)),
        (-9, 0, "doj", DEFAULT),
        (1, None, "doj", DEFAULT),
        (0, None, "dhs", DEFAULT),
    ],
)
def test_an_agreement_in_force_between_the_agencies_takes_the_defaults_place(
    begins: float, ends: float | None, party: str, offices: tuple[str, ...]
) -> None:
    assert terms(agreement(begins=begins, ends=ends, party=party)).offices == offices


@pytest.mark.parametrize(
    "other",
    [
        {"topic": "doj.agreement.v1"},
        {"mode": Mode.EXERCISE},
        {"recorded": 1},
        {"instruments": frozenset({"RULE"})},
        {"approved_by": ("doj",)},
        {"parties": frozenset({"doj"})},
    ],
    ids=["owner", "mode", "recorded later", "instrument", "approval", "alone"],
)
def test_an_agreement_that_isnt_about_the_notice_leaves_the_default(
    other: dict[str, object],
) -> None:
    seats = (Seat.of_office(OIG),)

    assert terms(agreement(seats=seats, **other)).offices == DEFAULT  # type: ignore[arg-type]


def test_a_party_doesnt_approve_through_another_agencys_office() -> None:
    agreed = agreement()
    crossed = tuple(each._replace(office="doj.counsel") for each in agreed.approvals)

    assert terms(replace(agreed, approvals=crossed)).offices == DEFAULT


def test_an_agreement_that_is_recorded_later_changes_no_state_of_before() -> None:
    facts = [*announced_story(), agreement(recorded=1)]

    assert clearance(facts, at=70).clear


def test_the_agreements_office_and_lead_time_announce_a_policy() -> None:
    first = notice(effective=60)
    facts = [agreement(), first, receipt(first, recorded=14), accept(INTAKE)]

    kept = clearance(facts, at=60)
    short = clearance([*facts[:2], receipt(first, recorded=15), accept(INTAKE)], at=60)

    assert (kept.lead, kept.clear) == (Lead.KEPT, True)
    assert (short.lead, short.clear) == (Lead.SHORT, False)


def test_only_the_group_that_the_agreement_names_proves_delivery() -> None:
    first = notice()
    facts = [agreement(receipts=((INTAKE, "hhs-archive"),)), first, accept(INTAKE)]

    other = clearance([*facts, receipt(first)], at=70)
    named = clearance([*facts, receipt(first, group="hhs-archive")], at=70)

    assert (other.lead, named.lead) == (Lead.SHORT, Lead.KEPT)


def test_an_office_for_which_the_agreement_names_no_group_is_short() -> None:
    first = notice()

    state = clearance([agreement(receipts=()), first, receipt(first), accept(INTAKE)], at=70)

    assert "NO_RECEIPT_GROUP" in codes(state, INTAKE)


def test_a_sender_adds_offices_and_leaves_none_out() -> None:
    told = notice(required=(OIG,))

    added = terms_for(told, [agreement()])

    assert added.offices == (OIG, INTAKE)
    assert added.receipt_groups[OIG] == {"hhs-intake"}


def test_an_office_that_must_accept_anyway_gets_no_second_seat_from_the_sender() -> None:
    seats = terms_for(notice(required=(INTAKE,)), [agreement()]).seats

    assert seats == (Seat.of_office(INTAKE),)


def test_a_sender_can_require_one_office_of_a_seat_that_another_could_fill() -> None:
    shared = Seat(seat_id="intake", offices=(INTAKE, OIG), acceptances_needed=1)

    added = terms_for(notice(required=(OIG,)), [agreement(seats=(shared,))])

    assert added.seats == (shared, Seat.of_office(OIG))


def test_an_agreement_without_a_seat_isnt_filled_by_the_senders_own_choice() -> None:
    first = notice(required=(OIG,))
    facts = [agreement(seats=()), first, receipt(first), accept(OIG)]

    assert clearance(facts, at=70).answer is AnswerState.NO_SEAT


def test_the_highest_version_that_has_begun_applies() -> None:
    versions = [
        agreement(version=1),
        agreement(version=2, begins=10, **asks(DIRECTOR)),
        agreement(version=3, begins=20, recorded=15, **asks(OIG)),
    ]

    offices = [terms(*versions, recorded=moment).offices for moment in (9.9, 10, 19.9, 20)]

    assert offices == [(INTAKE,), (DIRECTOR,), (DIRECTOR,), (OIG,)]


def test_a_version_that_has_ended_brings_no_earlier_one_back() -> None:
    ended = agreement(version=2, ends=10, **asks(OIG))

    assert terms(agreement(), ended, recorded=10).offices == DEFAULT


def test_a_version_leaves_out_no_party_of_the_one_before() -> None:
    parties = frozenset({"doj", "dhs"})
    without = agreement(version=2, parties=parties, seats=(Seat.of_office("dhs.plcy"),))

    assert terms(agreement(), without).offices == ("dhs.plcy", INTAKE)


def test_agencies_cant_agree_hhs_out_of_the_default() -> None:
    parties = frozenset({"doj", "dhs"})
    between = agreement(parties=parties, lead_time=hours(0), seats=(Seat.of_office("dhs.plcy"),))

    found = terms(between)

    assert found.offices == ("dhs.plcy", *DEFAULT)
    assert found.earliest_effect(day(0)) == day(31)


def test_of_several_agreements_all_seats_groups_and_the_longest_lead_time_hold() -> None:
    other = {"seats": (Seat.of_office(INTAKE), Seat.of_office("dhs.plcy"))}
    found = terms(
        agreement(name="one", lead_time=calendar_days(10)),
        agreement(
            name="two",
            lead_time=business_days(10),
            receipts=((INTAKE, "hhs-archive"),),
            objection_after_effect=ObjectionAfterEffect.CLOSE,
            acknowledge_within=hours(1),
            **other,
        ),
    )

    assert found.offices == ("dhs.plcy", INTAKE)
    assert len(found.seats) == 2
    assert found.receipt_groups[INTAKE] == {"hhs-intake", "hhs-archive"}
    assert found.earliest_effect(day(0)) == day(16)  # with the holiday of the 15th
    assert found.due_at(day(0)) == day(0) + timedelta(hours=1)
    assert found.objection_after_effect is ObjectionAfterEffect.CLOSE
    assert found.lead_time == "10 calendar days and 10 business days"


def test_a_text_is_delivered_once_each_group_that_agreements_name_has_receipted() -> None:
    first = notice()
    two = [agreement(name="one"), agreement(name="two", receipts=((INTAKE, "hhs-archive"),))]
    facts = [*two, first, receipt(first), accept(INTAKE)]

    one = clearance(facts, at=70)
    both = clearance([*facts, receipt(first, recorded=9, group="hhs-archive")], at=70)

    assert one.lead is Lead.SHORT
    assert (both.lead, both.delivered_at) == (Lead.KEPT, day(9))


def test_seats_that_agreements_call_the_same_keep_apart() -> None:
    one, other = (Seat(seat_id="s", offices=(o,), acceptances_needed=1) for o in (INTAKE, OIG))

    found = terms(agreement(name="one", seats=(one,)), agreement(name="two", seats=(other,)))

    assert [seat.seat_id for seat in found.seats] == ["s", "s-2"]


DOUBTS: dict[str, list[AgreementFact]] = {
    "two contents": [
        agreement(**asks(OIG), lead_time=hours(0)),
        agreement(**asks("hhs.ios"), lead_time=hours(0)),
    ],
    "an unsound mode": [agreement(**asks(OIG), lead_time=hours(0), sound=False)],
    "a symbol nobody knows": [agreement(**asks(OIG), lead_time=hours(0), is_whole=False)],
}


@pytest.mark.parametrize("doubt", DOUBTS.values(), ids=DOUBTS)
def test_a_doubtful_agreement_adds_its_seats_to_the_default_and_grants_nothing(
    doubt: list[AgreementFact],
) -> None:
    found = terms(*doubt)

    assert set(found.offices) > set(DEFAULT)
    assert OIG in found.offices
    assert OIG not in found.receipt_groups
    assert found.earliest_effect(day(0)) == day(31)


def test_a_doubtful_agreement_with_a_longer_lead_time_keeps_it() -> None:
    found = terms(agreement(sound=False))

    assert found.earliest_effect(day(0)) == day(46)


def test_a_version_with_two_contents_is_found_once() -> None:
    one, other = DOUBTS["two contents"]
    third = agreement(recorded=1, **asks(DIRECTOR))

    (finding,) = contradictory_agreements([one, agreement(version=2), other, third])

    assert (finding.kind, finding.opened_at) == (FindingKind.CONFLICT, other.recorded_at)
    assert set(finding.facts) == {str(each.event_id) for each in (one, other, third)}
    assert (finding.policy_id, finding.office) == (None, None)


def test_a_new_version_settles_what_two_contents_of_the_last_one_left_open() -> None:
    settled = agreement(version=2, **asks(DIRECTOR))

    assert terms(*DOUBTS["two contents"], settled).offices == (DIRECTOR,)


def test_a_version_that_nobody_approved_contradicts_none() -> None:
    draft = agreement(approved_by=("doj",), **asks(OIG))

    assert not list(contradictory_agreements([agreement(), draft]))
    assert terms(agreement(), draft).offices == (INTAKE,)


def test_a_second_content_that_comes_after_the_notice_changes_nothing_for_it() -> None:
    second = agreement(recorded=1, **asks(OIG))

    assert terms(agreement(), second).offices == (INTAKE,)


def test_a_version_that_is_recorded_twice_is_one() -> None:
    assert terms(agreement(), agreement(recorded=0)).offices == (INTAKE,)


def test_a_version_of_unsound_mode_replaces_nothing() -> None:
    unsound = agreement(version=2, sound=False, **asks(OIG))

    assert terms(agreement(), unsound).offices == tuple(sorted((INTAKE, DIRECTOR, OIG)))


def test_an_exercise_is_under_the_agreements_of_exercises_too() -> None:
    drill = agreement(name="drill", mode=Mode.EXERCISE, **asks(OIG))

    found = terms_for(notice(mode=Mode.EXERCISE), [agreement(), drill])

    assert found.offices == (OIG, INTAKE)


def test_lead_times_are_counted_in_the_notices_zone_and_answers_in_the_agreements() -> None:
    agreed = agreement(
        lead_time=business_days(10),
        acknowledge_within=calendar_days(1),
        holidays=Holidays.NONE,
        time_zone="America/New_York",
    )

    found = terms(agreed)

    assert found.earliest_effect(day(0)) == day(15)  # the 15th would be a holiday
    assert found.due_at(day(0)) == day(1) + timedelta(hours=5)  # it is still 31 December there


def test_ladders_are_the_agreements_and_the_built_in_ones_for_all_others() -> None:
    ladder = ((OIG, calendar_days(2)), (DIRECTOR, calendar_days(1)))

    found = terms(agreement(ladders=((INTAKE, ladder),)))

    turns = [(turn.office, turn.at) for turn in found.climb(INTAKE, day(0))]
    assert turns == [(DIRECTOR, day(2)), (OIG, day(3))]
    assert found.climb("doj.oag", day(0))


def test_an_agreement_may_let_objections_after_effect_close_the_gate() -> None:
    first = notice(effective=60)
    told: list[AnyFact] = [first, receipt(first), *both_accept(), withdraw(number=2, recorded=61)]

    warned = clearance([agreement(), *told], at=70)
    closed = clearance([agreement(objection_after_effect=ObjectionAfterEffect.CLOSE), *told], at=70)

    assert (warned.clear, closed.clear) == (True, False)
