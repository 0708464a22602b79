"""One group over a log in memory and the store in Postgres, driven step by step, with crashes.

What the records say is what they say in the simulation; the transactions, the store and the
operators' requests are the real ones.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from bus.audit.accounts import audit_accounts
from bus.codec.schemas import packaged
from bus.consuming.attempt import SEARCHABLE
from bus.consuming.claims import Claim, LogBounds, Slice
from bus.consuming.ledger import Handling
from bus.consuming.postgres import PostgresStore
from bus.consuming.records import Outcome, ParsedRecord, Partition, Record, StoredRecord
from bus.consuming.retries import Retries, RetryLimits
from bus.consuming.store import Transaction
from bus.consuming.subscription import Order, Subscription, Unit
from bus.consuming.transaction import Terms, Transactions
from bus.deadletters.letters import Filter
from bus.deadletters.requests import Candidate, Wish, find_candidates, store_request
from bus.errors import FencedError, PoisonError, fault_of
from bus.events import Draft, Event
from bus.publishing.outbox import Outbox
from bus.storage.connections import Database
from tests.simulation.contents import (
    GROUP,
    MENDED,
    RECEIPTS,
    TOPIC,
    Content,
    Contents,
    Kind,
    event_of,
)

CREATE = """
CREATE TABLE effect (
    effect_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid, partition integer,
    kafka_offset bigint, repeats bigint REFERENCES effect DEFERRABLE INITIALLY DEFERRED)
"""
CLEAR = """
TRUNCATE effect, inbox, duplicate, gap, dead_letter, held_record, dead_letter_request,
    dead_letter_request_item, consumer_position, consumer_account, outbox, outbox_stream,
    outbox_position, outbox_confirmation
"""
NOWHERE = -1


class Crash(StrEnum):
    """When the worker is killed: its transaction never happened, or it never heard of it."""

    BEFORE_COMMIT = "BEFORE_COMMIT"
    AFTER_COMMIT = "AFTER_COMMIT"


class CrashedError(Exception):
    """The worker is gone."""


class CrashingStore:
    """The store in Postgres, under a worker that may be killed at the end of a transaction."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self.crash: Crash | None = None
        self.count = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Begin; commit at the end, or don't, and die."""
        crash, self.crash = self.crash, None
        self.count += 1
        async with self._store.transaction() as transaction:
            yield transaction
            if crash is Crash.BEFORE_COMMIT:
                raise CrashedError
        if crash is Crash.AFTER_COMMIT:
            raise CrashedError


@dataclass
class WorldHandler:
    """Writes an effect for each event, or fails as the event's kind says."""

    contents: Contents

    async def handle_batch(self, events: Sequence[Event], unit: Unit) -> None:
        for event in events:
            kind = self._kind_now(event)
            await unit.connection.execute(
                "INSERT INTO effect (event_id, partition, kafka_offset, repeats)"
                " VALUES (%s, %s, %s, %s)",
                [
                    event.id,
                    event.partition,
                    event.offset,
                    NOWHERE if kind is Kind.BREAKING else None,
                ],
            )
            if kind is Kind.REFUSED:
                raise PoisonError("HANDLER_REFUSED", "never")
            if kind in {Kind.FAILING, Kind.HEALING}:
                raise RuntimeError("the handler failed")
            if kind is Kind.UNTELLABLE:
                unit.emit(Draft(topic=RECEIPTS, data={}))

    def _kind_now(self, event: Event) -> Kind:
        kind = self.contents.kinds[event.digest]
        if kind is Kind.HEALING:
            left = self.contents.failures_left[event.digest]
            self.contents.failures_left[event.digest] = max(0, left - 1)
            return Kind.HEALING if left else Kind.GOOD
        return Kind.GOOD if self.contents.is_mended and kind in MENDED else kind


