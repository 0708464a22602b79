"""Who owns a partition, and what a worker does when the log is not where it left it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from bus.codec.schemas import packaged
from bus.consuming.claims import LogBounds
from bus.consuming.postgres import PostgresTransaction
from bus.consuming.records import Partition
from bus.errors import SystemicError
from bus.events import Event
from bus.publishing.outbox import Outbox
from bus.storage.connections import connect
from bus.topic_admin import TopicIds, create_topics
from bus.topics import find_topic
from tests.integration.consuming.harness import (
    GROUP,
    Bench,
    EffectHandler,
    eventually,
    until_ready,
    until_unready_for,
)
from tests.proxy import proxied, proxied_url
from tests.records import custody_record


async def delete_records(bench: Bench, before: int) -> None:
    """Let retention take the records of partition 0 before an offset."""
    admin = AdminClient({"bootstrap.servers": bench.settings.bootstrap})
    place = TopicPartition(bench.settings.names.on_broker(bench.topic), 0, before)
    for done in admin.delete_records([place]).values():
        await asyncio.to_thread(done.result, 30)


async def recreate_topic(bench: Bench) -> None:
    """Delete the topic and create it anew, as an operator's mistake would."""
    name = bench.settings.names.on_broker(bench.topic)
    admin = AdminClient({"bootstrap.servers": bench.settings.bootstrap})
    await asyncio.to_thread(admin.delete_topics([name])[name].result, 30)

    async def recreated() -> bool:
        made = await asyncio.to_thread(
            create_topics,
            bench.settings.bootstrap,
            bench.settings.names,
            [find_topic(bench.topic)],
        )
        return bool(made)

    assert await eventually(recreated)


@pytest.mark.promise("P2")
async def test_a_position_below_the_log_start_becomes_a_named_gap(bench: Bench) -> None:
    await bench.produce([custody_record() for _ in range(5)], partition=0)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 5)
    await bench.produce([custody_record() for _ in range(5)], partition=0)
    await delete_records(bench, before=8)

    async with bench.working() as worker:
        await bench.until("SELECT count(*) FROM effect", 7)
        await until_ready(worker)

    assert await bench.query("SELECT from_offset, to_offset, reason FROM gap") == [
        (5, 8, "RETENTION")
    ]
    told = await bench.query("SELECT topic FROM outbox JOIN outbox_stream USING (stream_id)")
    assert told == [("bus.finding.v1",)]


@pytest.mark.promise("P2")
async def test_records_deleted_under_a_running_worker_become_a_named_gap(bench: Bench) -> None:
    is_failing = True

    async def fail_for_a_while(_: Sequence[Event]) -> None:
        if is_failing:
            raise SystemicError("not yet")

    await bench.produce([custody_record() for _ in range(20)], partition=0)
    async with bench.working(EffectHandler(fail_for_a_while)) as worker:
        await until_unready_for(worker, "not yet")
        await delete_records(bench, before=18)
        await bench.until("SELECT count(*) FROM gap", 1)
        is_failing = False
        await bench.until("SELECT max(next_offset) FROM consumer_position", 20)

    assert await bench.query("SELECT from_offset, to_offset FROM gap") == [(0, 18)]
    assert await bench.count("effect") == 2


@pytest.mark.promise("P2")
async def test_a_position_beyond_the_log_end_waits_for_an_operator(bench: Bench) -> None:
    await bench.produce([custody_record()], partition=0)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 1)
    await bench.execute("UPDATE consumer_position SET next_offset = 100 WHERE partition = 0")

    async with bench.working() as worker:
        await until_unready_for(worker, "BEYOND_LOG_END")
        await bench.produce([custody_record()], partition=1)
        await bench.until("SELECT count(*) FROM effect", 2)
        still_unready = worker.unready()

    assert "bus positions reset" in still_unready[0]
    position = await bench.query("SELECT next_offset FROM consumer_position WHERE partition = 0")
    assert position == [(100,)]


@pytest.mark.promise("P2")
async def test_a_recreated_topic_is_not_read_from_the_middle(bench: Bench) -> None:
    await bench.produce([custody_record() for _ in range(3)], partition=0)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 3)
    await recreate_topic(bench)
    await bench.produce([custody_record() for _ in range(6)], partition=0)

    async with bench.working() as worker:
        await until_unready_for(worker, "TOPIC_RECREATED")

    assert await bench.count("effect") == 3


@pytest.mark.promise("P2")
async def test_a_topic_recreated_under_a_running_worker_is_noticed(bench: Bench) -> None:
    await bench.produce([custody_record() for _ in range(3)], partition=0)

    async with bench.working() as worker:
        await bench.until("SELECT count(*) FROM effect", 3)
        await recreate_topic(bench)
        await bench.produce([custody_record()], partition=0)
        await until_unready_for(worker, "TOPIC_RECREATED")

    assert await bench.count("effect") == 3


