"""What HHS intake stores, what it says that it stored, and what it never says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import pytest
from prometheus_client import generate_latest

from bus.codec.decoding import Decoder
from bus.codec.plain import to_plain
from bus.codec.schemas import packaged
from bus.events import Payload
from bus.services import ServiceContext
from bus.storage.connections import owner_session
from consumers.custody_numbers import BLOCK, MAX_EXCEPTIONS, add_numbers, cumulate
from consumers.hhs_intake import service
from producers.scenarios.golden.strangers import impossible_birth_date
from tests.integration.consuming.harness import Bench
from tests.records import RawRecord, custody_data, custody_record, raw_record
from tests.unit.publishing.drafts import sound

MARK = "MARKED-PERSONAL-VALUE"
NOTICES = "doj.policy-notice.v1"
CUSTODY_EVENTS = "dhs.custody-event.v1"
SOURCE = "dhs.e3/00000000-0000-7000-8000-0000000000aa"

RECEIPTS = """
SELECT value FROM outbox JOIN outbox_stream USING (stream_id)
WHERE topic = 'hhs.delivery-receipt.v1' ORDER BY sequence
"""
DEAD_LETTER_EVENTS = """
SELECT key || value || convert_to(headers::text, 'UTF8')
FROM outbox JOIN outbox_stream USING (stream_id) WHERE topic = 'dlq.hhs-intake.v1'
"""


@asynccontextmanager
async def intake(bench: Bench) -> AsyncIterator[None]:
    """Run HHS intake itself."""
    context = ServiceContext(bench.settings, bench.settings.clock(), packaged())
    stopping = asyncio.Event()
    task = asyncio.create_task(service(context).run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait_for(task, 10)
        for database in context.databases.values():
            await database.close()


async def last_receipt(bench: Bench) -> tuple[object, object]:
    """Return what the newest receipt speaks for, and its exceptions."""
    rows = await bench.query(RECEIPTS)
    value = rows[-1][0]
    assert isinstance(value, bytes)
    receipt = Decoder(packaged()).decode(value, "interagency.delivery.DeliveryReceipt").data
    return receipt["through_sequence"], receipt["exceptions"]


def numbered(sequence: int) -> RawRecord:
    """Return a custody event with this number of one source."""
    return raw_record(custody_data(), source=SOURCE, sequence=sequence)


@pytest.mark.promise("P6")
async def test_a_child_with_an_impossible_birth_date_is_stored_and_flagged(
    intake_bench: Bench,
) -> None:
    stranger = impossible_birth_date()
    record = RawRecord(stranger.topic, stranger.key, stranger.value, [*stranger.headers])
    await intake_bench.produce([record])

    async with intake(intake_bench):
        await intake_bench.until("SELECT count(*) FROM custody_event", 1)

    rows = await intake_bench.query(
        "SELECT event_kind, faults -> 0 ->> 'path', details -> 'subject' ->> 'birth_date'"
        " FROM custody_event"
    )
    assert rows == [("SEPARATED", "subject.birth_date", None)]
    letters = await intake_bench.query("SELECT kind, reason, state, holds FROM dead_letter")
    assert letters == [("FIELDS", "FIELDS_INVALID", "OPEN", False)]


async def test_what_is_stored_is_the_plain_form_of_the_payload(intake_bench: Bench) -> None:
    custody = sound("dhs.custody-event.v1").data
    notice = sound("doj.policy-notice.v1").data
    await intake_bench.produce([raw_record(custody), raw_record(notice, topic=NOTICES)])

    async with intake(intake_bench):
        await intake_bench.until("SELECT count(*) FROM custody_event", 1)
        await intake_bench.until("SELECT count(*) FROM notice", 1)

    details = plain("interagency.custody.CustodyEvent", custody)
    for name in ("event_kind", "family_group_id", "subject_id", "agency", "occurred_at"):
        del details[name]
    assert details["determined_at"] == "2018-05-07T18:00:00Z"
    assert await intake_bench.query("SELECT details FROM custody_event") == [(details,)]
    assert await intake_bench.query("SELECT data FROM notice") == [
        (plain("interagency.notice.PolicyNotice", notice),)
    ]


def plain(schema: str, data: Payload) -> dict[str, object]:
    """Return the payload in plain JSON, without fields that have no value if it is custody's."""
    found = to_plain(packaged().latest(schema), data)
    is_custody = schema.endswith("CustodyEvent")
    return {name: value for name, value in found.items() if not is_custody or value is not None}