class LetterWorld:
    """A log, one worker, and the operators. Times go by only when they are told to."""

    def __init__(self, url: str, partitions: int) -> None:
        self._database = Database(url, "hhs", connections=1)
        self.partitions = [Partition(TOPIC, number) for number in range(partitions)]

    async def open(self) -> None:
        """Make the world ready, once."""
        await self._database.open()
        async with self._database.session() as connection:
            await connection.execute(CREATE)

    async def close(self) -> None:
        """Let go of the database."""
        await self._database.close()

    async def begin(self) -> None:
        """Forget everything that happened."""
        self.contents = Contents()
        self.logs: dict[Partition, list[Record]] = {each: [] for each in self.partitions}
        self.discarded: set[UUID] = set()
        self.claims: dict[Partition, Claim] = {}
        self.lost: list[Claim] = []
        self._now = datetime(2026, 3, 1, tzinfo=UTC)
        outbox = Outbox("hhs", self, packaged())
        self._store = CrashingStore(PostgresStore(GROUP, self._database, outbox))
        handling = Handling(
            Subscription(GROUP, (TOPIC,), WorldHandler(self.contents), Order.ORDERED),
            self._parse,
            Retries(RetryLimits(attempts=2, age=1e6, first=1.0)),
            clock=self,
            wall=self.now,
        )
        self._transactions = Transactions(handling, self._store)
        async with self._database.session() as connection:
            await connection.execute(CLEAR)
        for partition in self.partitions:
            await self.claim(partition)

    def now(self) -> datetime:
        """Return the time, for business and for retries."""
        return self._now

    def pass_time(self, seconds: float) -> None:
        """Let so many seconds go by."""
        self._now += timedelta(seconds=seconds)

    def append(self, partition: Partition, content: Content) -> None:
        """Write a record at the end of a partition."""
        self.contents.add(content, failures=2)
        log = self.logs[partition]
        moment = int(self._now.timestamp() * 1000)
        log.append(StoredRecord(len(log), moment, content.key, content.value, []))

        if content.kind is Kind.NONSENSE:
            self.contents.kinds[content.digest] = Kind.GOOD

    def _parse(self, record: Record, partition: Partition) -> Outcome:
        """Return what a reader makes of a record: once mended, it reads nonsense too."""
        assert record.value is not None
        content = self.contents.by_value[record.value]
        if content.kind is Kind.NONSENSE and self.contents.is_mended:
            return event_of(content, partition, record)
        return self.contents.parse(record, partition)

    def _parsed(self, records: Sequence[Record], partition: Partition) -> list[ParsedRecord]:
        return [ParsedRecord(each, self._parse(each, partition)) for each in records]

    # The worker

    async def claim(self, partition: Partition) -> None:
        """Claim a partition as a new worker; whoever held it doesn't know."""
        if partition in self.claims:
            self.lost.append(self.claims[partition])
        bounds = LogBounds("topic-id", 0, len(self.logs[partition]))
        result = await self._transactions.claim({partition: bounds})
        (self.claims[partition],) = result.claims

    async def work(self, partition: Partition, count: int, crash: Crash | None = None) -> bool:
        """Apply the next records; return whether there were any. After a crash, claim anew."""
        claim = self.claims[partition]
        records = self.logs[partition][claim.next_offset :][:count]
        if not records:
            return False
        part = Slice(claim, self._parsed(records, partition))
        try:
            await self._apply(part, crash)
        except CrashedError:
            await self.claim(partition)
        else:
            self.claims[partition] = claim.advanced(part.next_offset)
        return True

    async def _apply(self, part: Slice, crash: Crash | None) -> None:
        self._store.crash = crash
        try:
            await self._transactions.apply([part], Terms())
        except CrashedError:
            raise
        except Exception as error:
            if fault_of(error) not in SEARCHABLE:
                raise
            self._store.crash = crash
            await self._transactions.apply([part], Terms(is_careful=True))

    async def amend(self, partition: Partition, crash: Crash | None = None) -> int:
        """Work off what waits; return how many records that were. After a crash, claim anew."""
        self._store.crash = crash
        try:
            return (await self._transactions.amend(self.claims[partition]))[0]
        except CrashedError:
            await self.claim(partition)
            return 1

    async def work_by(self, lost: Claim) -> None:
        """Let a worker apply records by a claim that it lost, until the database keeps it from it.

        Either its epoch is over, or the standing of an offset is already there.
        """
        self._store.crash = None
        records = self.logs[lost.partition][lost.next_offset :] or self.logs[lost.partition]
        if not records:
            raise FencedError("there is nothing to apply")
        part = Slice(lost, self._parsed(records, lost.partition))
        await self._transactions.apply([part], Terms(is_careful=True))

    async def amend_by(self, lost: Claim) -> None:
        """Let a worker work off what waits by a claim that it lost."""
        self._store.crash = None
        await self._transactions.amend(lost)

    # The operators

    async def ask(self, wish: Wish, ids: Sequence[UUID]) -> None:
        """Ask something of these dead letters."""
        async with self._database.session() as connection:
            if ids:
                await store_request(connection, GROUP, ids, wish)

    async def open_letters(self, kind: str) -> list[Candidate]:
        """Return the open dead letters of a kind, in the order of the log."""
        async with self._database.session() as connection:
            return await find_candidates(connection, Filter(state="OPEN", kind=kind))

    # What is to be seen

    @property
    def transactions(self) -> int:
        """How many transactions the worker has begun."""
        return self._store.count

    async def faults(self) -> list[str]:
        """Return what the audit finds."""
        async with self._database.session() as connection:
            _, faults = await audit_accounts(connection)
        return [str(fault) for fault in faults]

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        async with self._database.session() as connection:
            cursor = await connection.execute(query.encode())
            return list(await cursor.fetchall())

    def content_of(self, letter: Candidate) -> Content:
        """Return what the record of a dead letter says."""
        return self.content_at(letter.partition, letter.offset)

    def first_offset_of(self, number: int) -> int:
        """Return where an event stands first: copies have the partition of the first."""
        return next(
            record.offset
            for log in self.logs.values()
            for record in log
            if record.value and self.contents.by_value[record.value].number == number
        )

    def content_at(self, partition: int, offset: int) -> Content:
        """Return what a record of the log says."""
        value = self.logs[self.partitions[partition]][offset].value
        assert value is not None
        return self.contents.by_value[value]
