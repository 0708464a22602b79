"""Publishing and relaying while the broker is away, silent, or on its way back.

On a stack of this file's own: all others need their broker.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid
from collections.abc import Iterator

import pytest

from bus.local.stack import Server, Stack
from bus.topic_admin import create_topics
from bus.topics import Names, find_topic
from tests.conftest import migrated_database, url_of
from tests.integration.publishing.harness import (
    TOPIC,
    Rig,
    assert_nothing_lost_and_in_order,
    custody,
    until,
)
from tests.stack import Cluster, own_cluster, unless_unavailable


@pytest.fixture(scope="module")
def away() -> Iterator[Cluster]:
    """Give a broker and a database server that this file's tests stop and freeze."""
    with unless_unavailable(own_cluster("away")) as found:
        yield found


@pytest.fixture
def stack(away: Cluster) -> Iterator[Stack]:
    """Give their stack; both are up again afterwards."""
    assert away.stack is not None
    yield away.stack
    away.stack.up()


@pytest.fixture
def rig(away: Cluster) -> Iterator[Rig]:
    """Give a rig on them."""
    names = Names(f"t{uuid.uuid4().hex[:8]}.")
    create_topics(away.bootstrap, names, [find_topic(TOPIC)])
    with migrated_database(away) as database:
        yield Rig(away.bootstrap, url_of(away, database), names)


@pytest.mark.promise("P2")
@pytest.mark.promise("P4")
async def test_publishing_goes_on_while_the_broker_is_stopped_and_nothing_is_lost(
    rig: Rig, stack: Stack
) -> None:
    stopping = asyncio.Event()
    relay = rig.relay(timeout_seconds=1.0)
    publisher = asyncio.create_task(publish_steadily(rig, stopping))
    async with rig.relaying(relay):
        await rig.until_confirmed(500)
        await asyncio.to_thread(stack.stop, Server.KAFKA)

        async def tells() -> bool:
            return any(TOPIC in reason for reason in relay.unready())

        await until(tells)
        (backlog,) = relay.backlog
        held_up = await rig.confirmed()
        stored = await rig.number("SELECT count(*) FROM outbox")
        await asyncio.to_thread(stack.up)
        await rig.until_confirmed(held_up + 2000)
        stopping.set()
        source, count = await publisher
        await rig.until_confirmed(count)

    assert backlog.topic == TOPIC
    assert backlog.depth > 0
    assert stored > held_up
    assert relay.unready() == []
    assert_nothing_lost_and_in_order(rig.read(), {source: count})


async def publish_steadily(rig: Rig, stopping: asyncio.Event) -> tuple[str, int]:
    """Publish until told to stop; return the source and how many events it has published."""
    count = 0
    while True:
        published = await rig.publish(custody(100))
        count += 100
        if stopping.is_set():
            return published[0].source, count
        await asyncio.sleep(0.02)


@pytest.mark.promise("P4")
async def test_a_broker_that_falls_silent_in_the_middle_of_a_batch_disturbs_no_order(
    rig: Rig, stack: Stack
) -> None:
    published = await rig.publish(custody(6_000))
    broker = stack.process(Server.KAFKA)
    assert broker is not None
    relay = rig.relay(timeout_seconds=0.5)
    async with rig.relaying(relay):
        await rig.until_confirmed(200)
        os.kill(broker.pid, signal.SIGSTOP)
        try:

            async def tells() -> bool:
                return any("confirmed nothing" in reason for reason in relay.unready())

            await until(tells)
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        await rig.until_confirmed(6_000)

    assert_nothing_lost_and_in_order(rig.read(), {published[0].source: 6_000})


@pytest.mark.parametrize("silent", list(Server))
async def test_a_relay_stops_in_time_while_a_server_is_silent(
    rig: Rig, stack: Stack, silent: Server
) -> None:
    await rig.publish(custody(6_000))
    relay = rig.relay(timeout_seconds=30.0)
    stopping = asyncio.Event()
    running = asyncio.create_task(relay.run(stopping))
    await rig.until_confirmed(200)
    broker = stack.process(Server.KAFKA)
    assert broker is not None
    pid = broker.pid if silent is Server.KAFKA else await session_of_the_relay(rig)
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        stopping.set()
        await asyncio.wait_for(running, 10)
        took = time.monotonic() - began
    finally:
        os.kill(pid, signal.SIGCONT)

    assert took < 5


async def session_of_the_relay(rig: Rig) -> int:
    """Return the process of the database's server that serves the relay."""
    return await rig.number(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
