"""What of a payload makes a fact, and what a fact makes of what is missing in it."""

from __future__ import annotations

from uuid import UUID

import pytest

from bus.events import Payload
from bus.notices.facts import (
    Answer,
    Cancel,
    CancelCause,
    ConditionAnswer,
    Disclosure,
    Disposition,
    NoticeFact,
    Origin,
    Outcome,
    ReceiptFact,
    Scope,
)
from tests.unit.notices.stories import citation, day, delegate, notice
from tests.unit.notices.test_facts import RECORDED, event, example

NARROW = Scope(separation_reasons=frozenset({"WARRANT"}))


def read_notice(**changes: object) -> NoticeFact:
    read = event("doj.policy-notice.v1", example("PolicyNotice"))
    data: Payload = {**read.data, **changes}
    return NoticeFact.from_payload(Origin.from_event(read, RECORDED), data, example("PolicyNotice"))


def test_who_is_addressed_for_information_need_not_accept() -> None:
    addressees = [
        {"office": "hhs.orr.intake", "required": True},
        {"office": "hhs.ios", "required": False},
    ]

    fact = read_notice(addressees=addressees)

    assert fact.required_offices == ("hhs.orr.intake",)
    assert fact.addressees == {"hhs.orr.intake", "hhs.ios"}


@pytest.mark.parametrize(
    ("symbol", "disclosure"),
    [("FULL", Disclosure.FULL), ("SUMMARY", Disclosure.SUMMARY), (None, Disclosure.EXISTENCE)],
)
def test_a_disclosure_that_nobody_knows_discloses_nothing(
    symbol: str | None, disclosure: Disclosure
) -> None:
    assert read_notice(disclosure=symbol).disclosure is disclosure


def test_a_receipt_names_the_notices_that_were_stored() -> None:
    stored = ["018f4e2a-0000-7000-8000-000000000001", "018f4e2a-0000-7000-8000-000000000002"]
    read = event("hhs.delivery-receipt.v1", example("DeliveryReceipt"))

    facts = [
        ReceiptFact.from_payload(
            Origin.from_event(read, RECORDED), {**read.data, "event_ids": event_ids}
        )
        for event_ids in (stored, None)
    ]

    assert [fact.event_ids for fact in facts] == [set(map(UUID, stored)), set()]


def test_what_nobody_knows_of_a_statement_is_none() -> None:
    cancels = [Cancel.from_body({"cause": each, "from": day(1)}) for each in ("MISTAKEN", None)]
    answers = [
        ConditionAnswer.from_body({"office": "hhs.ios", "condition_id": "beds", "answer": each})
        for each in ("AGREED", None)
    ]
    outcomes = [
        Disposition.from_body({"of": str(UUID(int=1)), "outcome": each})
        for each in ("RESOLVED", None)
    ]

    assert [each.cause for each in cancels] == [CancelCause.MISTAKEN, None]
    assert [each.answer for each in answers] == [Answer.AGREED, None]
    assert [each.outcome for each in outcomes] == [Outcome.RESOLVED, None]


@pytest.mark.parametrize(("until", "is_revocation"), [(None, False), (6, False), (5, True)])
def test_a_delegation_that_ends_as_it_begins_takes_one_back(
    until: float | None, is_revocation: bool
) -> None:
    statement = delegate("hhs.ios", since=5, until=until).statement

    assert getattr(statement, "is_revocation") is is_revocation  # noqa: B009 - any statement


@pytest.mark.parametrize(
    ("kind", "reason", "is_within"),
    [
        ("SEPARATED", "WARRANT", True),
        ("SEPARATED", "HOSPITALIZATION", False),
        ("SEPARATED", None, False),
        ("TRANSFERRED", None, True),
    ],
)
def test_a_scope_of_separation_reasons_is_about_separations_alone(
    kind: str, reason: str | None, is_within: bool
) -> None:
    assert NARROW.admits(citation(recorded=5, kind=kind, reason=reason)) is is_within


@pytest.mark.parametrize(
    ("topic", "recorded_by", "is_reported"),
    [
        ("hhs.policy-notice.v1", "hhs.ios", True),
        ("hhs.policy-notice.v1", "dhs.plcy", False),
        ("doj.policy-notice.v1", "doj.eousa", False),
        ("doj.policy-notice.v1", None, False),
    ],
)
def test_a_notice_is_reported_by_another_agencys_liaison_on_its_own_topic_only(
    topic: str, recorded_by: str | None, is_reported: bool
) -> None:
    assert notice(topic=topic, recorded_by=recorded_by).is_reported is is_reported
