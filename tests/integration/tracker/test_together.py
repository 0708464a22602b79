"""Transactions that concern one policy at the same time: the second knows of the first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bus.codec.schemas import packaged
from bus.events import Event
from tests.integration.consuming.harness import eventually
from tests.integration.tracker.direct import FixedClock, Reader, event_at
from tests.integration.tracker.test_order import receipt_of
from tests.integration.tracker.world import new_policy, notice_data
from tests.records import MOMENT, raw_record

CLOCK = FixedClock(MOMENT + timedelta(days=5))
WAITING = """
SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""


def agreement_data() -> dict[str, Any]:
    schema = packaged().latest("interagency.agreement.Agreement")
    data: dict[str, Any] = {field["name"]: None for field in schema.definition["fields"]}
    return data | {
        "agreement_id": "doj-hhs-2026",
        "version": 1,
        "parties": ["doj", "hhs"],
        "instruments": ["MEMORANDUM"],
        "lead_time": {"amount": 45, "unit": "CALENDAR_DAYS"},
        "seats": [{"seat_id": "intake", "offices": ["hhs.orr.intake"], "acceptances_needed": 1}],
        "receipts": [{"office": "hhs.orr.intake", "group": "hhs-intake"}],
        "acknowledge_within": {"amount": 5, "unit": "CALENDAR_DAYS"},
        "ladders": [],
        "emergency_bases": [],
        "objection_after_effect": "WARN",
        "time_zone": "America/New_York",
        "holidays": "FEDERAL",
        "valid_from": MOMENT - timedelta(days=1),
        "valid_to": None,
        "approvals": [
            {
                "party": party,
                "office": office,
                "officer": {"role": "agreement-approver", "id": f"{party}-2"},
                "at": MOMENT - timedelta(days=2),
            }
            for party, office in (("doj", "doj.oag"), ("hhs", "hhs.ios"))
        ],
    }


def notice_of(policy: str, **changes: object) -> Event:
    data = notice_data(policy, effective_at=MOMENT + timedelta(days=60), **changes)  # type: ignore[arg-type]
    return event_at(
        raw_record(data, topic="doj.policy-notice.v1", source="doj/store"), MOMENT, offset=0
    )


def receipt(policy: str) -> tuple[Event, Event, Callable[[dict[str, Any]], bool]]:
    raw = raw_record(
        notice_data(policy, effective_at=MOMENT + timedelta(days=60)),
        topic="doj.policy-notice.v1",
        source="doj/store",
    )
    delivered = event_at(receipt_of(raw), MOMENT + timedelta(hours=1), offset=0)
    return event_at(raw, MOMENT, offset=0), delivered, lambda state: state["lead"] == "KEPT"


def agreement(policy: str) -> tuple[Event, Event, Callable[[dict[str, Any]], bool]]:
    raw = raw_record(agreement_data(), topic="bus.agreement.v1", source="bus/store")
    agreed = event_at(raw, MOMENT - timedelta(hours=1), offset=0)

    def is_applied(state: dict[str, Any]) -> bool:
        return [each["seat_id"] for each in state["seats"]] == ["intake"]

    return notice_of(policy), agreed, is_applied


@pytest.mark.promise("P1")
@pytest.mark.parametrize("make", [receipt, agreement])
@pytest.mark.parametrize("notice_first", [True, False])
async def test_a_notice_and_what_bears_on_it_wait_for_each_other(
    database_url: str,
    make: Callable[[str], tuple[Event, Event, Callable[[dict[str, Any]], bool]]],
    notice_first: bool,
) -> None:
    policy = new_policy()
    notice, other, holds = make(policy)
    first, second = (notice, other) if notice_first else (other, notice)
    reader = Reader(database_url, CLOCK)

    async with reader.reading(first):
        later = asyncio.create_task(read(reader, second))
        assert await eventually(lambda: is_waiting(reader))
    await later

    states = await reader.query("SELECT state FROM clearance_state ORDER BY version DESC LIMIT 1")
    assert holds(states[0][0])  # type: ignore[arg-type]


@pytest.mark.promise("P1")
async def test_a_version_of_an_agreement_with_two_contents_is_found(database_url: str) -> None:
    one = agreement_data() | {"agreement_id": "two-contents", "instruments": ["RULE"]}
    reader = Reader(database_url, CLOCK)

    for offset, days in enumerate((45, 30)):
        data = one | {"lead_time": {"amount": days, "unit": "CALENDAR_DAYS"}}
        raw = raw_record(data, topic="bus.agreement.v1", source="bus/store")
        await read(reader, event_at(raw, MOMENT + timedelta(hours=offset), offset=100 + offset))

    found = await reader.query("SELECT opened_at, office FROM finding WHERE kind = 'CONFLICT'")
    assert found == [(MOMENT + timedelta(hours=1), None)]


async def is_waiting(reader: Reader) -> bool:
    return bool(await reader.query(WAITING))


async def read(reader: Reader, event: Event) -> None:
    async with reader.reading(event):
        pass


async def test_an_old_policy_ends_although_its_successor_was_read_first(database_url: str) -> None:
    old, new = new_policy(), new_policy()
    successor = event_at(
        raw_record(
            notice_data(new, effective_at=MOMENT + timedelta(days=2), supersedes=old),
            topic="doj.policy-notice.v1",
            source="doj/store",
        ),
        MOMENT,
        offset=0,
    )
    reader = Reader(database_url, CLOCK)

    await reader.read([successor], [notice_of(old)])

    states = await reader.query(
        "SELECT state ->> 'force' FROM clearance_state WHERE policy_id = %s ORDER BY version", old
    )
    assert states[-1] == ("ENDED",)
