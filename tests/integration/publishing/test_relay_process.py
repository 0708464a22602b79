"""Relays as processes, ended in every way."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from tests.integration.publishing.harness import (
    Rig,
    assert_nothing_lost_and_in_order,
    custody,
    until,
)
from tests.integration.publishing.relay_process import relay_process

KILLS = 20


@pytest.mark.promise("P2")
async def test_a_relay_killed_twenty_times_in_the_middle_of_a_batch_loses_nothing(
    rig: Rig,
) -> None:
    chance = random.Random(20)
    published = await rig.publish(custody(2000))
    count = 2000
    async with await rig.connect() as connection:

        async def confirmed() -> int:
            cursor = await connection.execute("SELECT count(*) FROM outbox_confirmation")
            row = await cursor.fetchone()
            return row[0] if row else 0

        for _ in range(KILLS):
            before = await confirmed()
            with relay_process(rig) as process:

                async def progresses(before: int = before) -> bool:
                    return await confirmed() > before

                await until(progresses)
                await asyncio.sleep(chance.uniform(0, 0.02))
                process.kill()
            await rig.publish(custody(400))
            count += 400

    killed_at = await rig.confirmed()
    async with rig.relaying():
        await rig.until_confirmed(count)
    records = rig.read()
    assert killed_at < count
    assert len(records) > count, "no kill struck between Kafka's answer and its record"
    assert_nothing_lost_and_in_order(records, {published[0].source: count})


@pytest.mark.promise("P2")
async def test_sigterm_finishes_the_batch_in_hand_and_sends_nothing_twice(rig: Rig) -> None:
    published = await rig.publish(custody(5000))
    with relay_process(rig) as process:
        await rig.until_confirmed(1)

        began = time.monotonic()
        process.terminate()
        await asyncio.to_thread(process.join, 10)
        took = time.monotonic() - began

        assert process.exitcode == 0
    assert took < 5
    in_kafka = len(rig.read())
    assert in_kafka < 5000
    assert in_kafka == await rig.confirmed()
    async with rig.relaying():
        await rig.until_confirmed(5000)
    records = rig.read()
    assert len(records) == 5000
    assert_nothing_lost_and_in_order(records, {published[0].source: 5000})


@pytest.mark.promise("P4")
async def test_of_two_relays_the_other_takes_over_when_the_first_is_killed(rig: Rig) -> None:
    published = await rig.publish(custody(3000))
    with relay_process(rig) as first:
        await rig.until_confirmed(1)
        async with rig.relaying():
            first.kill()
            await rig.until_confirmed(3000, limit=10)

    assert_nothing_lost_and_in_order(rig.read(), {published[0].source: 3000})
