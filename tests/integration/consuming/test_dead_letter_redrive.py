"""Redrives: by whatever is chosen, by whoever asks first, through kills, in order and once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from bus.consuming.requests import allowance
from bus.consuming.subscription import Order
from bus.deadletters.letters import Filter
from bus.deadletters.progress import wait_until_done
from bus.deadletters.requests import Request, find_candidates
from bus.settings import Settings
from bus.storage.connections import connect
from tests.integration.consuming.harness import Bench
from tests.integration.consuming.operators import (
    applied_order,
    assert_accounted,
    ids_of,
    letter_states,
    redrive,
    refusing,
    relent,
)
from tests.integration.consuming.worker_process import start_worker
from tests.records import RawRecord, custody_record

LETTERS = "SELECT count(*) FROM dead_letter"
EFFECTS = "SELECT count(*) FROM effect"
WAITING_FOR_A_LOCK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""

# As if readers had learned to read what they could not read when it came.
MEND = """
UPDATE dead_letter
SET headers = convert_to(
    replace(convert_from(headers, 'UTF8'), 'yesterday', '2026-03-01T12:00:00+00:00'), 'UTF8')
"""


def patient(settings: Settings) -> Settings:
    """Return settings whose breaker stays closed, however much fails."""
    return settings.model_copy(update={"breaker_minimum": 1_000_000})


def unreadable(record: RawRecord) -> RawRecord:
    """Return the record as one that can't be read until `MEND` has run."""
    return record.header("ce_time", b"yesterday")


async def until_done(bench: Bench, request: Request) -> dict[str, int]:
    """Wait until all that was asked for is done; return how many are in which state."""
    deadline = asyncio.get_running_loop().time() + 60
    async with await connect(bench.settings.database_url, "hhs") as connection:
        return await wait_until_done(
            connection, request.letters, deadline=deadline, report=lambda _: None
        )


@pytest.mark.promise("P3")
async def test_a_redrive_of_one_leaves_the_others_open(bench: Bench) -> None:
    records = [custody_record() for _ in range(3)]
    handler = refusing(*records)
    await bench.produce(records, partition=0)

    async with bench.working(handler):
        await bench.until(LETTERS, 3)
        relent(handler)
        [(chosen,)] = await bench.query(
            "SELECT dead_letter_id FROM dead_letter WHERE event_id = %s", records[1].event_id
        )
        request = await redrive(bench, Filter(ids=[chosen]))  # type: ignore[list-item]
        assert await until_done(bench, request) == {"RESOLVED": 1}

    assert await applied_order(bench) == ids_of([records[1]])
    assert [row[1] for row in await letter_states(bench)] == ["OPEN", "RESOLVED", "OPEN"]
    await assert_accounted(bench)


@pytest.mark.promise("P3")
async def test_a_thousand_dead_letters_are_redriven_once_each(settings: Settings) -> None:
    bench = Bench(patient(settings))
    await bench.prepare()
    await bench.produce([unreadable(custody_record()) for _ in range(1000)])

    async with bench.working():
        await bench.until(LETTERS, 1000)
        await bench.execute(MEND)
        request = await redrive(bench)
        assert await until_done(bench, request) == {"RESOLVED": 1000}

    assert len(request.asked) == 1000
    assert await bench.query("SELECT count(*), count(DISTINCT event_id) FROM effect") == [
        (1000, 1000)
    ]
    await assert_accounted(bench)


@pytest.mark.promise("P2")
async def test_a_record_whose_id_nobody_could_read_is_resolved_once_it_can_be(
    bench: Bench,
) -> None:
    record = custody_record()
    mend = """
        UPDATE dead_letter SET headers = convert_to(
            replace(convert_from(headers, 'UTF8'), 'illegible', %s), 'UTF8')
    """
    await bench.produce([record.header("ce_id", b"illegible")], partition=0)

    async with bench.working():
        await bench.until(LETTERS, 1)
        await bench.execute(mend, str(record.event_id))
        request = await redrive(bench)
        await bench.until(EFFECTS, 1)
        assert await until_done(bench, request) == {"RESOLVED": 1}

    await assert_accounted(bench)


async def test_what_fails_again_is_open_again_and_says_how_often_it_was_tried(
    bench: Bench,
) -> None:
    record = custody_record()
    await bench.produce([record], partition=0)

    async with bench.working(refusing(record)):
        await bench.until(LETTERS, 1)
        states = [await until_done(bench, await redrive(bench)) for _ in range(2)]

    assert states == [{"OPEN": 1}, {"OPEN": 1}]
    assert await bench.query("SELECT state, attempts FROM dead_letter") == [("OPEN", 3)]


async def test_of_two_redrives_at_once_the_second_is_told_of_the_first(bench: Bench) -> None:
    records = [custody_record() for _ in range(20)]
    await bench.produce(records)
    async with bench.working(refusing(*records)):
        await bench.until(LETTERS, 20)

    requests = await asyncio.gather(redrive(bench), redrive(bench))

    asked = [letter for request in requests for letter in request.asked]
    told = [each for request in requests for each in request.already_asked]
    assert len(asked) == len(set(asked)) == 20
    assert len(told) == 20
    assert {each.asked_by for each in told} == {"operator:o-4"}


