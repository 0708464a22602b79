"""A tracker's scheduler and sender on a real database, without a broker; time is the test's."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bus.channels.channel import Outcome, Result
from bus.channels.message import Message
from bus.codec.schemas import packaged
from bus.consuming.records import Partition
from bus.publishing.outbox import Outbox
from bus.storage.connections import Database
from bus.tracker.handler import Tracker
from bus.tracker.scheduling import Scheduler
from bus.tracker.sending import MessageSender, Postman
from tests.integration.tracker.direct import Reader, event_at
from tests.integration.tracker.test_order import digest_of, receipt_of
from tests.integration.tracker.world import INTAKE, acknowledgement_data, notice_data
from tests.records import MOMENT, raw_record

EFFECTIVE = MOMENT + timedelta(days=60)


def day(number: float) -> datetime:
    """Return a moment by its distance from the notice."""
    return MOMENT + timedelta(days=number)


@dataclass
class Hands:
    """A clock that a test sets."""

    moment: datetime = MOMENT

    def now(self) -> datetime:
        return self.moment


@dataclass
class Recorder:
    """A channel that keeps what it is given, and says what the test wants."""

    name: str = "1 recorder"
    outcome: Outcome = Outcome.DELIVERED
    messages: list[Message] = field(default_factory=list)

    async def deliver(self, message: Message) -> Result:
        self.messages.append(message)
        return Result(self.outcome, "as the test says")


@dataclass
class DueWorld:
    """A policy announced on day 0 and delivered on day 1, and due in about 31 days."""

    url: str
    policy: str
    clock: Hands = field(default_factory=Hands)
    wall: Hands = field(default_factory=Hands)
    ends: dict[Partition, int] = field(default_factory=dict)
    channel: Recorder = field(default_factory=Recorder)

    async def announce(self, mode: str = "ACTUAL") -> None:
        data = notice_data(self.policy, effective_at=EFFECTIVE, mode=mode)
        notice = raw_record(data, topic="doj.policy-notice.v1", source="doj/store", mode=mode)
        receipt = receipt_of(notice)
        await self.read(event_at(notice, MOMENT, offset=0), event_at(receipt, day(1), offset=0))

    async def accept(self, *, on: float, office: str = INTAKE, offset: int = 0) -> None:
        digest = digest_of(notice_data(self.policy, effective_at=EFFECTIVE))
        data = acknowledgement_data(self.policy, digest, office=office)
        record = raw_record(data, topic="hhs.acknowledgement.v1", source="hhs/store")
        await self.read(event_at(record, day(on), offset=offset))

    async def read(self, *events: object) -> None:
        await self.reader.read(list(events))  # type: ignore[arg-type]

    @property
    def reader(self) -> Reader:
        return Reader(self.url, self.clock)

    async def _log_ends(self) -> Mapping[Partition, int]:
        return self.ends

    @asynccontextmanager
    async def scheduler(self) -> AsyncIterator[Scheduler]:
        """Give a tracker's scheduler with connections of its own."""
        database = Database(self.url, "bus")
        await database.open()
        tracker = Tracker(self.clock, packaged(), is_simulated=False)
        outbox = Outbox("bus", self.clock, packaged())
        try:
            yield Scheduler(
                database,
                tracker,
                outbox,
                clock=self.clock,
                wall=self.wall,
                log_ends=self._log_ends,
            )
        finally:
            await database.close()

    @asynccontextmanager
    async def sender(self) -> AsyncIterator[MessageSender]:
        """Give a sender with connections of its own."""
        database = Database(self.url, "bus")
        await database.open()
        outbox = Outbox("bus", self.clock, packaged())
        offices = ("hhs.orr.intake", "hhs.orr.director")
        postman = Postman({each: [self.channel] for each in offices}, chance=random.Random(1))
        try:
            yield MessageSender(database, postman, outbox, clock=self.clock, wall=self.wall)
        finally:
            await database.close()

    async def at(self, number: float) -> int:
        """Let it be that day, and carry out all that is due; return in how many transactions."""
        self.clock.moment = day(number)
        done = 0
        async with self.scheduler() as scheduler:
            while count := await scheduler.carry_out_due():
                done += count
        return done

    async def messages(self, state: str = "QUEUED") -> list[tuple[object, ...]]:
        """Return kind and office of the messages of due actions in this state."""
        return await self.reader.query(
            "SELECT kind, office FROM message WHERE state = %s AND action_id IS NOT NULL"
            " ORDER BY kind, office",
            state,
        )

    async def published(self, topic: str) -> int:
        rows = await self.reader.query(
            "SELECT count(*) FROM outbox JOIN outbox_stream USING (stream_id) WHERE topic = %s",
            topic,
        )
        return int(str(rows[0][0]))
