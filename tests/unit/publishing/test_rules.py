"""What publishing refuses, and what it must not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bus.codec.schemas import packaged
from bus.events import Draft, Mode
from bus.publishing.validation import find_event_faults
from tests.unit.publishing.drafts import faults, sound

NOTICE = "doj.policy-notice.v1"
ACKNOWLEDGEMENT = "hhs.acknowledgement.v1"
COORDINATION = "doj.coordination.v1"
CUSTODY = "dhs.custody-event.v1"
RECEIPT = "hhs.delivery-receipt.v1"
AGREEMENT = "bus.agreement.v1"
OFFICER = {"role": "policy-drafter", "id": "j-01"}


@pytest.mark.parametrize(
    "topic",
    [
        NOTICE,
        ACKNOWLEDGEMENT,
        COORDINATION,
        CUSTODY,
        RECEIPT,
        AGREEMENT,
        "bus.clearance.v1",
        "bus.finding.v1",
        "dlq.hhs-intake.v1",
    ],
)
def test_each_schemas_example_may_be_published(topic: str) -> None:
    draft = sound(topic)

    assert faults(draft) == {}


def test_an_unknown_topic_is_refused() -> None:
    draft = Draft(topic="doj.gossip.v1", data={})

    assert faults(draft, "doj") == {"topic": "exists"}


def test_only_its_owner_writes_a_topic() -> None:
    assert faults(sound(NOTICE), owner="hhs") == {"topic": "authorised"}


def test_an_owner_reports_the_gaps_of_its_own_groups_and_nothing_else() -> None:
    gap = sound("bus.finding.v1", kind="OFFSET_GAP")
    judgement = sound("bus.finding.v1", kind="LATE_NOTICE")

    assert faults(gap, owner="hhs") == {}
    assert faults(judgement, owner="hhs") == {"data.kind": "authorised"}


@pytest.mark.parametrize("system", ["dhs", "dhs.e3", "dhs.cbp.ofo-2"])
def test_a_system_of_the_owner_may_publish(system: str) -> None:
    assert faults(replace(sound(CUSTODY), system=system)) == {}


@pytest.mark.parametrize(
    ("system", "rule"),
    [
        ("hhs.portal", "authorised"),
        ("dhsx", "pattern"),
        ("dhs.E3", "pattern"),
        ("dhs.e3/1", "pattern"),
        ("dhs.e3\n", "pattern"),
        ("dhs." + "e" * 100, "pattern"),
    ],
)
def test_a_system_outside_the_owner_is_refused(system: str, rule: str) -> None:
    assert faults(replace(sound(CUSTODY), system=system)) == {"source": rule}


@pytest.mark.promise("P8")
def test_the_mode_is_the_same_around_the_payload_and_in_it() -> None:
    draft = replace(sound(NOTICE, mode="EXERCISE"), mode=Mode.ACTUAL)

    assert faults(draft) == {"mode": "agrees"}


def test_a_time_without_offset_is_refused() -> None:
    draft = replace(sound(CUSTODY), time=datetime(2018, 5, 7))  # noqa: DTZ001

    assert faults(draft) == {"time": "time zone"}


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-00:01"])
def test_a_time_at_the_calendars_edge_that_has_no_utc_is_refused(time: str) -> None:
    draft = replace(sound(CUSTODY), time=datetime.fromisoformat(time))

    assert faults(draft) == {"time": "UTC"}


@pytest.mark.parametrize("subject", ["", "a\nb", "\ud800", "x" * 513])
def test_a_subject_is_printable_text(subject: str) -> None:
    assert faults(replace(sound(CUSTODY), subject=subject)) == {"subject": "text"}


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        (("ce_mode", "ACTUAL"), "name"),
        (("content-type", "text/plain"), "name"),
        (("né", "x"), "name"),
        (("", "x"), "name"),
        (("note", "\ud800"), "text"),
    ],
)
def test_more_headers_are_plain_and_none_of_the_events_own(
    header: tuple[str, str], rule: str
) -> None:
    draft = replace(sound(CUSTODY), headers=(("__dlq.errors.group", "hhs-intake"), header))

    assert faults(draft) == {"headers[1]": rule}


def test_more_headers_are_bounded() -> None:
    draft = replace(sound(CUSTODY), headers=(("note", "x" * 10_000),))

    assert faults(draft) == {"headers": "size"}


def test_a_payload_that_is_no_mapping_is_one_fault() -> None:
    draft = replace(sound(NOTICE), data=[])  # type: ignore[arg-type]

    assert faults(draft) == {"data": "has the wrong type"}


def test_every_fault_is_told_at_once_and_none_twice() -> None:
    draft = sound(
        NOTICE, policy_id="hhs/2018/x-ray", revision=0, approved_by=None, stage="UNRECOGNIZED"
    )

    found = faults(replace(draft, system="hhs.x"))

    assert found.keys() == {"source", "data.policy_id", "data.revision", "data.stage"}


@pytest.mark.promise("P9")
def test_a_fault_never_shows_a_value() -> None:
    secret = "A999999999"
    draft = sound(CUSTODY, subject_id=secret, agency=secret, corrects=secret, sector=secret * 99)

    found = find_event_faults("dhs", packaged(), replace(draft, system=secret, subject="\0"))

    assert len(found) >= 5
    assert secret not in "".join(map(str, found))


# Notices


def test_a_notice_is_about_a_policy_of_its_owner() -> None:
    foreign = sound(NOTICE, policy_id="dhs/2018/referrals", issuing_office="dhs.plcy")
    mixed = sound(NOTICE, issuing_office="dhs.plcy")

    assert faults(foreign) == {"data.policy_id": "authorised", "data.issuing_office": "authorised"}
    assert faults(mixed) == {"data.issuing_office": "authorised"}


def test_a_liaison_of_the_owner_records_the_notice_of_another_agency() -> None:
    liaison = {"office": "doj.eousa", "officer": OFFICER}
    stranger = {"office": "hhs.ios", "officer": OFFICER}
    told = {"policy_id": "dhs/2018/referrals", "issuing_office": "dhs.plcy", "supersedes": None}

    assert faults(sound(NOTICE, **told, recorded_by=liaison)) == {}
    assert faults(sound(NOTICE, recorded_by=stranger)) == {"data.recorded_by.office": "authorised"}


@pytest.mark.parametrize("topic", [ACKNOWLEDGEMENT, COORDINATION])
def test_no_other_agencys_liaison_writes_on_an_owners_topic(topic: str) -> None:
    stranger = {"office": "dhs.plcy", "officer": OFFICER}

    assert faults(sound(topic, recorded_by=stranger)) == {"data.recorded_by.office": "authorised"}


RESTRICTED = {"cui_category": "CUI//SP-PRVCY/JUV", "sealed_digest": "4" * 64, "document": None}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"disclosure": "SUMMARY"}, None),
        ({"disclosure": "EXISTENCE", "summary": None}, None),
        ({"disclosure": "SUMMARY", "cui_category": None}, "data.cui_category"),
        ({"disclosure": "SUMMARY", "sealed_digest": None}, "data.sealed_digest"),
        ({"disclosure": "SUMMARY", "summary": None}, "data.summary"),
        ({"disclosure": "EXISTENCE"}, "data.summary"),
        ({"disclosure": "FULL"}, "data.sealed_digest"),
    ],
)
def test_a_notice_of_a_restricted_text_says_what_restricts_it_and_binds_it(
    changes: dict[str, object], path: str | None
) -> None:
    draft = sound(NOTICE, **{**RESTRICTED, **changes})

    assert faults(draft) == ({path: "restricted text"} if path else {})


def test_a_restricted_notice_links_to_no_document() -> None:
    document = sound(NOTICE).data["document"]
    draft = sound(NOTICE, **{**RESTRICTED, "disclosure": "SUMMARY", "document": document})

    assert faults(draft) == {"data.document": "restricted text"}


def test_a_final_notice_names_who_approved_it() -> None:
    assert faults(sound(NOTICE, approved_by=None)) == {"data.approved_by": "two officers"}
    assert faults(sound(NOTICE, approved_by=None, stage="PROPOSED")) == {}


@pytest.mark.parametrize("approver", ["j-01", "J-01"])
def test_who_drafted_a_notice_cannot_approve_it_in_another_role(approver: str) -> None:
    draft = sound(NOTICE, drafted_by=OFFICER, approved_by={"role": "approver", "id": approver})

    assert faults(draft) == {"data.approved_by": "two officers"}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "America"])
def test_a_notices_time_zone_exists(zone: str) -> None:
    assert "data.effective_time_zone" in faults(sound(NOTICE, effective_time_zone=zone))


def test_a_policy_ends_after_it_takes_effect() -> None:
    moment = sound(NOTICE).data["effective_at"]
    emergency = sound(NOTICE).data["emergency"] | {"ends_at": moment - timedelta(days=1)}

    draft = sound(NOTICE, expires_at=moment, emergency=emergency)

    assert faults(draft).keys() == {"data.expires_at", "data.emergency.ends_at"}


@pytest.mark.parametrize("superseded", ["doj/2018/example-policy", "hhs/2018/placement"])
def test_a_notice_supersedes_another_policy_of_its_owner(superseded: str) -> None:
    assert faults(sound(NOTICE, supersedes=superseded)).keys() == {"data.supersedes"}


def test_an_office_is_addressed_once() -> None:
    addressees = [{"office": "hhs.ios", "required": required} for required in (True, False)]

    assert faults(sound(NOTICE, addressees=addressees)) == {"data.addressees[1].office": "once"}


def test_a_retroactive_notice_without_details_is_valid() -> None:
    draft = sound(
        NOTICE,
        effective_at=datetime.fromisoformat("1999-01-01T00:00:00Z"),
        emergency=None,
        addressees=[],
        contacts=[],
        document=None,
        summary=None,
        legal_authority=None,
        expected_impact=None,
    )

    assert faults(draft) == {}


# Acknowledgements


@pytest.mark.promise("P7")
def test_an_office_answers_for_itself_or_for_one_of_its_agency() -> None:
    draft = sound(ACKNOWLEDGEMENT, office="doj.oag", on_behalf_of="dhs.plcy")

    assert faults(draft) == {"data.office": "authorised", "data.on_behalf_of": "authorised"}


@pytest.mark.promise("P7")
@pytest.mark.parametrize(("decision", "refused"), [("ACCEPT", True), ("REJECT", False)])
def test_what_was_not_read_cannot_be_accepted(decision: str, refused: bool) -> None:
    draft = sound(ACKNOWLEDGEMENT, decision=decision, text_read="NOT_READ", conditions=[])

    assert ("data.text_read" in faults(draft)) is refused


def test_two_conditions_have_two_ids() -> None:
    condition = {"condition_id": "places", "text": "Places."}

    draft = sound(ACKNOWLEDGEMENT, conditions=[condition, condition])

    assert faults(draft) == {"data.conditions[1].condition_id": "once"}


# Coordination


def coordination(kind: str, **changes: object) -> Draft:
    """Return a coordination of this kind, whose body is given by its name."""
    return sound(COORDINATION, **({"stay": None, "kind": kind} | changes))


def test_a_coordination_has_exactly_the_body_of_its_kind() -> None:
    draft = sound(COORDINATION, kind="CANCEL")

    assert faults(draft).keys() == {"data.cancel", "data.stay"}


def test_only_the_issuer_cancels_a_policy() -> None:
    moment = sound(COORDINATION).data["stay"]["from"]
    body = {"cause": "RESCINDED", "from": moment}

    own = coordination("CANCEL", cancel=body)
    foreign = coordination("CANCEL", cancel=body, policy_id="hhs/2018/placement")
    none = coordination("CANCEL", cancel=body, policy_id=None)

    assert faults(own) == {}
    assert faults(foreign) == {"data.kind": "authorised"}
    assert faults(none) == {"data.policy_id": "required"}


def test_a_stay_is_lifted_by_two_officers() -> None:
    data = sound(COORDINATION).data
    body = {
        "stay_id": data["coordination_id"],
        "from": data["stay"]["from"],
        "approved_by": {"role": "another-role", "id": data["officer"]["id"]},
    }

    assert faults(coordination("LIFT_STAY", lift_stay=body)) == {
        "data.lift_stay.approved_by": "two officers"
    }


def test_an_exercise_window_ends_after_it_begins() -> None:
    moment = sound(COORDINATION).data["stay"]["from"]
    window = {"from": moment, "to": moment}

    assert faults(coordination("EXERCISE_WINDOW", exercise_window=window)).keys() == {
        "data.exercise_window.to"
    }


def test_an_office_delegates_to_another_of_its_agency() -> None:
    moment = sound(COORDINATION).data["stay"]["from"]

    def delegating_to(office: str) -> Draft:
        body = {"to_office": office, "from": moment, "to": None}
        return coordination("DELEGATION", delegation=body)

    assert faults(delegating_to("doj.eousa")) == {}
    assert faults(delegating_to("dhs.plcy")) == {"data.delegation.to_office": "authorised"}
    assert faults(delegating_to("doj.oag")) == {"data.delegation.to_office": "another office"}


def test_a_delegation_ends_after_it_begins_or_where_it_begins_to_revoke_another() -> None:
    moment = sound(COORDINATION).data["stay"]["from"]

    def ending(until: datetime) -> dict[str, str]:
        body = {"to_office": "doj.eousa", "from": moment, "to": until}
        return faults(coordination("DELEGATION", delegation=body))

    assert ending(moment) == {}
    assert ending(moment - timedelta(seconds=1)).keys() == {"data.delegation.to"}


def test_an_observation_needs_no_policy() -> None:
    body = {
        "channel": "NEWS",
        "agency": "doj",
        "description": "A memo is in the news.",
        "seen_at": None,
        "where": None,
    }

    assert faults(coordination("OBSERVATION", observation=body, policy_id=None)) == {}


# Custody events and receipts


def test_an_agency_reports_what_is_its_own() -> None:
    draft = sound(CUSTODY, agency="hhs.orr", office="doj.usms")

    assert faults(draft) == {"data.agency": "authorised", "data.office": "authorised"}


def test_nobody_is_separated_from_themselves() -> None:
    subject_id = sound(CUSTODY).data["subject_id"]
    separation = {"separated": "YES", "from_subject_ids": [subject_id], "reason": None}

    assert faults(sound(CUSTODY, separation=separation)) == {
        "data.separation.from_subject_ids[0]": "another person"
    }


def test_a_separation_does_not_deny_itself() -> None:
    separation = {"separated": "NO", "from_subject_ids": [], "reason": None}

    draft = sound(CUSTODY, event_kind="SEPARATED", separation=separation)

    assert faults(draft) == {"data.separation.separated": "agrees"}


def test_a_correction_names_what_it_corrects() -> None:
    draft = sound(CUSTODY, event_kind="CORRECTED", corrects=None)

    assert faults(draft) == {"data.corrects": "required"}


def test_a_separation_without_citation_or_details_is_valid() -> None:
    draft = sound(CUSTODY, event_kind="SEPARATED", policy_id=None, basis=None, separation=None)

    assert faults(draft) == {}


def test_a_receipt_speaks_for_a_group_of_its_owner() -> None:
    assert faults(sound(RECEIPT, group="tracker")) == {"data.group": "authorised"}


def test_a_receipt_names_events_or_a_sequence() -> None:
    both = sound(RECEIPT, event_ids=["018f4e2a-0000-7000-8000-000000000001"], exceptions=[])
    neither = sound(RECEIPT, through_sequence=None, exceptions=[])
    beyond = sound(RECEIPT, through_sequence=10, exceptions=[0, 10, 11])

    assert faults(both) == {"data.event_ids": "one of two"}
    assert faults(neither) == {"data.event_ids": "one of two"}
    assert faults(beyond).keys() == {"data.exceptions[0]", "data.exceptions[2]"}


def test_a_receipts_topic_is_in_the_catalogue() -> None:
    assert faults(sound(RECEIPT, topic="dhs.gossip.v1")) == {"data.topic": "exists"}


def test_a_groups_dead_letters_are_told_on_its_own_topic() -> None:
    assert faults(sound("dlq.tracker.v1", group="hhs-intake")) == {"data.group": "authorised"}


def test_a_delegation_names_the_policy_that_it_is_for() -> None:
    begins = datetime.fromisoformat("2018-06-26T00:00:00Z")
    delegation = {"to_office": "doj.eousa", "from": begins, "to": None}
    body = {"kind": "DELEGATION", "stay": None, "delegation": delegation}

    assert faults(sound(COORDINATION, **body)) == {}
    assert faults(sound(COORDINATION, **body, policy_id=None)) == {"data.policy_id": "required"}