async def test_letters_are_chosen_by_key_reason_topic_and_time(bench: Bench) -> None:
    refused, broken = custody_record(), custody_record()
    await bench.produce([refused, unreadable(broken)], partition=0)
    async with bench.working(refusing(refused)):
        await bench.until(LETTERS, 2)
    assert refused.key is not None
    now = datetime.now(UTC)
    choices = {
        "its key": Filter(key=refused.key.decode()),
        "another key": Filter(key="another"),
        "its reason": Filter(reason="HANDLER_REFUSED"),
        "its topic": Filter(topic=bench.topic, reason="HANDLER_REFUSED"),
        "another topic": Filter(topic="doj.custody-event.v1"),
        "since before": Filter(since=now - timedelta(hours=1), key=refused.key.decode()),
        "since after": Filter(since=now + timedelta(hours=1)),
        "until before": Filter(until=now - timedelta(hours=1)),
    }

    found = {}
    async with await connect(bench.settings.database_url, "hhs") as connection:
        for name, chosen in choices.items():
            found[name] = [each.offset for each in await find_candidates(connection, chosen)]

    assert found == {
        "its key": [0],
        "another key": [],
        "its reason": [0],
        "its topic": [0],
        "another topic": [],
        "since before": [0],
        "since after": [],
        "until before": [],
    }


MORE_LETTERS = """
INSERT INTO dead_letter (dead_letter_id, group_name, topic, partition, account_id, kafka_offset,
    appended_at, key, headers, reason, detail)
SELECT uuidv7(), group_name, topic, partition, account_id, offsets, appended_at,
    offsets::text::bytea, headers, reason, detail
FROM dead_letter, generate_series(1, 20000) AS offsets
"""


async def test_a_key_is_found_by_its_index(bench: Bench) -> None:
    await bench.produce([unreadable(custody_record())], partition=0)
    async with bench.working():
        await bench.until(LETTERS, 1)
    chosen = Filter(key="a key", state="OPEN", kind="RECORD")
    query = f"EXPLAIN SELECT FROM dead_letter AS letter WHERE {chosen.condition}"

    async with await connect(bench.settings.database_url, "hhs") as connection:
        await connection.execute(MORE_LETTERS)
        await connection.execute("ANALYZE dead_letter")
        plan = await (await connection.execute(query.encode(), chosen.values)).fetchall()

    assert "dead_letter_key" in str(plan)


@pytest.mark.parametrize(
    ("per_second", "taken", "seconds", "allowed"),
    [
        (None, 0, 0.0, 100),
        (5.0, 0, 0.0, 1),
        (5.0, 1, 0.1, 0),
        (5.0, 1, 1.0, 5),
        (5.0, 50, 1.0, 0),
        (1000.0, 0, 60.0, 100),
    ],
)
def test_a_rate_allows_so_many_by_now(
    per_second: float | None, taken: int, seconds: float, allowed: int
) -> None:
    assert allowance(per_second, taken, seconds, limit=100) == allowed


async def test_a_redrive_takes_no_more_than_its_rate_allows(bench: Bench) -> None:
    records = [custody_record() for _ in range(5)]
    handler = refusing(*records)
    await bench.produce(records, partition=0)

    async with bench.working(handler):
        await bench.until(LETTERS, 5)
        relent(handler)
        await redrive(bench, per_second=0.001)
        await bench.until(EFFECTS, 1)
        await bench.produce([custody_record()], partition=0)
        await bench.until(EFFECTS, 2)

    assert await bench.query("SELECT taken FROM dead_letter_request") == [(1,)]


@contextmanager
def stopped_effects(settings: Settings) -> Iterator[None]:
    """Let whoever writes an effect wait until the block ends."""
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("SET search_path TO hhs")
        connection.execute("LOCK TABLE effect IN SHARE MODE")
        yield


@pytest.mark.promise("P2")
@pytest.mark.promise("P3")
@pytest.mark.promise("P4")
async def test_kills_in_the_middle_of_a_redrive_lose_double_and_reorder_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    bench = Bench(patient(settings), order=Order.ORDERED)
    await bench.prepare()
    keys = [str(uuid4()) for _ in range(400)]
    records = [custody_record(family_group_id=key) for _ in range(3) for key in keys]
    first, behind = records[: len(keys)], records[len(keys) :]
    await bench.produce([*(unreadable(each) for each in first), *behind], partition=0)
    async with bench.working():
        await bench.until("SELECT count(*) FROM held_record", len(behind))
    await bench.execute(MEND)
    request = await redrive(bench)

    for applied in (0, len(keys)):
        with start_worker(bench.settings, Order.ORDERED, tmp_path / "worker.log") as victim:
            await bench.until(f"SELECT count(*) > {applied} FROM effect", True)
            with stopped_effects(bench.settings):
                await bench.until(WAITING_FOR_A_LOCK, 1)
                victim.kill()
        assert await bench.count("effect") < len(records)
        await assert_accounted(bench)
    async with bench.working():
        await bench.until(EFFECTS, len(records))
        assert await until_done(bench, request) == {"RESOLVED": len(keys)}

    orders = defaultdict(list)
    for key, event_id in await bench.query("SELECT key, event_id FROM effect ORDER BY effect_no"):
        orders[key].append(event_id)
    assert orders == {
        key: [each.event_id for each in records[number :: len(keys)]]
        for number, key in enumerate(keys)
    }
    await assert_accounted(bench)
