"""Workers come and go: who waits is ready too, and what is in hand is finished first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bus.consuming.worker import Worker
from bus.events import Event
from bus.settings import Settings
from tests.integration.consuming.harness import Bench, EffectHandler, eventually, until_ready
from tests.records import RawRecord, custody_record

ONE_PARTITION = "bus.agreement.v1"


async def until_shared(*workers: Worker) -> None:
    """Wait until each of the workers has claimed something, and nothing is claimed twice."""

    async def shared() -> bool:
        claimed = [worker.claimed for worker in workers]
        return all(claimed) and sum(map(len, claimed)) == len(frozenset().union(*claimed))

    assert await eventually(shared)
    for worker in workers:
        await until_ready(worker)


async def until_settled(*workers: Worker) -> None:
    """Wait until the one partition is claimed by one of the workers, and all are ready."""

    async def settled() -> bool:
        is_claimed = sum(len(worker.claimed) for worker in workers) == 1
        return is_claimed and not any(worker.unready() for worker in workers)

    assert await eventually(settled), [worker.unready() for worker in workers]


@pytest.mark.promise("P2")
async def test_a_worker_without_a_partition_is_ready_and_takes_over(settings: Settings) -> None:
    bench = Bench(settings, topic=ONE_PARTITION)
    await bench.prepare()
    async with bench.working() as first:
        await until_ready(first)
        async with bench.working() as second:
            await until_settled(first, second)
        await until_settled(first)
        await bench.produce([RawRecord(ONE_PARTITION, b"key", None, [])], partition=0)
        await bench.until("SELECT count(*) FROM dead_letter", 1)


@pytest.mark.promise("P3")
async def test_a_batch_in_hand_is_finished_before_its_partitions_go_to_another(
    bench: Bench,
) -> None:
    reached, gate = asyncio.Event(), asyncio.Event()

    async def hold(_: Sequence[Event]) -> None:
        reached.set()
        await gate.wait()

    await bench.produce([custody_record() for _ in range(60)])
    async with bench.working(EffectHandler(hold)) as first:
        await asyncio.wait_for(reached.wait(), 20)
        async with bench.working() as second:
            gate.set()
            await until_shared(first, second)
            await bench.until("SELECT count(*) FROM effect", 60)

    assert await bench.query("SELECT count(DISTINCT event_id) FROM effect") == [(60,)]
    assert await bench.count("duplicate") == 0


@pytest.mark.promise("P3")
async def test_workers_that_come_and_go_under_load_apply_each_event_once(bench: Bench) -> None:
    producing = asyncio.create_task(produce_steadily(bench, batches=20))
    async with bench.working() as stays:
        for _ in range(3):
            async with bench.working() as guest:
                await until_shared(stays, guest)
        await producing
        await bench.until("SELECT count(*) FROM effect", 20 * 50)

    assert await bench.query("SELECT count(DISTINCT event_id) FROM effect") == [(20 * 50,)]


async def produce_steadily(bench: Bench, batches: int) -> None:
    for _ in range(batches):
        await bench.produce([custody_record() for _ in range(50)])
