"""Reading ahead: what it leans on, and batches that take longer than the next one is away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from bus.consuming.kafka import GroupMember
from bus.consuming.parser import Parser
from bus.consuming.records import Partition, Record, Rejected
from bus.consuming.subscription import Subscription
from bus.errors import PoisonError, SystemicError
from bus.events import Event
from bus.settings import Settings
from bus.topics import Topic
from tests.integration.consuming.harness import GROUP, Bench, EffectHandler
from tests.records import custody_record


async def ignore(_: object) -> None:
    """Take what is told, and do nothing."""


@pytest.mark.promise("P2")
async def test_a_fetched_batch_is_handed_over_before_anybody_else_has_a_turn(bench: Bench) -> None:
    """A seek between the fetch and its mark would let a stale batch pass for a fresh one."""
    handed_over: list[dict[Partition, list[Any]]] = []

    async def keep(batch: dict[Partition, list[Any]]) -> None:
        handed_over.append(batch)

    subscription = Subscription(GROUP, (bench.topic,), bench.handler)
    member = GroupMember(
        bench.settings, subscription, on_batch=keep, on_seek=list, assigned=ignore, revoked=ignore
    )
    topic = bench.settings.names.on_broker(bench.topic)
    record = ConsumerRecord(topic, 2, 7, 0, 0, b"key", b"value", None, 3, 5, ())
    await member.start()
    try:
        handing_over = member._subscriber.consume((record,))
        with pytest.raises(StopIteration):  # it ends without having waited for anything
            handing_over.send(None)
    finally:
        await member.stop()

    assert handed_over == [{Partition(bench.topic, 2): [record]}]


@pytest.mark.promise("P2")
@pytest.mark.promise("P3")
async def test_what_was_read_behind_a_batch_that_fails_is_applied_once_and_in_order(
    settings: Settings,
) -> None:
    bench = Bench(settings.model_copy(update={"batch_records": 10}))
    await bench.prepare()
    records = [custody_record() for _ in range(100)]
    fails_left = 3

    async def fail_at_first(events: Sequence[Event]) -> None:
        nonlocal fails_left
        await asyncio.sleep(0.05)  # meanwhile the next batch is read
        if fails_left:
            fails_left -= 1
            raise ConnectionError("a service of the handler's is away")
        if any(event.offset == 42 for event in events):
            raise PoisonError("HANDLER_REFUSED", "never")

    await bench.produce(records, partition=0)
    async with bench.working(EffectHandler(fail_at_first)):
        await bench.until("SELECT next_offset FROM consumer_position WHERE partition = 0", 100)

    effects = await bench.query("SELECT kafka_offset FROM effect ORDER BY effect_no")
    assert effects == [(offset,) for offset in range(100) if offset != 42]
    assert (await bench.count("dead_letter"), await bench.count("gap")) == (1, 0)


@pytest.mark.promise("P2")
async def test_what_the_parser_fails_at_is_told_and_read_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails at no record by itself; a registry that it has to ask may be away."""
    bench = Bench(settings.model_copy(update={"batch_records": 10}))
    await bench.prepare()
    parse, fails_left = Parser.parse, 4

    def fail_at_first(
        parser: Parser, record: Record, topic: Topic, partition: Partition
    ) -> Event | Rejected:
        nonlocal fails_left
        if record.offset == 42 and fails_left:
            fails_left -= 1
            raise SystemicError("the registry is away")
        return parse(parser, record, topic, partition)

    monkeypatch.setattr(Parser, "parse", fail_at_first)
    await bench.produce([custody_record() for _ in range(100)], partition=0)
    async with bench.working():
        await bench.until("SELECT next_offset FROM consumer_position WHERE partition = 0", 100)

    assert fails_left == 0
    assert (await bench.count("effect"), await bench.count("gap")) == (100, 0)


@pytest.mark.promise("P2")
async def test_a_batch_that_never_ends_costs_the_membership_and_is_applied_by_the_next(
    settings: Settings,
) -> None:
    bench = Bench(settings.model_copy(update={"max_poll_interval": 1.0}))
    await bench.prepare()
    hung = asyncio.Event()

    async def hang_once(_: Sequence[Event]) -> None:
        if not hung.is_set():
            hung.set()
            await asyncio.Event().wait()

    await bench.produce([custody_record() for _ in range(3)], partition=0)
    async with bench.working(EffectHandler(hang_once)):
        await bench.until("SELECT count(*) FROM effect", 3)

    assert hung.is_set()


@pytest.mark.promise("P2")
async def test_a_retry_that_never_ends_costs_the_membership_as_well(settings: Settings) -> None:
    bench = Bench(settings.model_copy(update={"max_poll_interval": 1.0}))
    await bench.prepare()
    calls = 0

    async def fail_then_hang(_: Sequence[Event]) -> None:
        nonlocal calls
        calls += 1
        if calls <= 2:  # as a batch, and alone
            raise RuntimeError("not now")
        if calls == 3:
            await asyncio.Event().wait()

    await bench.produce([custody_record()], partition=0)
    async with bench.working(EffectHandler(fail_then_hang)):
        await bench.until("SELECT count(*) FROM effect", 1)

    assert calls == 4
