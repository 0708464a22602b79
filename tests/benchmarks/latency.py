"""From publish to applied: how long until an event that an agency publishes is stored at HHS.

Events are due at even times, whether or not those before have arrived. A publisher takes what is
due into one transaction: at a low rate one event, at a high one those that came due during the
last. The clock starts when an event is due, and stops when another session sees the row that HHS
committed.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.events import Draft
from bus.local.service_process import ServiceProcess
from bus.publishing.entries import Published
from bus.publishing.outbox import Outbox
from bus.storage.connections import connect
from bus.topic_admin import create_topics
from bus.topics import Names, catalogue
from tests.benchmarks.contenders import settings_of
from tests.benchmarks.ground import Ground
from tests.benchmarks.records import TOPIC
from tests.records import custody_data

PREFIX = "latency."
PUBLISHERS = 2
WARM_UP_SECONDS = 3.0
ARRIVAL_LIMIT_SECONDS = 15.0

TELL = """
CREATE FUNCTION hhs.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('applied', NEW.event_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell AFTER INSERT ON hhs.custody_event FOR EACH ROW EXECUTE FUNCTION hhs.tell();
"""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from publish to applied, at so many events per second.

    `published` is the rate that was reached: where it is lower, the publishers themselves were
    late, and the times tell of them.
    """

    rate: int
    published: float
    events: int
    p50: float
    p99: float
    worst: float


def measure_latencies(ground: Ground, rates: dict[int, float]) -> list[Latency]:
    """Measure at each rate, for so many seconds; relay and hhs-intake are their own processes."""
    create_topics(ground.bootstrap, Names(PREFIX), list(catalogue().values()))
    with ground.database() as url, _services(ground, url):
        asyncio.run(_run(url, TELL))
        return [asyncio.run(_Trial(url, rate, seconds).run()) for rate, seconds in rates.items()]


@contextmanager
def _services(ground: Ground, url: str) -> Iterator[None]:
    settings = settings_of(ground, url, PREFIX)
    services = [
        ServiceProcess(settings, [name], ground.directory / f"latency-{name}.log")
        for name in ("relay", "hhs-intake")
    ]
    try:
        for each in services:
            each.await_ready()
        yield
    finally:
        for each in services:
            each.stop()


async def _run(url: str, statement: str) -> None:
    async with await connect(url, "hhs") as connection:
        await connection.execute(statement.encode())


class _Trial:
    """One rate."""

    def __init__(self, url: str, rate: int, seconds: float) -> None:
        self._url = url
        self._rate = rate
        self._warm_up = int(rate * WARM_UP_SECONDS)
        self._count = self._warm_up + int(rate * seconds)
        self._due: dict[UUID, float] = {}
        self._seen: dict[UUID, float] = {}
        self._warm_ids: set[UUID] = set()
        self._published_at = 0.0

    async def run(self) -> Latency:
        """Publish, and wait for what was published."""
        listening = asyncio.Event()
        observer = asyncio.create_task(self._observe(listening))
        await listening.wait()
        start = time.perf_counter() + 0.1
        await asyncio.gather(*(self._publish(number, start) for number in range(PUBLISHERS)))
        async with asyncio.timeout(ARRIVAL_LIMIT_SECONDS):
            await observer
        return self._latency()

    def _latency(self) -> Latency:
        waits = sorted(
            (self._seen[event_id] - due) * 1000
            for event_id, due in self._due.items()
            if event_id not in self._warm_ids
        )
        last = len(waits) - 1
        return Latency(
            self._rate,
            self._count / (self._published_at - min(self._due.values())),
            len(waits),
            waits[last // 2],
            waits[int(last * 0.99)],
            waits[last],
        )

    async def _observe(self, listening: asyncio.Event) -> None:
        async with await connect(self._url, "hhs") as connection:
            await connection.execute("LISTEN applied")
            listening.set()
            async for notice in connection.notifies():
                self._seen[UUID(notice.payload)] = time.perf_counter()
                if len(self._seen) == self._count:
                    return

    async def _publish(self, publisher: int, start: float) -> None:
        """Publish every so manyth event, on a connection of its own, as a system of its own."""
        outbox = Outbox("dhs", SystemClock(), packaged())
        waiting = deque(range(publisher, self._count, PUBLISHERS))
        async with await connect(self._url, "dhs") as connection:
            while waiting:
                await asyncio.sleep(max(0.0, self._due_at(waiting[0], start) - time.perf_counter()))
                now = time.perf_counter()
                numbers = [waiting.popleft()]
                while waiting and self._due_at(waiting[0], start) <= now:
                    numbers.append(waiting.popleft())
                drafts = [
                    Draft(topic=TOPIC, system=f"dhs.e{publisher}", data=custody_data())
                    for _ in numbers
                ]
                async with connection.transaction():
                    published = await outbox.publish(connection, drafts)
                self._note(numbers, published, start)

    def _due_at(self, number: int, start: float) -> float:
        return start + number / self._rate

    def _note(self, numbers: list[int], published: list[Published], start: float) -> None:
        self._published_at = time.perf_counter()
        for number, each in zip(numbers, published, strict=True):
            self._due[each.event_id] = self._due_at(number, start)
            if number < self._warm_up:
                self._warm_ids.add(each.event_id)
