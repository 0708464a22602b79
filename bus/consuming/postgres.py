"""The store in Postgres.

`bus.consuming.store` says what each method promises.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bus.consuming.breaker import BreakerState
from bus.consuming.claims import Claim, Gap, LogBounds, Position
from bus.consuming.headers import pack_headers
from bus.consuming.letter_rows import (
    letter_from,
    record_from,
    resolved_from,
    row_of,
    storable,
)
from bus.consuming.parking import (
    Blocker,
    DeadLetterChange,
    Held,
    Letter,
    Parked,
    Retried,
)
from bus.consuming.records import KeyPlace, Partition, appended_at
from bus.consuming.requests import take_requests
from bus.consuming.sql import (
    ADVANCE_POSITIONS,
    APPLIED_DIGESTS,
    BLOCKERS,
    BREAKER,
    CHANGE_BREAKER,
    CLOSE_LETTERS,
    DRAINABLE,
    DUE_LETTERS,
    HOLD,
    INSERT_DUPLICATES,
    INSERT_GAPS,
    INSERT_INBOX,
    KEEP_LETTERS,
    LOCK_CLAIM,
    LOCK_POSITIONS,
    OPEN_POSITIONS,
    PARK,
    PARKED_COUNT,
    POSITIONS,
    RAISE_EPOCHS,
    RELEASE,
    RESOLVE_FIELDS,
    RESOLVE_LETTERS,
    UNCLOSED_EVENTS,
    WAITING,
)
from bus.consuming.store import AppliedEvent, BreakerRow, Transaction
from bus.errors import FencedError
from bus.events import Draft, Event
from bus.publishing.outbox import Outbox
from bus.storage.connections import Connection, Database, attend, translated_errors

INBOX_MONTHS_AHEAD = 2

FEW_LETTERS = 500
"""Up to so many unclosed dead letters are looked through for a batch's events."""


class DatabaseClock:
    """The database's time, by this machine's clock and how far it was off when asked last.

    Times that are stored by one worker are read by others, and by operators: their clocks may
    differ by minutes.
    """

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def set(self, moment: datetime) -> None:
        """Note what the database says it is now."""
        self._ahead = moment - datetime.now(UTC)


