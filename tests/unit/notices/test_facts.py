"""Facts as they are read from events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bus.codec.plain import from_plain, to_plain
from bus.codec.schemas import packaged
from bus.errors import FieldFault
from bus.events import Event, Mode
from bus.notices.durations import (
    END_OF_TIME,
    Calendar,
    Holidays,
    business_days,
    calendar_days,
    hours,
)
from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    CitationFact,
    CoordinationFact,
    CoordinationKind,
    Decision,
    ExpectedImpact,
    NoticeFact,
    Origin,
    Readiness,
    ReceiptFact,
    Seat,
    Stage,
    TextRead,
)
from bus.notices.facts.origin import officer_id
from bus.notices.history import History
from bus.notices.states import ObjectionAfterEffect
from bus.topics import agency_of, find_topic
from tests.unit.notices.stories import POLICY, cancel, citation, day, dead_letter, notice

EXAMPLES = Path(__file__).parents[2] / "contract" / "examples"
RECORDED = day(9)


def example(record: str) -> dict[str, Any]:
    return json.loads((EXAMPLES / f"{record}.v1.json").read_text())


def event(topic: str, plain: dict[str, Any], faults: tuple[FieldFault, ...] = ()) -> Event:
    schema = packaged().latest(find_topic(topic).schema)
    data, unsound = from_plain(schema, plain)
    assert unsound == []
    return Event(
        id=UUID(int=5),
        source="doj/one-store",
        type=schema.name,
        subject="",
        time=day(1),
        recorded_time=day(2),
        sequence=7,
        mode=Mode.TEST,
        mode_is_sound=True,
        dataschema=schema.dataschema,
        data=data,
        faults=faults,
        topic=topic,
        partition=3,
        offset=11,
        key="",
        appended_at=day(3),
        digest=b"",
    )


def test_a_notice_is_read_with_its_origin_and_its_digests() -> None:
    source = event("doj.policy-notice.v1", example("PolicyNotice"))
    schema = packaged().latest("interagency.notice.PolicyNotice")

    fact = NoticeFact.from_event(source, RECORDED, to_plain(schema, source.data))

    assert fact.place == (RECORDED, "doj.policy-notice.v1", 3, 11)
    assert (fact.event_id, fact.origin.sequence, fact.mode) == (UUID(int=5), 7, Mode.TEST)
    assert (fact.policy_id, fact.revision) == ("doj/2018/example-policy", 2)
    assert (fact.stage, fact.instrument) == (Stage.FINAL, "MEMORANDUM")
    assert (fact.drafter_id, fact.approver_id) == ("j-01", "j-02")
    assert fact.effective_at == datetime(2018, 7, 6, 4, tzinfo=UTC)
    assert fact.emergency_ends_at == datetime(2018, 8, 6, 4, tzinfo=UTC)
    assert fact.required_offices == ("hhs.orr.director", "hhs.orr.intake")
    assert fact.expected_impact == ExpectedImpact(
        places_needed=40, starts_at=fact.effective_at, children_per_week=10
    )
    assert len(fact.material_digest) == len(fact.content) == 64
    assert fact.material_digest != fact.content
    assert fact.is_authorised


def test_a_notice_without_its_optional_fields_is_read_all_the_same() -> None:
    plain = example("PolicyNotice")
    for name in ("expires_at", "emergency", "approved_by", "expected_impact", "supersedes"):
        plain.pop(name)
    source = event("doj.policy-notice.v1", plain)

    fact = NoticeFact.from_event(source, RECORDED, plain)

    assert (fact.expires_at, fact.emergency_ends_at, fact.supersedes) == (None, None, None)
    assert (fact.approver_id, fact.has_second_officer) == (None, False)
    assert fact.expected_impact is None


def test_the_paths_of_unreadable_fields_come_with_the_fact() -> None:
    fault = FieldFault("document.sha256", "is no digest", "give 64 hex digits")
    source = event("doj.policy-notice.v1", example("PolicyNotice"), faults=(fault,))

    fact = NoticeFact.from_event(source, RECORDED, example("PolicyNotice"))

    assert fact.origin.faults == ("document.sha256",)
    assert not fact.is_whole


def test_an_acknowledgement_is_read() -> None:
    plain = example("Acknowledgement")

    fact = AcknowledgementFact.from_event(event("hhs.acknowledgement.v1", plain), RECORDED)

    assert fact.policy_id == plain["policy_id"]
    assert (fact.revision, fact.material_digest) == (plain["revision"], plain["material_digest"])
    assert (fact.office, fact.officer_id) == (plain["office"], plain["officer"]["id"])
    assert fact.decision is Decision(plain["decision"])
    assert fact.decision_no == plain["decision_no"]
    assert fact.conditions == tuple(c["condition_id"] for c in plain["conditions"])
    assert fact.waives_lead_time is plain["waives_lead_time"]
    assert fact.text_read is TextRead(plain["text_read"])
    assert isinstance(fact.readiness, Readiness)
    assert fact.readiness.places == plain["readiness"]["places"]


def test_an_acknowledgement_without_readiness_is_read_all_the_same() -> None:
    plain = {**example("Acknowledgement"), "readiness": None, "conditions": []}

    fact = AcknowledgementFact.from_event(event("hhs.acknowledgement.v1", plain), RECORDED)

    assert (fact.readiness, fact.conditions) == (None, ())


def test_an_acknowledgement_whose_conditions_are_unreadable_is_read_all_the_same() -> None:
    read = event("hhs.acknowledgement.v1", example("Acknowledgement"))
    data = {**read.data, "conditions": None, "waives_lead_time": None}

    fact = AcknowledgementFact.from_payload(Origin.from_event(read, RECORDED), data)

    assert (fact.conditions, fact.waives_lead_time) == ((), False)


def test_a_stay_is_read_with_the_moment_from_which_it_holds() -> None:
    source = event("doj.coordination.v1", example("Coordination"))

    fact = CoordinationFact.from_event(source, RECORDED)

    assert fact.kind is CoordinationKind.STAY
    assert fact.since == datetime(2018, 6, 26, tzinfo=UTC)
    assert fact.is_authorised


def test_a_lifted_stay_has_no_moment_of_its_own() -> None:
    lift = {
        "stay_id": "018f4e2a-0000-7000-8000-000000000001",
        "from": "2018-07-01T00:00:00Z",
        "approved_by": {"role": "policy-approver", "id": "j-02"},
    }
    plain = {**example("Coordination"), "kind": "LIFT_STAY", "stay": None, "lift_stay": lift}

    fact = CoordinationFact.from_event(event("doj.coordination.v1", plain), RECORDED)

    assert (fact.kind, fact.since) == (CoordinationKind.LIFT_STAY, None)


def test_a_receipt_is_read() -> None:
    plain = example("DeliveryReceipt")

    fact = ReceiptFact.from_event(event("hhs.delivery-receipt.v1", plain), RECORDED)

    assert (fact.group, fact.office) == (plain["group"], plain.get("office"))
    assert {str(each) for each in fact.event_ids} == set(plain["event_ids"])


def test_an_agreement_is_read_with_the_agencies_of_its_parties() -> None:
    plain = example("Agreement")

    fact = AgreementFact.from_event(event("bus.agreement.v1", plain), RECORDED)

    assert (fact.agreement_id, fact.version) == (plain["agreement_id"], plain["version"])
    assert fact.parties == {agency_of(party) for party in plain["parties"]}
    assert fact.instruments == {"MEMORANDUM", "DIRECTIVE"}
    assert fact.seats == (
        Seat(seat_id="intake", offices=("hhs.orr.intake",), acceptances_needed=1),
    )
    assert fact.receipts == (("hhs.orr.intake", "hhs-intake"),)
    assert (fact.lead_time, fact.acknowledge_within) == (calendar_days(30), hours(72))
    assert fact.ladders == (
        (
            "hhs.orr.intake",
            (("hhs.orr.director", calendar_days(2)), ("hhs.oig", calendar_days(5))),
        ),
    )
    assert fact.emergency_bases == (("PUBLIC_HEALTH", business_days(2)),)
    assert fact.objection_after_effect is ObjectionAfterEffect.WARN
    assert (fact.time_zone, fact.holidays) == ("America/New_York", Holidays.FEDERAL)
    assert (fact.valid_from, fact.valid_to) == (datetime(2018, 1, 1, 5, tzinfo=UTC), None)
    assert (fact.is_authorised, fact.is_agreed, fact.is_sound) == (True, True, True)


@pytest.mark.promise("P1")
def test_what_nobody_knows_of_an_agreement_is_read_as_what_opens_least() -> None:
    read = event("bus.agreement.v1", example("Agreement"))
    unknown = {"amount": 1, "unit": None}
    data = {**read.data, "lead_time": unknown, "objection_after_effect": None, "holidays": None}

    fact = AgreementFact.from_payload(Origin.from_event(read, RECORDED), data)

    assert not fact.is_whole
    assert fact.lead_time.after(RECORDED, Calendar()) == END_OF_TIME
    assert fact.objection_after_effect is ObjectionAfterEffect.CLOSE
    assert fact.holidays is Holidays.FEDERAL
    assert fact.covers("RULE")


def test_an_agreement_may_count_no_holidays() -> None:
    plain = {**example("Agreement"), "holidays": "NONE"}

    fact = AgreementFact.from_event(event("bus.agreement.v1", plain), RECORDED)

    assert fact.holidays is Holidays.NONE


def test_an_agreement_that_could_not_be_read_in_full_clears_nothing() -> None:
    fault = FieldFault("valid_to", "is no moment", "give a date")
    source = event("bus.agreement.v1", example("Agreement"), faults=(fault,))

    assert not AgreementFact.from_event(source, RECORDED).is_sound


def test_an_office_that_an_agreement_names_twice_sits_once() -> None:
    read = event("bus.agreement.v1", example("Agreement"))
    seat = {"seat_id": "intake", "offices": ["hhs.oig", "hhs.oig"], "acceptances_needed": 2}

    fact = AgreementFact.from_payload(
        Origin.from_event(read, RECORDED), {**read.data, "seats": [seat]}
    )

    assert [each.offices for each in fact.seats] == [("hhs.oig",)]


def test_a_custody_event_is_read_without_its_person() -> None:
    plain = example("CustodyEvent")

    fact = CitationFact.from_event(event("dhs.custody-event.v1", plain), RECORDED)

    assert (fact.event_kind, fact.agency) == (plain["event_kind"], plain["agency"])
    assert fact.policy_id == plain["policy_id"]
    assert plain["subject_id"] not in repr(fact)
    assert plain["family_group_id"] not in repr(fact)


def test_a_custody_event_of_core_fields_alone_is_read() -> None:
    core = ("event_kind", "family_group_id", "subject_id", "agency", "occurred_at")
    plain = {name: example("CustodyEvent")[name] for name in core}

    fact = CitationFact.from_event(event("dhs.custody-event.v1", plain), RECORDED)

    assert (fact.policy_id, fact.basis, fact.subject_role) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "agency"),
    [("hhs.orr.intake", "hhs"), ("doj/2018/zero-tolerance", "doj"), ("dhs", "dhs")],
)
def test_offices_and_policies_belong_to_their_first_part(name: str, agency: str) -> None:
    assert agency_of(name) == agency


def test_a_history_keeps_the_first_occurrence_of_a_fact() -> None:
    from dataclasses import replace

    first = notice(recorded=1)
    again = replace(first, origin=replace(first.origin, recorded_at=day(5), offset=10_000))

    history = History.of([again, first])

    assert history.notices == (first,)


def test_a_dead_letter_told_as_open_and_as_closed_is_open() -> None:
    from dataclasses import replace

    letter = dead_letter(opened=3)
    closed = replace(letter, closed_at=day(5))

    history = History.of([closed, letter])

    assert any(each.is_open(day(9)) for each in history.dead_letters)


@pytest.mark.promise("P1")
def test_one_officer_in_two_spellings_is_no_second_officer() -> None:
    assert officer_id({"id": "D-1"}) == officer_id({"id": "d-1"})


def test_a_dead_letter_is_open_from_its_opening_until_its_closing() -> None:
    letter = dead_letter(opened=3, closed=5)

    assert [letter.is_open(day(at)) for at in (2.9, 3, 4.9, 5)] == [False, True, True, False]


def test_an_event_that_does_not_say_when_it_was_acted_was_when_it_was_told() -> None:
    from dataclasses import replace

    assert replace(citation(recorded=5), occurred_at=None).acted_at == day(5)


@pytest.mark.promise("P8")
def test_any_event_of_an_exercise_matters_it_may_be_outside_of_its_window() -> None:
    event = citation(recorded=5, kind="APPREHENDED", policy_id=None, mode=Mode.EXERCISE)

    assert event.matters


@pytest.mark.promise("P1")
def test_no_office_of_another_agency_cancels_through_the_issuers_topic() -> None:
    assert cancel(since=5, office="doj.oag").cancels(POLICY)
    assert not cancel(since=5, office="hhs.ios").cancels(POLICY)


def test_a_statement_about_no_policy_is_by_no_issuer() -> None:
    assert not cancel(since=5, policy_id=None).is_by_issuer
