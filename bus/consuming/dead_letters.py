"""Dead letters, as an operator looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.consuming.headers import unpack_headers
from bus.storage.connections import Connection

STATES = ("RETRYING", "OPEN", "REDRIVING", "RESOLVED", "DISCARDED")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parked record's story, without the record."""

    dead_letter_id: UUID
    group: str
    topic: str
    partition: int
    offset: int
    account: int
    state: str
    reason: str
    detail: str
    attempts: int
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
    """Which dead letters to look at; None takes all."""

    group: str | None = None
    state: str | None = None
    reason: str | None = None
    topic: str | None = None


STORY = """
SELECT dead_letter_id, letter.group_name, letter.topic, letter.partition, kafka_offset, number,
       state, letter.reason, detail, attempts, event_id, appended_at, first_seen, last_seen,
       letter.closed_at
FROM dead_letter AS letter JOIN consumer_account USING (account_id)
"""

CHOSEN = """
WHERE (%(group)s::text IS NULL OR letter.group_name = %(group)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(reason)s::text IS NULL OR letter.reason = %(reason)s)
  AND (%(topic)s::text IS NULL OR letter.topic = %(topic)s)
ORDER BY first_seen DESC, dead_letter_id DESC LIMIT %(limit)s
"""


async def list_dead_letters(connection: Connection, chosen: Filter, limit: int) -> list[DeadLetter]:
    """Return the newest dead letters of the owner's groups, newest first."""
    values = {
        "group": chosen.group,
        "state": chosen.state,
        "reason": chosen.reason,
        "topic": chosen.topic,
        "limit": limit,
    }
    cursor = await connection.execute((STORY + CHOSEN).encode(), values)
    return [DeadLetter(*row) for row in await cursor.fetchall()]


async def find_dead_letter(
    connection: Connection, dead_letter_id: UUID
) -> tuple[DeadLetter, ParkedRecord] | None:
    """Return a dead letter with its record, or None where the owner has none of that id."""
    cursor = await connection.execute(
        f"{STORY} WHERE dead_letter_id = %s".encode(), [dead_letter_id]
    )
    story = await cursor.fetchone()
    cursor = await connection.execute(
        "SELECT key, value, headers FROM dead_letter WHERE dead_letter_id = %s", [dead_letter_id]
    )
    record = await cursor.fetchone()
    if story is None or record is None:
        return None
    key, value, headers = record
    return DeadLetter(*story), ParkedRecord(key, value, unpack_headers(headers))
