"""What is refused of an agreement before it is published."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.publishing.drafts import faults, sound

AGREEMENT = "bus.agreement.v1"
DAYS = {"amount": 2, "unit": "BUSINESS_DAYS"}
NO_TIME = {"amount": 0, "unit": "HOURS"}


def ladder(*offices: str, after: dict[str, object] = DAYS) -> dict[str, Any]:
    """Return the ladder of hhs.orr.intake with these steps."""
    return {
        "office": "hhs.orr.intake",
        "steps": [{"office": office, "after": after} for office in offices],
    }


def test_an_agreement_is_approved_by_each_party_through_an_office_of_its_own() -> None:
    approvals = sound(AGREEMENT).data["approvals"]
    crossed = [approvals[0] | {"office": "hhs.acf"}, approvals[1] | {"party": "dhs"}]

    assert faults(sound(AGREEMENT, approvals=crossed)) == {
        "data.parties[1]": "approved",
        "data.approvals[0].office": "authorised",
        "data.approvals[1].party": "authorised",
    }


@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        (["doj"], {"data.parties": "two sides", "data.approvals[1].party": "authorised"}),
        (["doj", "hhs", "doj"], {"data.parties[2]": "once"}),
    ],
)
def test_an_agreement_has_two_sides(parties: list[str], expected: dict[str, str]) -> None:
    assert faults(sound(AGREEMENT, parties=parties)) == expected


def test_a_seat_has_as_many_offices_as_it_needs_acceptances() -> None:
    seat = {"seat_id": "intake", "offices": ["hhs.orr.intake"] * 2, "acceptances_needed": 2}

    assert faults(sound(AGREEMENT, seats=[seat])) == {
        "data.seats[0].offices[1]": "once",
        "data.seats[0].acceptances_needed": "can be filled",
    }


def test_each_office_of_a_seat_has_one_receipt_group() -> None:
    offices = ["hhs.orr.intake", "hhs.orr.director"]
    seat = {"seat_id": "orr", "offices": offices, "acceptances_needed": 1}
    receipts = [{"office": "hhs.orr.intake", "group": group} for group in ("hhs-intake", "tracker")]

    assert faults(sound(AGREEMENT, seats=[seat], receipts=receipts)) == {
        "data.receipts[1].office": "once",
        "data.seats[0].offices[1]": "has a receipt group",
    }


def test_no_time_is_zero_not_even_an_emergencys() -> None:
    basis = {"basis": "PUBLIC_HEALTH", "minimum_lead": NO_TIME}
    draft = sound(
        AGREEMENT,
        lead_time=NO_TIME,
        acknowledge_within=NO_TIME,
        emergency_bases=[basis],
        ladders=[ladder("hhs.oig", after=NO_TIME)],
    )

    assert faults(draft) == {
        "data.lead_time.amount": "above zero",
        "data.acknowledge_within.amount": "above zero",
        "data.emergency_bases[0].minimum_lead.amount": "above zero",
        "data.ladders[0].steps[0].after.amount": "above zero",
    }


def test_an_emergency_basis_has_one_minimum() -> None:
    bases = [{"basis": "PUBLIC_HEALTH", "minimum_lead": DAYS}] * 2

    assert faults(sound(AGREEMENT, emergency_bases=bases)) == {
        "data.emergency_bases[1].basis": "once"
    }


@pytest.mark.parametrize("offices", [(), ("hhs.orr.director",), ("hhs.oig", "hhs.ios")])
def test_a_ladder_ends_with_the_inspector_general(offices: tuple[str, ...]) -> None:
    found = faults(sound(AGREEMENT, ladders=[ladder(*offices)]))

    assert found == {"data.ladders[0].steps": "ends outside the silent chain"}


def test_a_ladder_never_turns_to_the_office_that_is_silent() -> None:
    found = faults(sound(AGREEMENT, ladders=[ladder("hhs.orr.intake", "hhs.oig")]))

    assert found == {"data.ladders[0].steps[0].office": "another office"}


def test_an_office_has_one_ladder() -> None:
    found = faults(sound(AGREEMENT, ladders=[ladder("hhs.oig"), ladder("hhs.oig")]))

    assert found == {"data.ladders[1].office": "once"}


def test_an_agreement_ends_after_it_begins_in_a_zone_that_exists() -> None:
    begin = sound(AGREEMENT).data["valid_from"]

    assert faults(sound(AGREEMENT, valid_to=begin, time_zone="America/El_Passo")) == {
        "data.time_zone": "time zone",
        "data.valid_to": "ends after it begins",
    }