@pytest.mark.promise("P8")
async def test_an_exercise_is_stored_as_one_and_a_doubtful_mode_as_actual(
    intake_bench: Bench,
) -> None:
    exercise = raw_record(custody_data(), mode="EXERCISE")
    doubtful = custody_record().adding("ce_mode", b"EXERCISE")
    await intake_bench.produce([exercise, doubtful])

    async with intake(intake_bench):
        await intake_bench.until("SELECT count(*) FROM custody_event", 2)

    rows = await intake_bench.query("SELECT mode, mode_is_sound FROM custody_event ORDER BY mode")
    assert rows == [("ACTUAL", False), ("EXERCISE", True)]


def window(agency: str, policy_id: str | None = None) -> RawRecord:
    """Return an agency's declaration that it exercises for two hours around now."""
    schema = packaged().latest("interagency.notice.Coordination")
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    data: dict[str, object] = {field["name"]: None for field in schema.definition["fields"]}
    data |= {
        "coordination_id": str(uuid4()),
        "policy_id": policy_id,
        "office": f"{agency}.plcy",
        "officer": {"role": "planner", "id": "o-4"},
        "mode": "EXERCISE",
        "kind": "EXERCISE_WINDOW",
        "exercise_window": {"from": now - hour, "to": now + hour},
    }
    source = f"{agency}.plcy/{uuid4()}"
    return raw_record(data, topic=f"{agency}.coordination.v1", source=source, mode="EXERCISE")


def drill(*, hours_ago: float, mode: str = "EXERCISE") -> RawRecord:
    """Return a custody event of DHS about what happened then."""
    occurred_at = datetime.now(UTC) - timedelta(hours=hours_ago)
    return raw_record(custody_data(occurred_at=occurred_at), source=SOURCE, mode=mode)


COUNTED = """
SELECT mode, counted_mode, is_outside_window FROM custody_counted ORDER BY occurred_at
"""


@pytest.mark.promise("P8")
async def test_an_exercises_event_outside_of_its_agencys_window_counts_as_real(
    intake_bench: Bench,
) -> None:
    await intake_bench.produce([window("dhs"), window("doj"), window("dhs", "dhs/2018/other")])
    await intake_bench.produce(
        [drill(hours_ago=2), drill(hours_ago=0.5), drill(hours_ago=0.1, mode="ACTUAL")]
    )

    async with intake(intake_bench):
        await intake_bench.until("SELECT count(*) FROM custody_counted", 3)
        await intake_bench.until("SELECT count(*) FROM exercise_window", 3)

    assert await intake_bench.query(COUNTED) == [
        ("EXERCISE", "ACTUAL", True),
        ("EXERCISE", "EXERCISE", False),
        ("ACTUAL", "ACTUAL", False),
    ]


@pytest.mark.promise("P8")
@pytest.mark.parametrize(
    "change",
    [
        "SET agency = 'doj'",
        "SET policy_id = 'dhs/2018/other'",
        "SET recorded_at = recorded_at + interval '1 hour'",
    ],
)
async def test_no_window_hides_what_it_does_not_cover(intake_bench: Bench, change: str) -> None:
    await intake_bench.produce([window("dhs")])
    await intake_bench.produce([drill(hours_ago=0.5)])
    async with intake(intake_bench):
        await intake_bench.until("SELECT count(*) FROM custody_counted", 1)
        await intake_bench.until("SELECT count(*) FROM exercise_window", 1)
    before = await intake_bench.query(COUNTED)

    await intake_bench.execute(f"UPDATE exercise_window {change}")

    assert before == [("EXERCISE", "EXERCISE", False)]
    assert await intake_bench.query(COUNTED) == [("EXERCISE", "ACTUAL", True)]


@pytest.mark.promise("P2")
async def test_a_receipt_speaks_for_all_numbers_but_those_that_are_missing(
    intake_bench: Bench,
) -> None:
    async with intake(intake_bench):
        await intake_bench.produce([numbered(1), numbered(2), numbered(4)])
        await intake_bench.until("SELECT count(*) FROM custody_event", 3)
        with_a_hole = await last_receipt(intake_bench)
        await intake_bench.produce([numbered(3)])
        await intake_bench.until("SELECT count(*) FROM custody_event", 4)

    assert with_a_hole == (4, [3])
    assert await last_receipt(intake_bench) == (4, [])


