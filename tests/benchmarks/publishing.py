"""Publishing a thousand events per transaction, and the relay that sends them."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from dataclasses import dataclass
from uuid import uuid4

import psycopg

from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.events import Draft
from bus.local.service_process import ServiceProcess
from bus.publishing.outbox import Outbox
from bus.storage.connections import connect
from bus.topic_admin import create_topics
from bus.topics import Names, catalogue
from tests.benchmarks.contenders import Running, settings_of
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import Sampler, Written, window_of
from tests.benchmarks.records import FAMILIES, TOPIC, details
from tests.benchmarks.rounds import Measurement
from tests.records import custody_data

BATCH = 1000
PREFIX = "relay."
LIMIT_SECONDS = 120.0
POLL_SECONDS = 0.5
SENT = """
SELECT extract(epoch FROM sent_at)::float8, count(*) FROM dhs.outbox_confirmation
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Publishing:
    """Events per second into the outbox, and from there to Kafka."""

    published: float
    relayed: Measurement


def measure_publishing(ground: Ground, batches: int) -> Publishing:
    """Publish so many transactions of a thousand events, then let a relay send them all."""
    create_topics(ground.bootstrap, Names(PREFIX), list(catalogue().values()))
    with ground.database() as url:
        published = asyncio.run(_publish(url, batches))
        return Publishing(published, _relay(ground, url, batches * BATCH))


async def _publish(url: str, batches: int) -> float:
    """Return the median rate of the transactions, but the first."""
    outbox = Outbox("dhs", SystemClock(), packaged())
    chance = random.Random(2018)
    families = [str(uuid4()) for _ in range(FAMILIES)]
    rates = []
    async with await connect(url, "dhs") as connection:
        for _ in range(batches):
            drafts = [
                Draft(
                    topic=TOPIC,
                    data=custody_data(family_group_id=chance.choice(families), **details(chance)),
                )
                for _ in range(BATCH)
            ]
            began = time.perf_counter()
            async with connection.transaction():
                await outbox.publish(connection, drafts)
            rates.append(BATCH / (time.perf_counter() - began))
    return statistics.median(rates[1:])


def _relay(ground: Ground, url: str, expected: int) -> Measurement:
    settings = settings_of(ground, url, PREFIX).model_copy(update={"relay_owners": "dhs"})
    log = ground.directory / "relay.log"
    service = ServiceProcess(settings, ["relay"], log)
    running = Running([service.process], [log])
    sampler = Sampler(running.pids)
    sampler.start()
    try:
        transactions = _await_sent(url, expected, running)
        sampler.stop()
    finally:
        running.stop()
    window = window_of(transactions)
    cpu = sampler.cpu_seconds(window.start, window.end)
    return Measurement(window.rate, cpu / window.rows * 1e6, sampler.peak_bytes)


def _await_sent(url: str, expected: int, running: Running) -> list[Written]:
    deadline = time.monotonic() + LIMIT_SECONDS
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            running.require_alive()
            found = [Written(*row) for row in connection.execute(SENT).fetchall()]
            if sum(each.rows for each in found) == expected:
                return _by_batch(found)
            time.sleep(POLL_SECONDS)
    raise AssertionError(f"the relay did not send {expected} events in {LIMIT_SECONDS:.0f} s")


def _by_batch(found: list[Written]) -> list[Written]:
    """Join the rows of one confirmation, which are some microseconds apart."""
    joined: list[Written] = []
    for each in found:
        if joined and joined[-1].rows < BATCH:
            joined[-1] = Written(joined[-1].at, joined[-1].rows + each.rows)
        else:
            joined.append(each)
    return joined
