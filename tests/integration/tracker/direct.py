"""The tracker's handler on a real database, without a broker: a test chooses what it reads when."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bus.clock import Clock
from bus.codec.decoding import Decoder
from bus.codec.schemas import packaged
from bus.consuming.parser import Parser
from bus.consuming.records import Partition
from bus.events import Draft, Event
from bus.storage.connections import Connection, connect
from bus.topics import find_topic
from bus.tracker.handler import Tracker
from tests.records import RawRecord

PARSER = Parser(Decoder(packaged()))


@dataclass(frozen=True)
class StoodRecord:
    """A raw record at its place in a log."""

    raw: RawRecord
    offset: int
    timestamp: int

    @property
    def key(self) -> bytes | None:
        return self.raw.key

    @property
    def value(self) -> bytes | None:
        return self.raw.value

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        return self.raw.headers


def event_at(raw: RawRecord, appended_at: datetime, *, partition: int = 0, offset: int) -> Event:
    """Return the event that a consumer would read there."""
    record = StoodRecord(raw, offset, int(appended_at.timestamp() * 1000))
    event = PARSER.parse(record, find_topic(raw.topic), Partition(raw.topic, partition))
    assert isinstance(event, Event), event
    return event


@dataclass
class RecordingUnit:
    """One open transaction, and what was emitted in it."""

    connection: Connection
    drafts: list[Draft] = field(default_factory=list)
    following: list[Callable[[], None]] = field(default_factory=list)

    def emit(self, draft: Draft) -> None:
        self.drafts.append(draft)

    def afterwards(self, action: Callable[[], None]) -> None:
        self.following.append(action)


@dataclass(frozen=True)
class FixedClock:
    """Business time stands still."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


@dataclass
class Reader:
    """Reads batches, one transaction each, and keeps what they told."""

    url: str
    clock: Clock
    is_simulated: bool = False
    told: list[Draft] = field(default_factory=list)

    async def read(self, *batches: Iterable[Event]) -> None:
        tracker = Tracker(self.clock, packaged(), is_simulated=self.is_simulated)
        connection = await connect(self.url, "bus")
        async with connection:
            for batch in batches:
                async with connection.transaction():
                    unit = RecordingUnit(connection)
                    await tracker.handle_batch(list(batch), unit)
                self.told += unit.drafts

    @asynccontextmanager
    async def reading(self, *events: Event) -> AsyncIterator[None]:
        """Handle a batch, and commit it at the end of the block."""
        connection = await connect(self.url, "bus")
        async with connection, connection.transaction():
            unit = RecordingUnit(connection)
            tracker = Tracker(self.clock, packaged(), is_simulated=self.is_simulated)
            await tracker.handle_batch(events, unit)
            yield

    async def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        connection = await connect(self.url, "bus")
        async with connection:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall()
