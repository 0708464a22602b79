"""The two stores under one face, for the tests that both must pass."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol, cast
from uuid import UUID

from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.consuming.postgres import PostgresStore
from bus.consuming.store import BreakerRow, Store, Transaction
from bus.events import new_event_id
from bus.publishing.outbox import Outbox
from bus.storage.connections import Connection, Database, connect
from tests.simulation.pacing import LoopPace
from tests.simulation.store import FakeConnection, FakeStore
from tests.simulation.tables import RequestRow, Tables

GROUP = "hhs-intake"
OWNER = "hhs"

LetterSeen = tuple[int, str, str, int]
"""A dead letter's offset, kind, state and attempts."""


class Place(Protocol):
    """A group's store, and what others do there or see."""

    store: Store

    async def ask(
        self, action: str, letters: Sequence[UUID], at: datetime, per_second: float | None = None
    ) -> None:
        """Ask, as an operator, for dead letters to be redriven or discarded."""
        ...

    async def outcomes(self) -> list[str]:
        """Return what became of what was asked, sorted; empty where it still waits."""
        ...

    async def letters(self) -> list[LetterSeen]:
        """Return the dead letters, by offset."""
        ...

    async def duplicates(self) -> list[int]:
        """Return the offsets that are repetitions."""
        ...

    async def gaps(self) -> list[tuple[int, int]]:
        """Return what can't be read."""
        ...

    async def published(self, letter_id: UUID) -> int:
        """Return how many events in the outbox tell of this dead letter."""
        ...

    async def override_breaker(self, row: BreakerRow) -> None:
        """Let an operator set the breaker."""
        ...

    async def break_constraint(self, transaction: Transaction) -> None:
        """Write what a deferred constraint forbids, as a handler might."""
        ...


class MemoryPlace:
    """The simulation's store."""

    def __init__(self) -> None:
        self._tables = Tables(LoopPace(), lambda: datetime.now(UTC))
        self.store: Store = FakeStore(self._tables)

    async def ask(
        self, action: str, letters: Sequence[UUID], at: datetime, per_second: float | None = None
    ) -> None:
        number = len(self._tables.requests.rows)
        self._tables.requests.rows[number] = RequestRow(number, action, per_second, at)
        for letter_id in letters:
            self._tables.items.rows[number, letter_id] = ""

    async def outcomes(self) -> list[str]:
        return sorted(self._tables.items.rows.values())

    async def letters(self) -> list[LetterSeen]:
        rows = self._tables.letters.rows.values()
        return sorted(
            (row.record.offset, row.kind.value, row.state.value, row.attempts) for row in rows
        )

    async def duplicates(self) -> list[int]:
        return sorted(offset for _, offset in self._tables.duplicates.rows)

    async def gaps(self) -> list[tuple[int, int]]:
        return sorted((first, gap.to_offset) for (_, first), gap in self._tables.gaps.rows.items())

    async def published(self, letter_id: UUID) -> int:
        told = [draft.data["dead_letter_id"] for draft in self._tables.outbox]
        return told.count(str(letter_id))

    async def override_breaker(self, row: BreakerRow) -> None:
        self._tables.breaker.rows[None] = row

    async def break_constraint(self, transaction: Transaction) -> None:
        cast(FakeConnection, transaction.connection).work.broken_constraints.append("broken")


CREATE_CONSTRAINED = """
CREATE TABLE IF NOT EXISTS constrained (
    number integer UNIQUE DEFERRABLE INITIALLY DEFERRED)
"""
ASK = """
INSERT INTO dead_letter_request
    (request_id, group_name, action, requested_by, approved_by, reason, per_second, requested_at)
VALUES (%s, %s, %s, 'role:1', 'role:2', 'a reason', %s, %s)
"""
ASK_ITEMS = "INSERT INTO dead_letter_request_item SELECT %s, unnest(%s::uuid[])"
SET_BREAKER = """
INSERT INTO breaker (group_name, state, openings, trial_at, overridden_until, reason, changed_by,
                     changed_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, now())
ON CONFLICT (group_name) DO UPDATE
SET state = EXCLUDED.state, openings = EXCLUDED.openings, trial_at = EXCLUDED.trial_at,
    overridden_until = EXCLUDED.overridden_until
"""


class PostgresPlace:
    """The store that runs."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._connection = connection
        self._group = f"group-{new_event_id()}"
        outbox = Outbox(OWNER, SystemClock(), packaged())
        self.store: Store = PostgresStore(self._group, database, outbox)

    async def _rows(self, statement: str) -> list[tuple[object, ...]]:
        cursor = await self._connection.execute(statement, [self._group])
        return await cursor.fetchall()

    async def ask(
        self, action: str, letters: Sequence[UUID], at: datetime, per_second: float | None = None
    ) -> None:
        request_id = new_event_id()
        await self._connection.execute(ASK, [request_id, self._group, action, per_second, at])
        await self._connection.execute(ASK_ITEMS, [request_id, list(letters)])

    async def outcomes(self) -> list[str]:
        rows = await self._rows(
            "SELECT coalesce(outcome, '') FROM dead_letter_request_item"
            " JOIN dead_letter_request USING (request_id) WHERE group_name = %s ORDER BY 1"
        )
        return [str(row[0]) for row in rows]

    async def letters(self) -> list[LetterSeen]:
        rows = await self._rows(
            "SELECT kafka_offset, kind, state, attempts FROM dead_letter WHERE group_name = %s"
        )
        return sorted(cast(list[LetterSeen], rows))

    async def duplicates(self) -> list[int]:
        rows = await self._rows(
            "SELECT kafka_offset FROM duplicate JOIN consumer_account USING (account_id)"
            " WHERE group_name = %s ORDER BY 1"
        )
        return [cast(int, row[0]) for row in rows]

    async def gaps(self) -> list[tuple[int, int]]:
        rows = await self._rows(
            "SELECT from_offset, to_offset FROM gap JOIN consumer_account USING (account_id)"
            " WHERE group_name = %s ORDER BY 1"
        )
        return cast(list[tuple[int, int]], rows)

    async def published(self, letter_id: UUID) -> int:
        cursor = await self._connection.execute(
            "SELECT FROM outbox WHERE position(convert_to(%s, 'UTF8') IN value) > 0",
            [str(letter_id)],
        )
        return cursor.rowcount

    async def override_breaker(self, row: BreakerRow) -> None:
        await self._connection.execute(
            SET_BREAKER,
            [
                self._group,
                row.state.value,
                row.openings,
                row.trial_at,
                row.overridden_until,
                row.reason,
                row.changed_by,
            ],
        )

    async def break_constraint(self, transaction: Transaction) -> None:
        await transaction.connection.execute("INSERT INTO constrained VALUES (1), (1)")


@asynccontextmanager
async def postgres_place(url: str) -> AsyncIterator[PostgresPlace]:
    """Give the store in this database, which is migrated and empty."""
    database = Database(url, OWNER)
    await database.open()
    connection = await connect(url, OWNER)
    await connection.execute(CREATE_CONSTRAINED)
    try:
        yield PostgresPlace(database, connection)
    finally:
        await connection.close()
        await database.close()


@asynccontextmanager
async def memory_place() -> AsyncIterator[MemoryPlace]:
    """Give the store in memory."""
    yield MemoryPlace()