class PostgresStore:
    """`bus.consuming.store.Store` in its owner's schema; `wall` is its database's time."""

    def __init__(self, group: str, database: Database, outbox: Outbox) -> None:
        self.wall = DatabaseClock()
        self._group = group
        self._database = database
        self._outbox = outbox

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self._database.transaction() as connection:
            yield PostgresTransaction(
                connection, self._group, self._database.owner, self._outbox, self.wall
            )

    async def extend_inbox(self) -> None:
        """Make the inbox's partitions for the months to come."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "SELECT extend_inbox(now() + make_interval(months => %s))", [INBOX_MONTHS_AHEAD]
            )


class PostgresTransaction:
    """`bus.consuming.store.Transaction` on one open connection."""

    def __init__(
        self,
        connection: Connection,
        group: str,
        owner: str,
        outbox: Outbox,
        wall: DatabaseClock | None = None,
    ) -> None:
        self._wall = wall or DatabaseClock()
        self.connection = connection
        self._group = group
        self._owner = owner
        self._outbox = outbox

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        with translated_errors(self._owner):
            async with self.connection.transaction():
                yield

    @asynccontextmanager
    async def attended(self) -> AsyncIterator[None]:
        over = asyncio.Event()
        attending = asyncio.create_task(attend(self.connection, over))
        try:
            yield
        finally:
            over.set()
            await attending

    async def check_constraints(self) -> None:
        await self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await self.connection.execute("SET CONSTRAINTS ALL DEFERRED")

    # Claims

    async def claim_positions(
        self, bounds: Mapping[Partition, LogBounds]
    ) -> dict[Partition, Position]:
        topics, numbers = _columns(bounds)
        await self.connection.execute(
            OPEN_POSITIONS,
            {
                "topics": topics,
                "partitions": numbers,
                "topic_ids": [bound.topic_id for bound in bounds.values()],
                "starts": [bound.start for bound in bounds.values()],
                "group": self._group,
            },
        )
        await self.connection.execute(LOCK_POSITIONS, [topics, numbers, self._group])
        cursor = await self.connection.execute(RAISE_EPOCHS, [topics, numbers, self._group])
        return {
            Partition(topic, number): Position(account_id, topic_id, epoch, next_offset)
            for topic, number, account_id, topic_id, epoch, next_offset in await cursor.fetchall()
        }

    async def superseded_claims(self, claims: Sequence[Claim]) -> set[Partition]:
        positions = await self._positions()
        return {
            claim.partition
            for claim in claims
            if positions.get(claim.partition, (None, 0))[0] != claim.epoch
        }

    async def lost_claims(self, claims: Sequence[Claim]) -> set[Partition]:
        positions = await self._positions()
        return {
            claim.partition
            for claim in claims
            if positions.get(claim.partition) != (claim.epoch, claim.next_offset)
        }

    async def _positions(self) -> dict[Partition, tuple[int, int]]:
        """Return epoch and next offset of each partition that the group has read."""
        cursor = await self.connection.execute(POSITIONS, [self._group])
        return {Partition(row[0], row[1]): (row[2], row[3]) for row in await cursor.fetchall()}

    async def lock_claim(self, claim: Claim) -> None:
        cursor = await self.connection.execute(
            LOCK_CLAIM, [self._group, *claim.partition, claim.epoch]
        )
        if await cursor.fetchone() is None:
            raise FencedError(f"{claim.partition} of {self._group} belongs to another worker now")

    async def advance_positions(self, moves: Sequence[tuple[Claim, int]]) -> None:
        cursor = await self.connection.execute(
            ADVANCE_POSITIONS,
            [
                [claim.partition.topic for claim, _ in moves],
                [claim.partition.number for claim, _ in moves],
                [claim.epoch for claim, _ in moves],
                [claim.next_offset for claim, _ in moves],
                [next_offset for _, next_offset in moves],
                self._group,
            ],
        )
        if cursor.rowcount != len(moves):
            raise FencedError(
                f"{len(moves) - cursor.rowcount} of {len(moves)} partitions of group "
                f"{self._group} belong to another worker now; nothing of this batch was written"
            )

    # The standing of offsets

    async def insert_inbox(self, applied: Sequence[AppliedEvent]) -> set[UUID]:
        async with self.connection.cursor(binary=True) as cursor:
            await cursor.execute(
                INSERT_INBOX,
                [
                    self._group,
                    [each.event.id for each in applied],
                    [each.account_id for each in applied],
                    [each.event.offset for each in applied],
                    [each.event.digest for each in applied],
                ],
            )
            return {row[0] for row in await cursor.fetchall()}

    async def applied_digests(self, event_ids: Collection[UUID]) -> dict[UUID, bytes]:
        cursor = await self.connection.execute(APPLIED_DIGESTS, [self._group, list(event_ids)])
        return dict(await cursor.fetchall())

    async def insert_duplicates(self, rows: Sequence[tuple[int, int, UUID]]) -> None:
        await self.connection.execute(
            INSERT_DUPLICATES, [list(column) for column in zip(*rows, strict=True)]
        )

    async def insert_gaps(self, rows: Sequence[tuple[int, Gap]]) -> None:
        await insert_gaps(self.connection, rows)

    async def park(self, letters: Sequence[Parked]) -> None:
        async with self.connection.cursor() as cursor:
            await cursor.executemany(PARK, [row_of(self._group, each) for each in letters])

    async def hold(self, records: Sequence[Held]) -> None:
        async with self.connection.cursor() as cursor:
            await cursor.executemany(
                HOLD,
                [
                    (
                        each.account_id,
                        each.record.offset,
                        self._group,
                        *each.partition,
                        appended_at(each.record),
                        each.record.key,
                        each.record.value,
                        pack_headers(each.record.headers),
                        each.event_id,
                    )
                    for each in records
                ],
            )

    async def release(self, records: Sequence[Held]) -> None:
        if records:
            await self.connection.execute(
                RELEASE,
                [
                    [each.account_id for each in records],
                    [each.record.offset for each in records],
                ],
            )

    # Dead letters

    async def blockers(self, keys: Collection[KeyPlace]) -> dict[KeyPlace, Blocker]:
        if not keys:
            return {}
        cursor = await self.connection.execute(
            BLOCKERS,
            {
                "group": self._group,
                "topics": [key.partition.topic for key in keys],
                "partitions": [key.partition.number for key in keys],
                "digests": [key.digest for key in keys],
            },
        )
        return {
            KeyPlace(Partition(topic, number), digest): Blocker(event_id, event_digest)
            for topic, number, digest, event_id, event_digest in await cursor.fetchall()
        }

    async def resolve(self, applied: Sequence[AppliedEvent]) -> list[DeadLetterChange]:
        if not await self._may_resolve(applied):
            return []
        cursor = await self.connection.execute(
            RESOLVE_LETTERS,
            [
                [each.event.id for each in applied],
                [each.event.digest for each in applied],
                [each.account_id for each in applied],
                [each.event.offset for each in applied],
                self._group,
            ],
        )
        return [resolved_from(row) for row in await cursor.fetchall()]

    async def _may_resolve(self, applied: Sequence[AppliedEvent]) -> bool:
        """Tell whether some dead letter may be of these events.

        There are few dead letters, or none, and many events: asking this first spares the batch its
        arrays of a thousand values.
        """
        cursor = await self.connection.execute(UNCLOSED_EVENTS, [self._group, FEW_LETTERS])
        rows = await cursor.fetchall()  # copies of one event have a row each
        letters = {row[0] for row in rows}
        return len(rows) == FEW_LETTERS or any(each.event.id in letters for each in applied)

    async def resolve_fields(self, corrections: Sequence[Event]) -> list[DeadLetterChange]:
        cursor = await self.connection.execute(
            RESOLVE_FIELDS,
            [
                [each.causation_id for each in corrections],
                [each.topic for each in corrections],
                self._group,
            ],
        )
        return [resolved_from(row) for row in await cursor.fetchall()]

    async def close(self, letters: Sequence[Letter]) -> set[UUID]:
        cursor = await self.connection.execute(
            CLOSE_LETTERS, [[each.dead_letter_id for each in letters]]
        )
        return {row[0] for row in await cursor.fetchall()}

    async def keep(self, retried: Sequence[Retried]) -> set[UUID]:
        cursor = await self.connection.execute(
            KEEP_LETTERS,
            [
                [each.letter.dead_letter_id for each in retried],
                [each.state.value for each in retried],
                [each.due_at for each in retried],
                [each.attempts for each in retried],
                [each.rejected.reason.value for each in retried],
                [storable(each.rejected.detail) for each in retried],
            ],
        )
        return {row[0] for row in await cursor.fetchall()}

    async def due_letters(self, partition: Partition, at: datetime, limit: int) -> list[Letter]:
        cursor = await self.connection.execute(
            DUE_LETTERS,
            {
                "group": self._group,
                "topic": partition.topic,
                "partition": partition.number,
                "at": at,
                "limit": limit,
            },
        )
        return [letter_from(*row) for row in await cursor.fetchall()]

    async def drainable(self, partition: Partition, limit: int) -> list[Held]:
        cursor = await self.connection.execute(
            DRAINABLE,
            {
                "group": self._group,
                "topic": partition.topic,
                "partition": partition.number,
                "limit": limit,
            },
        )
        return [
            Held(account_id, partition, record_from(offset, moment, key, value, headers))
            for account_id, offset, moment, key, value, headers in await cursor.fetchall()
        ]

    async def take_requests(
        self, partition: Partition, at: datetime, limit: int
    ) -> tuple[list[Letter], list[Letter]]:
        return await take_requests(self.connection, self._group, partition, at, limit)

    async def waiting(self, partitions: Collection[Partition], at: datetime) -> set[Partition]:
        cursor = await self.connection.execute("SELECT clock_timestamp()")
        row = await cursor.fetchone()
        if row is not None:
            self._wall.set(row[0])
        topics, numbers = _columns(partitions)
        cursor = await self.connection.execute(
            WAITING,
            {"group": self._group, "at": at, "topics": topics, "partitions": numbers},
        )
        return {Partition(topic, number) for topic, number in await cursor.fetchall()}

    async def parked_count(self) -> int:
        cursor = await self.connection.execute(PARKED_COUNT, {"group": self._group})
        row = await cursor.fetchone()
        return 0 if row is None else int(row[0])

    # The breaker

    async def breaker(self) -> BreakerRow:
        cursor = await self.connection.execute(BREAKER, [self._group])
        row = await cursor.fetchone()
        return BreakerRow() if row is None else BreakerRow(BreakerState(row[0]), *row[1:])

    async def change_breaker(self, was: BreakerRow, row: BreakerRow) -> bool:
        cursor = await self.connection.execute(
            CHANGE_BREAKER,
            {
                "group": self._group,
                "was": was.state.value,
                "was_trial_at": was.trial_at,
                "was_overridden_until": was.overridden_until,
                "state": row.state.value,
                "openings": row.openings,
                "trial_at": row.trial_at,
                "overridden_until": row.overridden_until,
                "reason": row.reason,
                "changed_by": row.changed_by,
            },
        )
        return cursor.rowcount == 1

    # What is told

    async def publish(self, drafts: Sequence[Draft]) -> None:
        if drafts:
            await self._outbox.publish(self.connection, drafts)

    def check(self, drafts: Sequence[Draft]) -> None:
        self._outbox.check(drafts)


async def insert_gaps(connection: Connection, rows: Sequence[tuple[int, Gap]]) -> None:
    """Record offsets that can't be read, as (account id, gap)."""
    await connection.execute(
        INSERT_GAPS,
        [
            [account_id for account_id, _ in rows],
            [gap.from_offset for _, gap in rows],
            [gap.to_offset for _, gap in rows],
            [gap.reason.value for _, gap in rows],
        ],
    )


def _columns(partitions: Collection[Partition]) -> tuple[list[str], list[int]]:
    return [each.topic for each in partitions], [each.number for each in partitions]
