"""One outbox, one relay and one prefix of topics, for a test to drive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.events import Draft
from bus.publishing.entries import Published
from bus.publishing.kafka import Sender
from bus.publishing.outbox import Outbox
from bus.publishing.postgres import PostgresStore
from bus.publishing.relay import Pace, Relay
from bus.publishing.store import RelayStore
from bus.storage.connections import Connection, connect
from bus.topics import Names
from tests.records import custody_data
from tests.watermarks import watermarks

TOPIC = "dhs.custody-event.v1"
LIMIT_SECONDS = 30.0
QUICK = Pace(batch_records=200, lock_retry=0.1, first_backoff=0.05, backoff_limit=0.3)


class Found(NamedTuple):
    """A record as it stands in Kafka."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]

    @property
    def source(self) -> str:
        """The text of `ce_source`."""
        return dict(self.headers)["ce_source"].decode()

    @property
    def sequence(self) -> int:
        """The number of `ce_sequence`."""
        return int(dict(self.headers)["ce_sequence"])


def custody(count: int, *, system: str | None = None, keys: int = 50) -> list[Draft]:
    """Return that many custody events, spread over so many family groups."""
    groups = [custody_data()["family_group_id"] for _ in range(min(count, keys))]
    return [
        Draft(
            topic=TOPIC,
            system=system,
            data=custody_data(family_group_id=groups[number % len(groups)]),
        )
        for number in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Rig:
    """Everything that a test of publishing needs."""

    bootstrap: str
    database_url: str
    names: Names
    owner: str = "dhs"

    async def connect(self) -> Connection:
        """Open a connection of the owner's."""
        return await connect(self.database_url, self.owner)

    def outbox(self) -> Outbox:
        """Return the owner's outbox."""
        return Outbox(self.owner, SystemClock(), packaged())

    async def publish(self, drafts: Sequence[Draft]) -> list[Published]:
        """Publish in a transaction of its own."""
        async with await self.connect() as connection, connection.transaction():
            return await self.outbox().publish(connection, drafts)

    def relay(self, pace: Pace = QUICK, timeout_seconds: float = 2.0) -> Relay:
        """Return a relay that isn't running yet."""

        async def open_store() -> RelayStore:
            return await PostgresStore.open(self.database_url, self.owner)

        def open_sender(topic: str) -> Sender:
            return Sender(
                self.bootstrap,
                self.names.on_broker(topic),
                timeout_seconds=timeout_seconds,
                check_cluster=lambda _: None,
            )

        return Relay(self.owner, open_store=open_store, open_sender=open_sender, pace=pace)

    @asynccontextmanager
    async def relaying(self, relay: Relay | None = None) -> AsyncIterator[Relay]:
        """Run a relay, and let it finish what it has in hand at the end."""
        running = relay or self.relay()
        stopping = asyncio.Event()
        task = asyncio.create_task(running.run(stopping))
        try:
            yield running
        finally:
            stopping.set()
            await asyncio.wait_for(task, LIMIT_SECONDS)

    async def confirmed(self) -> int:
        """Return how many events Kafka has confirmed."""
        return await self.number("SELECT count(*) FROM outbox_confirmation")

    async def number(self, query: str) -> int:
        """Return the one number that a query gives."""
        async with await self.connect() as connection:
            row = await (await connection.execute(query.encode())).fetchone()
        assert row is not None
        return int(row[0])

    async def until_confirmed(self, count: int, limit: float = LIMIT_SECONDS) -> None:
        """Return when Kafka has confirmed that many events."""

        async def is_confirmed() -> bool:
            return await self.confirmed() >= count

        await until(is_confirmed, limit)

    def read(self, topic: str = TOPIC) -> list[Found]:
        """Return every record of the topic, each partition's in its order."""
        return read_all(self.bootstrap, self.names.on_broker(topic))


async def until(holds: Callable[[], Awaitable[bool]], limit: float = LIMIT_SECONDS) -> None:
    """Return when the condition holds; fail at the limit."""
    deadline = time.monotonic() + limit
    while not await holds():
        assert time.monotonic() < deadline, f"it didn't hold within {limit:.0f} s"
        await asyncio.sleep(0.01)


def read_all(bootstrap: str, topic: str) -> list[Found]:
    """Read a topic from its beginning to its present end."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "log_level": 0})
    try:
        ends = {number: end for number, (_, end) in watermarks(consumer, topic).items()}
        consumer.assign([TopicPartition(topic, each, OFFSET_BEGINNING) for each in ends])
        found: list[Found] = []
        while len(found) < sum(ends.values()):
            found += map(_found, consumer.consume(1000, timeout=0.1))
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        consumer.close()


def _found(message: object) -> Found:
    assert not message.error()  # type: ignore[attr-defined]
    return Found(
        message.partition(),  # type: ignore[attr-defined]
        message.offset(),  # type: ignore[attr-defined]
        message.key(),  # type: ignore[attr-defined]
        message.value(),  # type: ignore[attr-defined]
        message.headers(),  # type: ignore[attr-defined]
    )


def first_occurrences(records: Iterable[Found]) -> list[Found]:
    """Return each record where its partition has it first."""
    seen: set[tuple[int, str, int]] = set()
    first = []
    for record in records:
        identity = (record.partition, record.source, record.sequence)
        if identity not in seen:
            seen.add(identity)
            first.append(record)
    return first


def assert_nothing_lost_and_in_order(records: Iterable[Found], counts: dict[str, int]) -> None:
    """Check that each source's numbers are 1 to its count, and rise within each partition."""
    first = first_occurrences(records)
    for source, count in counts.items():
        numbers = [record.sequence for record in first if record.source == source]
        assert sorted(numbers) == list(range(1, count + 1))
    assert {record.source for record in first} == set(counts)
    last: dict[tuple[int, str], int] = {}
    for record in first:
        place = (record.partition, record.source)
        assert record.sequence > last.get(place, 0), "a later event stands first"
        last[place] = record.sequence
