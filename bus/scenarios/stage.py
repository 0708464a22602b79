"""What a telling plays on: the clock that it advances, what it publishes, what it expects."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from bus.audit.auditing import run_audit
from bus.clock import FileClock
from bus.codec.schemas import packaged
from bus.errors import BusError, UnavailableError
from bus.events import Draft
from bus.local.service_process import ServiceProcess, bus_command, environment_of
from bus.publishing.entries import Published
from bus.publishing.outbox import Outbox
from bus.settings import Settings
from bus.storage.connections import Connection, connect
from bus.topics import OWNERS, find_topic

STEP_SECONDS = 0.02
PATIENCE_SECONDS = 20.0


class Kind(StrEnum):
    """What a line of the timeline is."""

    TOLD = "TOLD"
    DONE = "DONE"
    EXPECTED = "EXPECTED"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline. `at` is business time, `seconds` the real time that it took."""

    at: datetime
    kind: Kind
    text: str
    is_met: bool = True
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record written past the bus, as somebody else's program might."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


@dataclass(slots=True)
class Stage:
    """One telling's topics, database, clock and services, and a directory for its files."""

    settings: Settings
    clock: FileClock
    services: ServiceProcess
    directory: Path
    show: Callable[[Line], None]
    lines: list[Line] = field(default_factory=list)
    published: list[tuple[Draft, Published]] = field(default_factory=list)

    def anew(self) -> Stage:
        """Return a stage on the same bus on which nothing has been told."""
        return Stage(self.settings, self.clock, self.services, self.directory, self.show)

    def tell(self, text: str) -> None:
        """Say what happened in the world at this time."""
        self._add(Line(self.clock.now(), Kind.TOLD, text))

    def advance(self, moment: datetime) -> None:
        """Let business time go on to `moment`."""
        self.clock.advance(moment)

    async def do(self, text: str, deed: Deed) -> None:
        """Let somebody act, and say so."""
        await deed(self)
        self._add(Line(self.clock.now(), Kind.DONE, text))

    async def publish(self, text: str, drafts: Sequence[Draft]) -> None:
        """Publish events of one agency, and say so."""
        await self.send(drafts)
        self._add(Line(self.clock.now(), Kind.DONE, text))

    async def send(self, drafts: Sequence[Draft]) -> list[Published]:
        """Publish events of one agency in one transaction of its own."""
        owner = find_topic(drafts[0].topic).owner
        outbox = Outbox(owner, self.clock, packaged())
        connection = await self.connect(owner)
        async with connection, connection.transaction():
            published = await outbox.publish(connection, drafts)
        self.published += zip(drafts, published, strict=True)
        return published

    async def write_raw(self, text: str, records: Sequence[RawRecord]) -> None:
        """Write records to Kafka, past outbox and validation."""
        await asyncio.to_thread(self._write_raw, records)
        self._add(Line(self.clock.now(), Kind.DONE, text))

    async def expect(
        self,
        text: str,
        holds: Question,
        *,
        within_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Wait until it holds, and note how long that took; or note that it never did."""
        began = time.monotonic()
        is_met = False
        while not is_met and time.monotonic() - began < within_seconds:
            try:
                is_met = await holds(self)
            except BusError:
                is_met = False
            if not is_met:
                await asyncio.sleep(STEP_SECONDS)
        seconds = time.monotonic() - began
        self._add(Line(self.clock.now(), Kind.EXPECTED, text, is_met, seconds))

    async def connect(self, owner: str) -> Connection:
        """Open a connection to an owner's schema."""
        return await connect(self.settings.database_url_of(owner), owner)

    async def rows(
        self, owner: str, query: str, values: Sequence[object] | Mapping[str, object] = ()
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a query in an owner's schema."""
        connection = await self.connect(owner)
        async with connection:
            cursor = await connection.execute(query.encode(), values)
            return await cursor.fetchall()

    async def count(self, owner: str, query: str, *values: object) -> int:
        """Return the one number that a query gives."""
        rows = await self.rows(owner, query, values)
        return int(rows[0][0])

    async def command(self, *arguments: str) -> int:
        """Run `bus` as an operator would; return its exit code."""
        process = await asyncio.create_subprocess_exec(
            bus_command(),
            *arguments,
            env=os.environ | environment_of(self.settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    async def is_accounted_for(self) -> bool:
        """Return whether all is sent and read, and the audit explains every offset."""
        audit = await run_audit(self.settings, OWNERS)
        unread = sum(each.count for each in audit.unread or ())
        unsent = sum(stream.unsent for stream in audit.streams)
        return audit.is_sound and audit.unread is not None and unread == 0 and unsent == 0

    def _write_raw(self, records: Sequence[RawRecord]) -> None:
        producer = Producer({"bootstrap.servers": self.settings.bootstrap, "log_level": 0})
        for record in records:
            producer.produce(
                self.settings.names.on_broker(record.topic),
                key=record.key,
                value=record.value,
                headers=[*record.headers],
            )
        left = producer.flush(PATIENCE_SECONDS)
        if left:
            raise UnavailableError(f"the broker did not take {left} records")

    def _add(self, line: Line) -> None:
        self.lines.append(line)
        self.show(line)


Question = Callable[[Stage], Awaitable[bool]]
"""Whether something holds on a stage now."""

Deed = Callable[[Stage], Awaitable[None]]
"""What somebody does on a stage."""