@pytest.mark.promise("P3")
async def test_a_partition_lost_in_the_middle_of_a_batch_is_dropped_and_the_rest_is_redone(
    bench: Bench,
) -> None:
    reached, gate = asyncio.Event(), asyncio.Event()
    calls: list[set[int]] = []

    async def hold(events: Sequence[Event]) -> None:
        calls.append({event.partition for event in events})
        reached.set()
        await gate.wait()

    await bench.produce([custody_record() for _ in range(5)], partition=0)
    await bench.produce([custody_record() for _ in range(5)], partition=1)
    async with bench.working(EffectHandler(hold)):
        await asyncio.wait_for(reached.wait(), 20)
        epoch = await claim_as_another(bench, Partition(bench.topic, min(calls[0])))
        gate.set()
        await bench.until("SELECT count(*) FROM effect", 10)
        await bench.until("SELECT count(*) FROM consumer_position WHERE epoch > %s", 1, epoch)

    per_offset = await bench.query(
        "SELECT count(*), count(DISTINCT (partition, kafka_offset)) FROM effect"
    )
    assert per_offset == [(10, 10)]


async def claim_as_another(bench: Bench, partition: Partition) -> int:
    """Claim a partition as a worker elsewhere would; return the epoch."""
    ids = TopicIds(bench.settings.bootstrap, bench.settings.names)
    topic_id = (await asyncio.to_thread(ids.of, [partition.topic]))[partition.topic]
    connection = await connect(bench.settings.database_url, "hhs")
    async with connection:
        outbox = Outbox("hhs", bench.settings.clock(), packaged())
        transaction = PostgresTransaction(connection, GROUP, "hhs", outbox)
        positions = await transaction.claim_positions({partition: LogBounds(topic_id, 0, 0)})
    return positions[partition].epoch


@pytest.mark.promise("P2")
async def test_a_failing_handler_is_tried_again_until_it_succeeds(bench: Bench) -> None:
    failures = 3

    async def fail_at_first(_: Sequence[Event]) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise RuntimeError("not yet")

    await bench.produce([custody_record() for _ in range(20)], partition=0)

    async with bench.working(EffectHandler(fail_at_first)) as worker:
        await bench.until("SELECT count(*) FROM effect", 20)
        await until_ready(worker)

    assert failures == 0
    assert await bench.count("dead_letter") == 0


@pytest.mark.promise("P2")
async def test_a_database_that_is_away_at_assignment_is_waited_for(bench: Bench) -> None:
    await bench.produce([custody_record() for _ in range(10)], partition=0)
    async with proxied_url(bench.settings.database_url) as (proxy, url):
        proxy.cut()
        through_proxy = Bench(bench.settings.model_copy(update={"database_url": url}))

        async with through_proxy.working() as worker:
            await until_unready_for(worker, "not claimed yet")
            proxy.restore()
            await bench.until("SELECT count(*) FROM effect", 10)
            await until_ready(worker)


@pytest.mark.promise("P2")
async def test_a_database_that_goes_away_under_a_worker_loses_nothing(bench: Bench) -> None:
    async with proxied_url(bench.settings.database_url) as (proxy, url):
        through_proxy = Bench(bench.settings.model_copy(update={"database_url": url}))
        async with through_proxy.working() as worker:
            await until_ready(worker)
            proxy.cut()
            await bench.produce([custody_record() for _ in range(10)], partition=0)
            await until_unready_for(worker, "database of hhs")
            proxy.restore()
            await bench.until("SELECT count(*) FROM effect", 10)
            await until_ready(worker)

    assert await bench.count("dead_letter") == 0


async def test_a_database_that_falls_silent_is_told_of_and_holds_up_no_stop(bench: Bench) -> None:
    async with proxied_url(bench.settings.database_url) as (proxy, url):
        through_proxy = Bench(bench.settings.model_copy(update={"database_url": url}))
        async with through_proxy.working() as worker:
            await until_ready(worker)
            proxy.silence()
            await until_unready_for(worker, "database")
            began = asyncio.get_running_loop().time()
        took = asyncio.get_running_loop().time() - began

    assert took < 5


@pytest.mark.promise("P2")
async def test_a_broker_that_is_away_at_the_start_is_waited_for(bench: Bench) -> None:
    await bench.produce([custody_record() for _ in range(3)], partition=0)
    host, _, port = bench.settings.bootstrap.partition(":")
    async with proxied(host, int(port)) as proxy:
        proxy.cut()
        bootstrap = f"127.0.0.1:{proxy.port}"
        through_proxy = Bench(bench.settings.model_copy(update={"bootstrap": bootstrap}))

        async with through_proxy.working() as worker:
            await until_unready_for(worker, "can't be reached")
            proxy.restore()
            await bench.until("SELECT count(*) FROM effect", 3)
