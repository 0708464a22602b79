"""What is derived depends on the set of facts, never on the order in which they were read."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest

from bus.codec.plain import to_plain
from bus.codec.schemas import packaged
from bus.events import Event
from bus.notices.digest import material_digest
from tests.integration.tracker.direct import FixedClock, Reader, event_at
from tests.integration.tracker.world import (
    DIRECTOR,
    INTAKE,
    acknowledgement_data,
    new_policy,
    notice_data,
)
from tests.records import MOMENT, RawRecord, custody_data, raw_record

CLOCK = FixedClock(MOMENT + timedelta(days=30))


def digest_of(data: dict[str, object]) -> str:
    return material_digest(to_plain(packaged().latest("interagency.notice.PolicyNotice"), data))


def receipt_of(notice: RawRecord) -> RawRecord:
    data = {
        "group": "hhs-intake",
        "office": None,
        "source": "doj/store",
        "topic": notice.topic,
        "event_ids": [str(notice.event_id)],
        "through_sequence": None,
        "exceptions": [],
    }
    return raw_record(data, topic="hhs.delivery-receipt.v1", source="hhs.intake/store")


def story(policy: str) -> list[Event]:
    """A day a fact: announced late, cited, in force before both accept, one withdraws, changed."""
    effective_at = MOMENT + timedelta(days=3.5)
    data = notice_data(policy, effective_at=effective_at)
    notice = raw_record(data, topic="doj.policy-notice.v1", source="doj/store")
    second = raw_record(
        notice_data(policy, effective_at=effective_at, revision=2, summary="wider"),
        topic="doj.policy-notice.v1",
        source="doj/store",
    )
    digest = digest_of(data)
    accepts = [
        raw_record(
            acknowledgement_data(policy, digest, office=office, waives_lead_time=True),
            topic="hhs.acknowledgement.v1",
            source="hhs/store",
        )
        for office in (INTAKE, DIRECTOR)
    ]
    withdrawal = raw_record(
        acknowledgement_data(policy, digest, number=2, decision="WITHDRAW"),
        topic="hhs.acknowledgement.v1",
        source="hhs/store",
    )
    cited = [
        raw_record(custody_data(policy_id=policy), source=f"dhs.e3/{uuid4()}") for _ in range(4)
    ]
    records = [
        notice,
        receipt_of(notice),
        cited[0],
        accepts[0],
        cited[1],
        accepts[1],
        withdrawal,
        cited[2],
        second,
        receipt_of(second),
        cited[3],
    ]
    return [
        event_at(record, MOMENT + timedelta(days=day), offset=day)
        for day, record in enumerate(records)
    ]


async def outcome(reader: Reader) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return the last state and the findings that hold."""
    states = await reader.query("SELECT state FROM clearance_state ORDER BY version DESC LIMIT 1")
    findings = await reader.query(
        "SELECT finding_id, kind, opened_at, event_id, facts FROM finding"
        " WHERE NOT is_withdrawn ORDER BY finding_id"
    )
    return states, findings


@pytest.mark.promise("P1")
async def test_any_order_of_reading_comes_to_the_same(database_url: str) -> None:
    events = story(new_policy())
    reader = Reader(database_url, CLOCK)
    await reader.read(*([event] for event in events))
    expected = await outcome(reader)
    assert [row[1] for row in expected[1]]

    for seed in range(8):
        await reader.query(
            "WITH a AS (DELETE FROM fact_receipt), b AS (DELETE FROM fact),"
            " c AS (DELETE FROM finding), d AS (DELETE FROM clearance_state),"
            " e AS (DELETE FROM fact_clock) SELECT 1"
        )
        await reader.read(*shuffled(events, seed))
        assert await outcome(reader) == expected, seed


