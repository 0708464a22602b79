"""The lead dimension: delivery counts, by the named group's receipt, never the sender's word."""

from __future__ import annotations

import pytest

from bus.events import Mode
from bus.notices.states import Lead
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
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
)


@pytest.mark.promise("P1")
@pytest.mark.parametrize(("delivered", "lead"), [(29.999, Lead.KEPT), (30, Lead.SHORT)])
def test_thirty_whole_days_must_lie_between_the_day_of_delivery_and_the_effect(
    delivered: float, lead: Lead
) -> None:
    first = notice(effective=60)

    state = clearance([first, receipt(first, recorded=delivered), *both_accept()], at=70)

    assert state.lead is lead
    assert state.announced is (lead is Lead.KEPT)


def test_a_text_that_was_not_delivered_is_short() -> None:
    state = clearance([notice(), *both_accept()], at=70)

    assert state.lead is Lead.SHORT
    assert "NOT_DELIVERED" in codes(state, INTAKE)


def test_an_undelivered_text_is_short_even_if_the_office_waives() -> None:
    state = clearance([notice(), *both_accept(waives=True)], at=70)

    assert (state.lead, state.announced) == (Lead.SHORT, False)


def test_a_late_delivery_names_the_receipt_behind_it() -> None:
    first = notice(recorded=40)
    late = receipt(first, recorded=41)

    state = clearance([first, late], at=70)

    reasons = [r for r in state.reasons if r.code == "DELIVERED_LATE"]
    assert {(r.fact, r.office) for r in reasons} == {
        (str(late.event_id), INTAKE),
        (str(late.event_id), DIRECTOR),
    }


@pytest.mark.promise("P1")
def test_each_office_waives_for_itself_alone() -> None:
    first = notice(recorded=40)
    facts = [first, receipt(first, recorded=41), accept(INTAKE, waives=True)]

    one = clearance([*facts, accept(DIRECTOR)], at=70)
    both = clearance([*facts, accept(DIRECTOR, waives=True)], at=70)

    assert (one.lead, one.clear) == (Lead.SHORT, False)
    assert (both.lead, both.clear) == (Lead.WAIVED, True)
    assert "LEAD_WAIVED" in codes(both, DIRECTOR)


def test_only_a_full_acceptance_waives() -> None:
    first = notice(recorded=40)
    facts = [first, receipt(first, recorded=41), accept(DIRECTOR, waives=True)]

    rejected = clearance([*facts, reject(INTAKE, waives=True)], at=70)
    conditional = clearance([*facts, accept(INTAKE, waives=True, conditions=("beds",))], at=70)

    assert (rejected.lead, conditional.lead) == (Lead.SHORT, Lead.SHORT)


def test_a_lead_that_was_kept_is_kept_though_the_office_waives_it() -> None:
    first = notice()

    state = clearance([first, receipt(first), *both_accept(waives=True)], at=70)

    assert state.lead is Lead.KEPT


def test_lead_time_counts_from_the_first_delivery_of_the_material_text() -> None:
    editorial = notice(recorded=50, revision=2, text=TEXT_A, content="another title")
    facts = [*announced_story(), editorial, receipt(editorial, recorded=51)]

    state = clearance(facts, at=70)

    assert (state.revision, state.lead) == (2, Lead.KEPT)
    assert state.delivered_at == day(1)


def test_a_material_change_must_be_delivered_anew() -> None:
    changed = notice(recorded=50, revision=2, text=TEXT_B)

    state = clearance([*announced_story(), changed], at=70)

    assert (state.revision, state.lead) == (2, Lead.SHORT)
    assert "NOT_DELIVERED" in codes(state, INTAKE)


@pytest.mark.promise("P1")
@pytest.mark.parametrize(("delivered", "lead"), [(14.999, Lead.KEPT), (15, Lead.SHORT)])
def test_a_date_moved_earlier_counts_its_lead_anew(delivered: float, lead: Lead) -> None:
    sooner = notice(recorded=14, revision=2, text=TEXT_B, effective=45)
    accepts = both_accept(number=2, revision=2, text=TEXT_B, recorded=20)
    facts = [*announced_story(effective=60), sooner, receipt(sooner, recorded=delivered), *accepts]

    state = clearance(facts, at=50)

    assert (state.revision, state.lead) == (2, lead)
    assert state.clear is (lead is Lead.KEPT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"group": "tracker"},
        {"topic": "doj.delivery-receipt.v1"},
        {"mode": Mode.EXERCISE},
        {"sound": False},
        {"office": "hhs.oig"},
    ],
)
def test_only_a_sound_receipt_of_the_named_group_is_a_delivery(wrong: dict[str, object]) -> None:
    first = notice()

    state = clearance([first, receipt(first, **wrong), *both_accept()], at=70)  # type: ignore[arg-type]

    assert (state.lead, state.delivered_at) == (Lead.SHORT, None)


def test_a_receipt_for_one_office_delivers_to_no_other() -> None:
    first = notice()

    state = clearance([first, receipt(first, office=INTAKE), *both_accept()], at=70)

    assert [office.delivered_at for office in state.offices] == [None, day(1)]
    assert state.lead is Lead.SHORT


def test_of_two_receipts_for_an_office_the_first_is_its_delivery() -> None:
    first = notice()
    receipts = [receipt(first, recorded=4), receipt(first, recorded=3, office=INTAKE)]

    state = clearance([first, *receipts], at=10)

    assert [office.delivered_at for office in state.offices] == [day(4), day(3)]


@pytest.mark.promise("P8")
@pytest.mark.parametrize("defect", [{"sound": False}, {"faults": ("legal_authority",)}])
def test_a_doubtful_record_of_the_text_delivers_nothing(defect: dict[str, object]) -> None:
    doubtful = notice(**defect)  # type: ignore[arg-type]
    update = notice(recorded=5, revision=2, content="another title")
    facts = [doubtful, receipt(doubtful, recorded=1), update, receipt(update, recorded=45)]

    state = clearance(facts, at=10)

    assert (state.revision, state.delivered_at) == (2, day(45))


def test_an_office_without_a_receipting_machine_is_short_and_says_so() -> None:
    first = notice(required=("dhs.ice.ero",))
    facts = [
        first,
        receipt(first),
        *both_accept(),
        accept("dhs.ice.ero", topic="dhs.acknowledgement.v1", waives=True),
    ]

    state = clearance(facts, at=70)

    assert state.lead is Lead.SHORT
    assert "NO_RECEIPT_GROUP" in codes(state, "dhs.ice.ero")


def test_the_policy_is_delivered_when_the_last_office_has_it() -> None:
    first = notice()
    facts = [first, receipt(first, office=INTAKE, recorded=2)]

    one = clearance(facts, at=10)
    both = clearance([*facts, receipt(first, office=DIRECTOR, recorded=5)], at=10)

    assert (one.delivered_at, both.delivered_at) == (None, day(5))