def test_a_receipt_speaks_for_less_where_too_much_is_missing() -> None:
    few_missing = cumulate(19, [[10, 12]])
    many_missing = cumulate(4999, [[10, 10 + MAX_EXCEPTIONS + 1]])

    assert few_missing == (19, [10, 11])
    assert many_missing == (9, [])


async def test_numbers_that_come_in_any_order_are_told_exactly(intake_bench: Bench) -> None:
    numbers = list(range(1, 3 * BLOCK + 2))
    missing = [5, BLOCK + 1, 2 * BLOCK]
    late = Random(1).sample(numbers, len(numbers))
    told = []

    async with owner_session(intake_bench.settings.database_url, "hhs") as connection:
        for start in range(0, len(late), 1000):
            batch = [each for each in late[start : start + 1000] if each not in missing]
            told.append(await add_numbers(connection, SOURCE, CUSTODY_EVENTS, batch))
        told += [await add_numbers(connection, SOURCE, CUSTODY_EVENTS, [n, n]) for n in missing]
        cursor = await connection.execute("SELECT block FROM custody_block")
        left = await cursor.fetchall()

    assert told[-4:] == [
        (numbers[-1], missing),
        (numbers[-1], missing[1:]),
        (numbers[-1], missing[2:]),
        (numbers[-1], []),
    ]
    assert left == [(3,)]


async def test_a_number_that_never_comes_does_not_end_what_receipts_speak_for(
    intake_bench: Bench,
) -> None:
    blocks = 2000

    async with owner_session(intake_bench.settings.database_url, "hhs") as connection:
        await add_numbers(connection, SOURCE, CUSTODY_EVENTS, [1, 3])
        await connection.execute(
            "UPDATE custody_block SET received = received + int8multirange(int8range(3, %b))",
            [BLOCK + 1],
        )
        await connection.execute(
            "INSERT INTO custody_block SELECT %b, %b, block,"
            " int8multirange(int8range(block * %b + 1, (block + 1) * %b + 1))"
            " FROM generate_series(1, %b - 1) AS block",
            [SOURCE, CUSTODY_EVENTS, BLOCK, BLOCK, blocks],
        )
        told = await add_numbers(connection, SOURCE, CUSTODY_EVENTS, [blocks * BLOCK + 1])

    assert told == (blocks * BLOCK + 1, [2])


@pytest.mark.promise("P9")
async def test_nothing_of_a_person_leaves_intake_but_in_its_tables(
    intake_bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    sound = custody_data(facility=MARK)
    bad = [
        raw_record(sound, value=MARK.encode()),
        raw_record(sound).header("ce_time", MARK.encode()),
        raw_record(sound).adding(f"x-{MARK}", b"\xff"),
        raw_record(sound).header("ce_id", MARK.encode()),
    ]
    await intake_bench.produce([raw_record(sound), *bad])

    async with intake(intake_bench):
        await intake_bench.until("SELECT count(*) FROM dead_letter", len(bad))
        await intake_bench.until("SELECT count(*) FROM custody_event", 1)

    told = await intake_bench.query(DEAD_LETTER_EVENTS)
    details = await intake_bench.query("SELECT reason || detail FROM dead_letter")
    assert len(told) == len(bad)
    assert all(isinstance(row[0], bytes) and MARK.encode() not in row[0] for row in told)
    assert all(MARK not in str(row[0]) for row in details)
    assert MARK not in caplog.text
    assert MARK not in generate_latest().decode()


@pytest.mark.promise("P5")
async def test_attributes_at_and_beyond_their_limits_stop_no_partition(
    intake_bench: Bench,
) -> None:
    at_the_limit = [
        custody_record().header("ce_sequence", b"9223372036854775806"),
        custody_record().header("ce_source", b"s" * 200),
    ]
    beyond = [
        custody_record().header("ce_sequence", b"9223372036854775807"),
        custody_record().header("ce_source", b"s" * 201),
        custody_record().header("ce_time", b"0001-01-01T00:00:00+14:00"),
    ]
    await intake_bench.produce([*beyond, *at_the_limit, custody_record()], partition=0)

    async with intake(intake_bench):
        await intake_bench.until("SELECT count(*) FROM custody_event", 3)

    assert await intake_bench.count("dead_letter") == len(beyond)