def shuffled(events: list[Event], seed: int) -> list[list[Event]]:
    """Return batches of the events in a random order of topics, each topic's in its own order."""
    chance = random.Random(seed)
    by_topic: dict[str, list[Event]] = {}
    for event in events:
        by_topic.setdefault(event.topic, []).append(event)
    batches = []
    while by_topic:
        topic = chance.choice(sorted(by_topic))
        queue = by_topic[topic]
        count = chance.randint(1, 3)
        batches.append(queue[:count])
        by_topic[topic] = queue[count:]
        if not by_topic[topic]:
            del by_topic[topic]
    return batches


async def test_a_finding_that_only_the_order_of_reading_showed_is_withdrawn(
    database_url: str,
) -> None:
    policy = new_policy()
    data = notice_data(policy, effective_at=MOMENT)
    notice = raw_record(data, topic="doj.policy-notice.v1", source="doj/store")
    cited = raw_record(custody_data(policy_id=policy))
    reader = Reader(database_url, CLOCK)
    await reader.read([event_at(cited, MOMENT + timedelta(days=1), offset=0)])
    told_first = [draft.data["kind"] for draft in reader.told if "kind" in draft.data]

    await reader.read([event_at(notice, MOMENT, offset=0)])

    told = [
        (draft.data["version"], draft.data["state"])
        for draft in reader.told
        if draft.data.get("kind") == "UNANNOUNCED_POLICY"
    ]
    assert told_first == ["UNANNOUNCED_POLICY"]
    assert told == [(1, "OPEN"), (2, "RESOLVED")]


async def test_recorded_times_never_go_back_within_a_partition(database_url: str) -> None:
    policy = new_policy()
    records = [raw_record(custody_data(policy_id=policy)) for _ in range(3)]
    moments = [MOMENT + timedelta(days=days) for days in (2, 1, 3)]
    events = [
        event_at(record, moment, offset=offset)
        for offset, (record, moment) in enumerate(zip(records, moments, strict=True))
    ]
    reader = Reader(database_url, CLOCK)

    await reader.read(events[:1], events[1:])

    recorded = await reader.query("SELECT recorded_at FROM fact ORDER BY kafka_offset")
    assert [row[0] for row in recorded] == [moments[0], moments[0], moments[2]]


@pytest.mark.parametrize(("own_day", "recorded_day"), [(1, 1), (-1, 0)])
async def test_a_fact_that_comes_late_is_recorded_at_its_place_in_the_log(
    database_url: str, own_day: int, recorded_day: int
) -> None:
    policy = new_policy()
    days = (0, own_day, 2)
    events = [
        event_at(
            raw_record(custody_data(policy_id=policy)), MOMENT + timedelta(days=day), offset=offset
        )
        for offset, day in enumerate(days)
    ]
    reader = Reader(database_url, CLOCK)

    await reader.read([events[0], events[2]], [events[1]])

    recorded = await reader.query("SELECT recorded_at FROM fact ORDER BY kafka_offset")
    assert [(row[0] - MOMENT).days for row in recorded] == [0, recorded_day, 2]  # type: ignore[operator]


async def test_a_simulated_run_records_in_business_time(database_url: str) -> None:
    record = raw_record(custody_data(policy_id=new_policy()))
    reader = Reader(database_url, CLOCK, is_simulated=True)

    await reader.read([event_at(record, MOMENT + timedelta(days=9), offset=0)])

    assert await reader.query("SELECT recorded_at FROM fact") == [(MOMENT,)]


async def test_the_person_in_a_custody_event_is_not_stored(database_url: str) -> None:
    data = custody_data(policy_id=new_policy(), subject={"role": "CHILD", "a_number": "A012345678"})
    data["subject"] |= {  # type: ignore[operator]
        "birth_date": None,
        "claimed_minor": None,
        "country": None,
        "language": None,
    }
    reader = Reader(database_url, CLOCK)

    await reader.read([event_at(raw_record(data), MOMENT, offset=0)])

    stored = str(await reader.query("SELECT fact::text FROM fact"))
    assert "A012345678" not in stored
    assert str(data["subject_id"]) not in stored
    assert str(data["family_group_id"]) not in stored
