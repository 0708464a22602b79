"""Sequence numbers that are missing, and what officers may decide about them.

While a number is missing every gate is closed: an event that was never read may have withdrawn an
acceptance, of whichever policy. Numbers that are nobody's, or lost for good, close gates for ever
unless two officers let them count as read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bus.errors import UnknownNameError
from bus.events import new_event_id
from bus.storage.connections import Connection

MISSING = """
SELECT source, topic, lower(part), upper(part) - 1, noticed_at
FROM sequence_gap JOIN received_sequence USING (source, topic),
     unnest(int8multirange(missing) - numbers) AS part
ORDER BY source, topic, lower(part)
"""

SETTLED = """
SELECT source, topic, lower(part), upper(part) - 1, settled_by, approved_by, reason, settled_at
FROM settled_sequence, unnest(numbers) AS part ORDER BY settled_at, source, topic, lower(part)
"""

LOCK = "SELECT numbers FROM received_sequence WHERE source = %s AND topic = %s FOR UPDATE"

SETTLE = """
WITH missing AS (
    SELECT source, topic, int8multirange(int8range(1, upper(numbers))) - numbers AS numbers
    FROM received_sequence WHERE source = %(source)s AND topic = %(topic)s
), counted AS (
    UPDATE received_sequence SET numbers = int8multirange(int8range(1, upper(numbers)))
    WHERE source = %(source)s AND topic = %(topic)s
), closed AS (
    DELETE FROM sequence_gap WHERE source = %(source)s AND topic = %(topic)s
)
INSERT INTO settled_sequence (
    settlement_id, source, topic, numbers, settled_by, approved_by, reason, settled_at)
SELECT %(id)s, source, topic, numbers, %(settled_by)s, %(approved_by)s, %(reason)s, %(at)s
FROM missing WHERE numbers <> '{}'
RETURNING (SELECT sum(upper(part) - lower(part))::bigint FROM unnest(numbers) AS part)
"""


@dataclass(frozen=True, slots=True)
class MissingNumbers:
    """Consecutive numbers that are missing, both ends included."""

    source: str
    topic: str
    first: int
    last: int
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class SettledNumbers:
    """Consecutive numbers that count as read though nobody read them, both ends included."""

    source: str
    topic: str
    first: int
    last: int
    settled_by: str
    approved_by: str
    reason: str
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What two officers decide about the numbers that a source lacks on a topic."""

    source: str
    topic: str
    settled_by: str
    approved_by: str
    reason: str
    at: datetime


async def list_missing(connection: Connection) -> list[MissingNumbers]:
    """Return the numbers that keep gates closed."""
    cursor = await connection.execute(MISSING)
    return [MissingNumbers(*row) for row in await cursor.fetchall()]


async def list_settled(connection: Connection) -> list[SettledNumbers]:
    """Return what was settled, and by whom."""
    cursor = await connection.execute(SETTLED)
    return [SettledNumbers(*row) for row in await cursor.fetchall()]


async def settle(connection: Connection, settlement: Settlement) -> int:
    """Let the missing numbers of a source and topic count as read; return how many they are.

    Raises UnknownNameError where none is missing. A higher number of that source, read later,
    may leave new ones missing.
    """
    async with connection.transaction():
        await connection.execute(LOCK, [settlement.source, settlement.topic])
        cursor = await connection.execute(
            SETTLE,
            {
                "id": new_event_id(),
                "source": settlement.source,
                "topic": settlement.topic,
                "settled_by": settlement.settled_by,
                "approved_by": settlement.approved_by,
                "reason": settlement.reason,
                "at": settlement.at,
            },
        )
        row = await cursor.fetchone()
    if row is None:
        raise UnknownNameError(
            f"no number of {settlement.source} is missing on {settlement.topic}; "
            "`bus sequences list` shows what is"
        )
    return int(row[0])
