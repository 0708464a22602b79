"""Twenty kills under load: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from bus.audit.auditing import run_audit
from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.events import Draft
from bus.publishing.outbox import Outbox
from bus.settings import Settings
from bus.storage.connections import Connection, connect
from bus.topic_admin import create_topics
from bus.topics import OWNERS, catalogue
from tests.integration.consuming.harness import Bench, eventually
from tests.integration.processes import Victim
from tests.records import custody_data

KILLS = 20
BATCH = 20
BACKLOG = 400

APPLIED = "SELECT count(*) FROM bus.inbox WHERE group_name = 'tracker'"
TOLD_FINDINGS = """
SELECT count(*), count(DISTINCT key) FROM bus.outbox JOIN bus.outbox_stream USING (stream_id)
WHERE topic = 'bus.finding.v1'
"""


@dataclass
class Load:
    """Publishes custody events without a citation, batch after batch, until it is stopped.

    It never is more than a backlog ahead: else a slow machine gets more to do the slower it is.
    """

    settings: Settings
    published: list[UUID] = field(default_factory=list)

    async def run(self, stopping: asyncio.Event) -> None:
        outbox = Outbox("dhs", SystemClock(), packaged())
        connection = await connect(self.settings.database_url, "dhs")
        async with connection:
            while not stopping.is_set():
                drafts = [Draft(topic="dhs.custody-event.v1", data=custody_data())] * BATCH
                async with connection.transaction():
                    published = await outbox.publish(connection, drafts)
                self.published += [each.event_id for each in published]
                await asyncio.sleep(0.05)
                await eventually(lambda: self._is_wanted(connection, stopping))

    async def _is_wanted(self, connection: Connection, stopping: asyncio.Event) -> bool:
        """Whether the crew has come close enough to have more to do."""
        (row,) = await (await connection.execute(APPLIED)).fetchall()
        return stopping.is_set() or len(self.published) - row[0] < BACKLOG


@asynccontextmanager
async def loaded(settings: Settings) -> AsyncIterator[Load]:
    load = Load(settings)
    stopping = asyncio.Event()
    task = asyncio.create_task(load.run(stopping))
    try:
        yield load
    finally:
        stopping.set()
        await task


class Crew:
    """Two processes that share the work; whoever is killed is replaced."""

    def __init__(self, settings: Settings, directory: Path) -> None:
        self._settings = settings
        self._directory = directory
        self._started = 0
        self.members = [self._start(), self._start()]

    def kill_one(self) -> None:
        victim = random.choice(self.members)
        victim.kill()
        self.members.remove(victim)
        self.members.append(self._start())

    def _start(self) -> Victim:
        self._started += 1
        log = self._directory / f"crew-{self._started}.log"
        return Victim(self._settings, log, "hhs-intake", "tracker")


@pytest.fixture
def crew_settings(settings: Settings) -> Settings:
    create_topics(settings.bootstrap, settings.names, list(catalogue().values()))
    return settings


@pytest.fixture
def crew(crew_settings: Settings, tmp_path: Path) -> Iterator[Crew]:
    crew = Crew(crew_settings, tmp_path)
    yield crew
    for member in crew.members:
        member.end()


@pytest.fixture
def relay(crew_settings: Settings, tmp_path: Path) -> Iterator[Victim]:
    relay = Victim(crew_settings, tmp_path / "relay.log", "relay")
    yield relay
    relay.end()


@pytest.mark.promise("P2")
@pytest.mark.promise("P3")
@pytest.mark.timeout(300)
async def test_twenty_kills_under_load_lose_nothing_and_double_nothing(
    crew_settings: Settings, crew: Crew, relay: Victim
) -> None:
    bench = Bench(crew_settings)
    async with loaded(crew_settings) as load:
        await asyncio.to_thread(relay.await_ready)
        for _ in range(KILLS):
            await until_more_than(bench, random.randint(1, 3 * BATCH))
            await asyncio.to_thread(crew.kill_one)
    expected = len(load.published)

    await bench.until(
        "SELECT count(*) FROM bus.inbox WHERE group_name = 'tracker' AND "
        "event_id IN (SELECT event_id FROM dhs.outbox)",
        expected,
    )
    await bench.until("SELECT count(*) FROM hhs.custody_event", expected)
    await asyncio.to_thread(crew.members[0].await_ready)

    held = {row[0] for row in await bench.query("SELECT event_id FROM hhs.custody_event")}
    audit = await run_audit(crew_settings, OWNERS)
    ((told, distinct),) = await bench.query(TOLD_FINDINGS)
    assert held == set(load.published)
    assert audit.is_sound, audit.faults
    assert told == distinct == expected
    assert await bench.count("bus.finding") == expected


async def until_more_than(bench: Bench, increase: int) -> None:
    """Wait until so many more events have been applied."""
    start = await bench.count("hhs.custody_event")

    async def grown() -> bool:
        return await bench.count("hhs.custody_event") >= start + increase

    assert await eventually(grown)
