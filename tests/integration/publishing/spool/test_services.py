"""A spool in `bus publish`, `bus serve relay` and `bus audit`, with a real Kafka."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bus.audit.faults import FaultKind
from bus.audit.spool import audit_spool
from bus.cli.app import run
from bus.publishing.relay import Relay
from bus.settings import Settings, load_settings
from bus.topic_admin import create_topics
from bus.topics import Names, find_topic
from producers.relay import make_relay
from tests.integration.publishing.harness import (
    LIMIT_SECONDS,
    TOPIC,
    Found,
    assert_nothing_lost_and_in_order,
    read_all,
    until,
)
from tests.integration.publishing.spool.spools import SpoolFile, numbers_up_to
from tests.integration.publishing.test_publish_command import line, sound_lines, write
from tests.unit.publishing.drafts import sound


@dataclass(frozen=True, slots=True)
class Bus:
    """A broker, and DHS's spool."""

    settings: Settings
    spool_file: SpoolFile

    def relay(self) -> Relay:
        """Return the relay of the spool, as the service has it."""
        return make_relay(self.settings, "dhs")

    def read(self) -> list[Found]:
        """Return every record of the topic."""
        return read_all(self.settings.bootstrap, self.settings.names.on_broker(TOPIC))

    async def until_sent(self) -> None:
        """Return when Kafka has confirmed everything."""

        async def is_sent() -> bool:
            streams, _ = audit_spool(self.spool_file.path, "dhs")
            return all(stream.unsent == 0 for stream in streams)

        await until(is_sent)


@pytest.fixture
def spooling(
    bootstrap: str,
    topic_prefix: str,
    spool_file: SpoolFile,
    monkeypatch: pytest.MonkeyPatch,
) -> Bus:
    """Let commands and services of this process use the spool, and no database at all."""
    create_topics(bootstrap, Names(topic_prefix), [find_topic(TOPIC)])
    monkeypatch.setenv("BUS_BOOTSTRAP", bootstrap)
    monkeypatch.setenv("BUS_TOPIC_PREFIX", topic_prefix)
    monkeypatch.setenv("BUS_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    monkeypatch.setenv("BUS_SPOOL_DHS", str(spool_file.path))
    return Bus(load_settings(), spool_file)


@pytest.mark.promise("P2")
@pytest.mark.promise("P4")
async def test_of_two_relays_one_works_and_one_waits_and_takes_over(spooling: Bus) -> None:
    first, second = spooling.relay(), spooling.relay()
    (published, *_) = spooling.spool_file.publish(500)
    async with AsyncExitStack() as running:
        stop_first = await begin(running, first)
        await begin(running, second)
        await spooling.until_sent()
        await stop_first()
        await asyncio.to_thread(spooling.spool_file.publish, 300)
        await spooling.until_sent()
        unready = second.unready()

    records = spooling.read()
    assert unready == []
    assert len(records) == 800
    assert_nothing_lost_and_in_order(records, {published.source: 800})


async def begin(running: AsyncExitStack, relay: Relay) -> Callable[[], Awaitable[None]]:
    """Run a relay; return a function that ends it, as the stack does in the end."""
    stopping = asyncio.Event()
    task = asyncio.create_task(relay.run(stopping))

    async def stop() -> None:
        stopping.set()
        await asyncio.wait_for(task, LIMIT_SECONDS)

    running.push_async_callback(stop)
    return stop


@pytest.mark.promise("P2")
async def test_where_kafka_put_each_event_is_kept_in_the_spool(spooling: Bus) -> None:
    spooling.spool_file.publish(50)

    async with AsyncExitStack() as running:
        await begin(running, spooling.relay())
        await spooling.until_sent()

    with spooling.spool_file.looked_into() as connection:
        kept = connection.execute(
            "SELECT partition, kafka_offset, source, sequence"
            " FROM spool_confirmation JOIN spool_stream USING (stream_id)"
        ).fetchall()
    assert set(kept) == {
        (each.partition, each.offset, each.source, each.sequence) for each in spooling.read()
    }
    assert audit_spool(spooling.spool_file.path, "dhs")[1] == []


async def test_bus_publish_needs_no_database(
    spooling: Bus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, sound_lines(3))

    async with AsyncExitStack() as running:
        await begin(running, spooling.relay())
        code = await asyncio.to_thread(run, ["publish", path, "--wait", "--json"])

    printed = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert [each["sequence"] for each in printed] == [1, 2, 3]
    assert len(spooling.read()) == 3


@pytest.mark.promise("P2")
async def test_when_one_store_is_away_no_line_is_published_in_the_other(
    spooling: Bus, tmp_path: Path
) -> None:
    path = write(tmp_path, [*sound_lines(1), line(sound("doj.policy-notice.v1"), "doj")])

    code = await asyncio.to_thread(run, ["publish", path])

    assert code == 5
    assert spooling.spool_file.stored() == {}


async def test_wait_without_a_relay_ends_with_5(spooling: Bus, tmp_path: Path) -> None:
    path = write(tmp_path, sound_lines(1))

    code = await asyncio.to_thread(run, ["publish", path, "--wait", "--timeout", "0.2"])

    assert code == 5
    assert list(spooling.spool_file.stored().values()) == [[1]]


async def test_a_command_that_needs_a_database_says_so(
    spooling: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await asyncio.to_thread(run, ["migrate", "--owner", "dhs"])

    assert code == 2
    assert "dhs keeps a spool instead of a database" in capsys.readouterr().err


def test_each_missing_number_is_named(spool_file: SpoolFile) -> None:
    spool_file.publish(10)
    with spool_file.looked_into() as connection:
        connection.execute("DELETE FROM spool_event WHERE sequence IN (3, 4, 10)")
        connection.execute("UPDATE spool_stream SET confirmed_sequence = 2")
        connection.execute(
            "INSERT INTO spool_confirmation VALUES (1, 2, 0, 0, ''), (9, 5, 0, 0, '')"
        )

    _, faults = audit_spool(spool_file.path, "dhs")

    assert {fault.kind: fault.ranges for fault in faults} == {
        FaultKind.SEQUENCE_MISSING: ((3, 5), (10, 11)),
        FaultKind.CONFIRMATION_MISSING: ((1, 2),),
        FaultKind.CONFIRMATION_OUTSIDE: ((5, 6),),
    }


async def test_publishing_goes_on_while_the_broker_is_away(spool_file: SpoolFile) -> None:
    settings = Settings(bootstrap="127.0.0.1:1", spool_dhs=spool_file.path, backoff_limit=0.1)
    relay, began = make_relay(settings, "dhs"), time.time()
    async with AsyncExitStack() as running:
        await begin(running, relay)
        published = [spool_file.publish()[0] for _ in range(3)]

        async def tells() -> bool:
            return any("is held up" in reason for reason in relay.unready())

        await until(tells)

        async def has_read() -> bool:
            return [each.depth for each in relay.backlog] == [3]

        await until(has_read)
        (backlog,) = relay.backlog

    assert [each.sequence for each in published] == numbers_up_to(3)
    assert began - 1 < backlog.oldest.timestamp() < time.time()
