"""What the tables of due things have in common: something waits, falls due, and is done once.

Each table holds what falls due of its subjects: of policies, or of findings. Whoever writes to one
holds the subject's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from bus.storage.connections import Connection

Subject = TypeVar("Subject", str, UUID)

FORGET = """
DELETE FROM {table}
WHERE {subject} = ANY(%b) AND state = 'WAITING' AND action_id <> ALL(%b)
"""

WITHDRAW = """
UPDATE message SET state = 'WITHDRAWN'
WHERE state = 'QUEUED' AND action_id <> ALL(%b)
  AND action_id IN (SELECT action_id FROM {table} WHERE {subject} = ANY(%b))
"""

DUE = """
SELECT {subject} FROM {table} WHERE state = 'WAITING' AND due_at <= %s
GROUP BY {subject} ORDER BY min(due_at) LIMIT %s
"""

TAKE = """
UPDATE {table} SET state = 'DONE', done_at = %(now)s
WHERE {subject} = %(of)s AND state = 'WAITING' AND due_at <= %(now)s
RETURNING action_id
"""

PUT_BACK = "UPDATE {table} SET state = 'WAITING', done_at = NULL WHERE action_id = ANY(%s)"

MARK_MOOT = "UPDATE {table} SET state = 'MOOT' WHERE action_id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class DueTable(Generic[Subject]):
    """A table of due things, and the column that says what each is about."""

    table: str
    subject: str

    async def keep_only(
        self, connection: Connection, subjects: Sequence[Subject], action_ids: Sequence[UUID]
    ) -> None:
        """Let nothing wait of these subjects but these; what was carried out stays so.

        Messages that aren't sent yet and whose cause is none of these are withdrawn.
        """
        await connection.execute(self._sql(FORGET), [list(subjects), list(action_ids)])
        await connection.execute(self._sql(WITHDRAW), [list(action_ids), list(subjects)])

    async def due(self, connection: Connection, now: datetime, limit: int) -> list[Subject]:
        """Return subjects of which something is due, the longest due first."""
        cursor = await connection.execute(self._sql(DUE), [now, limit])
        return [subject for (subject,) in await cursor.fetchall()]

    async def take(self, connection: Connection, subject: Subject, now: datetime) -> set[UUID]:
        """Mark what is due of a subject as done, and return it: nobody else gets it."""
        cursor = await connection.execute(self._sql(TAKE), {"of": subject, "now": now})
        return {action_id for (action_id,) in await cursor.fetchall()}

    async def put_back(self, connection: Connection, action_ids: set[UUID]) -> None:
        """Let wait again what was taken, and falls due later than it seemed."""
        await connection.execute(self._sql(PUT_BACK), [list(action_ids)])

    async def mark_moot(self, connection: Connection, action_ids: set[UUID]) -> None:
        """Note of what was taken that it no longer held."""
        await connection.execute(self._sql(MARK_MOOT), [list(action_ids)])

    def _sql(self, statement: str) -> bytes:
        return statement.format(table=self.table, subject=self.subject).encode()
