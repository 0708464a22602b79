"""Handlers that take their time, and logs that leave none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bus.events import Event
from bus.settings import Settings
from tests.integration.consuming.harness import Bench, EffectHandler, until_unready_for
from tests.records import custody_record


@pytest.mark.promise("P5")
async def test_a_handler_that_is_silent_for_longer_than_a_session_keeps_its_transaction(
    settings: Settings,
) -> None:
    bench = Bench(settings.model_copy(update={"session_timeout": 1.0}))
    await bench.prepare()

    async def think(_: Sequence[Event]) -> None:
        await asyncio.sleep(1.6)  # the database ends a transaction that is idle for a second

    await bench.produce([custody_record() for _ in range(3)], partition=0)
    async with bench.working(EffectHandler(think)):
        await bench.until("SELECT count(*) FROM effect", 3)

    assert await bench.count("dead_letter") == 0


@pytest.mark.promise("P5")
async def test_a_breaker_that_is_opened_in_the_middle_of_a_replay_stops_it(
    settings: Settings,
) -> None:
    bench = Bench(settings.model_copy(update={"batch_records": 20}))
    await bench.prepare()
    opened = asyncio.Event()

    async def open_it(_: Sequence[Event]) -> None:
        if not opened.is_set():
            opened.set()
            await bench.execute(
                "INSERT INTO breaker (group_name, state, changed_at, changed_by, reason)"
                " VALUES ('hhs-intake', 'OPEN', now(), 'operator:o-4', 'test')"
            )
        await asyncio.sleep(0.02)  # so that the replay lasts longer than from one look to the next

    await bench.produce([custody_record() for _ in range(4000)], partition=0)
    async with bench.working(EffectHandler(open_it)) as worker:
        await asyncio.wait_for(opened.wait(), 20)
        await until_unready_for(worker, "breaker")
        applied = await bench.count("effect")

    assert 0 < applied < 4000
    assert await bench.count("effect") == applied
