"""Dead letters, as an operator looks at them and chooses among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.consuming.headers import unpack_headers
from bus.consuming.parking import LetterState
from bus.consuming.sql import UNCLOSED
from bus.storage.connections import Connection

STATES = tuple(state.value for state in LetterState)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parked record's story, without the record.

    `kind` is RECORD where it was not applied, FIELDS where it was applied without the fields that
    were wrong. `held` counts the records that wait behind it.
    """

    dead_letter_id: UUID
    group: str
    topic: str
    partition: int
    offset: int
    account: int
    kind: str
    state: str
    mode: str
    reason: str
    detail: str
    attempts: int
    due_at: datetime | None
    holds: bool
    held: int
    event_id: UUID | None
    appended_at: datetime
    first_seen: datetime
    last_seen: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ParkedRecord:
    """The record itself, to the letter. It may hold personal data."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters are meant; None takes all. Times are those of the first failure."""

    ids: Sequence[UUID] | None = None
    group: str | None = None
    state: str | None = None
    kind: str | None = None
    reason: str | None = None
    topic: str | None = None
    key: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def condition(self) -> str:
        """The SQL condition, without what isn't asked: an index serves what is."""
        return " AND ".join(
            condition for name, condition in CONDITIONS.items() if getattr(self, name) is not None
        )

    @property
    def values(self) -> dict[str, object]:
        """The values of the condition, by name."""
        key = None if self.key is None else self.key.encode()
        ids = None if self.ids is None else list(self.ids)
        return {name: getattr(self, name) for name in CONDITIONS} | {"key": key, "ids": ids}


CONDITIONS = {
    "ids": "letter.dead_letter_id = ANY(%(ids)s)",
    "group": "letter.group_name = %(group)s",
    "state": "letter.state = %(state)s",
    "kind": "letter.kind = %(kind)s",
    "reason": "letter.reason = %(reason)s",
    "topic": "letter.topic = %(topic)s",
    "key": "sha256(letter.key) = sha256(%(key)s::bytea)",
    "since": "letter.first_seen >= %(since)s",
    "until": "letter.first_seen < %(until)s",
}

HELD = f"""
    SELECT count(*) FROM held_record AS held
    WHERE letter.holds AND letter.{UNCLOSED}
      AND held.group_name = letter.group_name AND held.topic = letter.topic
      AND held.partition = letter.partition AND sha256(held.key) = sha256(letter.key)
"""

STORY = f"""
SELECT dead_letter_id, letter.group_name, letter.topic, letter.partition, kafka_offset, number,
       kind, state, mode, letter.reason, detail, attempts, due_at, holds, ({HELD}), event_id,
       appended_at, first_seen, last_seen, letter.closed_at
FROM dead_letter AS letter JOIN consumer_account USING (account_id)
"""


async def list_dead_letters(connection: Connection, chosen: Filter, limit: int) -> list[DeadLetter]:
    """Return the newest dead letters of the owner's groups, newest first."""
    where = f"WHERE {chosen.condition}" if chosen.condition else ""
    query = f"{STORY} {where} ORDER BY first_seen DESC, dead_letter_id DESC LIMIT %(limit)s"
    cursor = await connection.execute(query.encode(), chosen.values | {"limit": limit})
    return [DeadLetter(*row) for row in await cursor.fetchall()]


async def find_dead_letter(
    connection: Connection, dead_letter_id: UUID
) -> tuple[DeadLetter, ParkedRecord] | None:
    """Return a dead letter with its record, or None where the owner has none of that id."""
    found = await list_dead_letters(connection, Filter(ids=[dead_letter_id]), 1)
    cursor = await connection.execute(
        "SELECT key, value, headers FROM dead_letter WHERE dead_letter_id = %s", [dead_letter_id]
    )
    record = await cursor.fetchone()
    if not found or record is None:
        return None
    key, value, headers = record
    return found[0], ParkedRecord(key, value, unpack_headers(headers))
