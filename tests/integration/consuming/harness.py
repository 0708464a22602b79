"""A worker under test: real broker, real database, a handler that leaves countable effects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer

from bus.codec.schemas import packaged
from bus.consuming.subscription import Order, Subscription, Unit
from bus.consuming.worker import Worker
from bus.events import Event
from bus.services import ServiceContext
from bus.settings import Settings
from bus.storage.connections import connect
from bus.topic_admin import create_topics
from bus.topics import find_topic
from tests.records import RawRecord

TOPIC = "dhs.custody-event.v1"
GROUP = "hhs-intake"
LIMIT_SECONDS = 30.0

CREATE_EFFECTS = """
CREATE TABLE IF NOT EXISTS effect (
    effect_no bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, partition integer,
    kafka_offset bigint, key text)
"""
INSERT_EFFECTS = """
INSERT INTO effect (event_id, partition, kafka_offset, key)
SELECT * FROM unnest(%b::uuid[], %b::integer[], %b::bigint[], %b::text[])
"""


@dataclass
class EffectHandler:
    """Writes one row for each event; `before` may raise or wait first."""

    before: Callable[[Sequence[Event]], Awaitable[None]] | None = None

    async def handle_batch(self, events: Sequence[Event], unit: Unit) -> None:
        if self.before is not None:
            await self.before(events)
        await unit.connection.execute(
            INSERT_EFFECTS,
            [
                [event.id for event in events],
                [event.partition for event in events],
                [event.offset for event in events],
                [event.key for event in events],
            ],
        )


@dataclass
class Bench:
    """A group on one topic of its own."""

    settings: Settings
    topic: str = TOPIC
    handler: EffectHandler = field(default_factory=EffectHandler)
    order: Order = Order.INDEPENDENT

    async def prepare(self) -> None:
        """Create the topic and the table of effects."""
        await asyncio.to_thread(
            create_topics, self.settings.bootstrap, self.settings.names, [find_topic(self.topic)]
        )
        await self.execute(CREATE_EFFECTS)

    async def produce(self, records: Iterable[RawRecord], partition: int | None = None) -> None:
        """Append raw records, in order."""
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.bootstrap, acks="all")
        await producer.start()
        try:
            sent = [
                await producer.send(
                    self.settings.names.on_broker(record.topic),
                    key=record.key,
                    value=record.value,
                    headers=record.headers,
                    partition=partition,
                )
                for record in records
            ]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    @asynccontextmanager
    async def working(self, handler: EffectHandler | None = None) -> AsyncIterator[Worker]:
        """Run one worker."""
        context = ServiceContext(self.settings, self.settings.clock(), packaged())
        subscription = Subscription(GROUP, (self.topic,), handler or self.handler, order=self.order)
        worker = Worker(subscription, context)
        stopping = asyncio.Event()
        task = asyncio.create_task(worker.run(stopping))
        try:
            yield worker
        finally:
            stopping.set()
            await asyncio.wait_for(task, 10)
            for database in context.databases.values():
                await database.close()

    async def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Return the rows of a query in the owner's schema."""
        connection = await connect(self.settings.database_url, "hhs")
        async with connection:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall()

    async def execute(self, statement: str, *values: object) -> None:
        """Run a statement in the owner's schema."""
        connection = await connect(self.settings.database_url, "hhs")
        async with connection:
            await connection.execute(statement, values)

    async def count(self, table: str) -> int:
        """Return how many rows a table has."""
        rows = await self.query(f"SELECT count(*) FROM {table}")
        return int(str(rows[0][0]))

    async def until(self, statement: str, expected: object, *values: object) -> None:
        """Wait until a query's single value is as expected; fail with what it was last."""
        found: object = None

        async def reached() -> bool:
            nonlocal found
            rows = await self.query(statement, *values)
            found = rows[0][0] if rows else None
            return found == expected

        assert await eventually(reached), f"{statement}: {found!r}, not {expected!r}"


async def eventually(
    condition: Callable[[], Awaitable[bool]], limit_seconds: float = LIMIT_SECONDS
) -> bool:
    """Ask until it is true; return False when the limit is reached."""
    deadline = asyncio.get_running_loop().time() + limit_seconds
    while not await condition():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def until_ready(worker: Worker) -> None:
    """Wait until the worker says that it is consuming."""

    async def ready() -> bool:
        return not worker.unready()

    assert await eventually(ready), worker.unready()


async def until_unready_for(worker: Worker, word: str) -> None:
    """Wait until the worker gives a reason that holds this word."""

    async def told() -> bool:
        return any(word in reason for reason in worker.unready())

    assert await eventually(told), worker.unready()
