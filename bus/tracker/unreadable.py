"""What the tracker couldn't read, in Postgres: which policies a dead letter hides facts of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.consuming.records import Rejected
from bus.events import Event, Mode
from bus.notices.facts import DeadLetterFact
from bus.storage.connections import Connection
from bus.topics import AGREEMENT, topics_of
from bus.tracker.positions import GROUP

AT_ITS_PLACE = """
kind = 'RECORD' AND (account_id, kafka_offset) = (
    (SELECT account_id FROM consumer_position
     WHERE group_name = %(group)s AND topic = %(topic)s AND partition = %(partition)s),
    %(offset)s)
"""

INSERT_UNREADABLE = f"""
INSERT INTO unreadable_record (
    dead_letter_id, policy_id, topic, partition, kafka_offset, event_id, digest, opened_at)
SELECT dead_letter_id, %(policy)s, topic, partition, kafka_offset, event_id, digest, greatest(
    %(moment)s::timestamptz,
    (SELECT recorded_at FROM fact
     WHERE topic = d.topic AND partition = d.partition AND kafka_offset < d.kafka_offset
     ORDER BY kafka_offset DESC LIMIT 1))
FROM dead_letter d WHERE {AT_ITS_PLACE}
RETURNING opened_at
"""


async def open_unreadable(
    connection: Connection, policy_id: str, rejected: Rejected, moment: datetime
) -> datetime | None:
    """Store that a rejected record's dead letter hides facts of a policy.

    Returns its recorded time: the moment, or that of the fact before it in its partition.
    """
    values = {"policy": policy_id, "moment": moment, **_place_of(rejected)}
    cursor = await connection.execute(INSERT_UNREADABLE, values)
    row = await cursor.fetchone()
    return row[0] if row else None


def _place_of(rejected: Rejected) -> dict[str, object]:
    """Return the values of AT_ITS_PLACE."""
    topic, partition = rejected.partition
    offset = rejected.record.offset
    return {"group": GROUP, "topic": topic, "partition": partition, "offset": offset}


UNREADABLE = """
SELECT u.dead_letter_id, u.topic, u.partition, u.kafka_offset, u.policy_id, u.opened_at,
       coalesce(u.closed_at, d.closed_at), d.mode
FROM unreadable_record u JOIN dead_letter d USING (dead_letter_id)
WHERE u.policy_id = ANY(%s)
"""


async def load_dead_letters(
    connection: Connection, policy_ids: Iterable[str]
) -> list[DeadLetterFact]:
    """Return the dead letters whose key names one of these policies, open or closed."""
    cursor = await connection.execute(UNREADABLE, [list(policy_ids)])
    return [
        DeadLetterFact(
            dead_letter_id=row[0],
            topic=row[1],
            partition=row[2],
            offset=row[3],
            policy_id=row[4],
            opened_at=row[5],
            closed_at=row[6],
            mode=Mode(row[7]),
        )
        for row in await cursor.fetchall()
    ]


CLOSE_UNREADABLE = """
UPDATE unreadable_record u
SET closed_at = greatest(u.opened_at, %b::timestamptz), closed_by = u.event_id
FROM unnest(%b::uuid[], %b::bytea[]) AS applied (event_id, digest)
WHERE u.event_id = applied.event_id AND u.digest = applied.digest AND u.closed_at IS NULL
RETURNING u.policy_id, u.closed_at, u.event_id
"""


DISCARD_UNREADABLE = """
UPDATE unreadable_record SET closed_at = greatest(opened_at, %s)
WHERE dead_letter_id = ANY(%s) AND closed_at IS NULL
RETURNING policy_id, closed_at, event_id
"""


async def discard_unreadable(
    connection: Connection, dead_letter_ids: Sequence[UUID], now: datetime
) -> list[tuple[str, datetime, UUID | None]]:
    """Close the records of discarded dead letters; return policy, moment and event of each."""
    cursor = await connection.execute(DISCARD_UNREADABLE, [now, list(dead_letter_ids)])
    return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


async def close_unreadable(
    connection: Connection, events: Sequence[Event], now: datetime
) -> list[tuple[str, datetime, UUID]]:
    """Close the records whose event has been applied now, by id and content.

    Returns policy, moment and event of each.
    """
    cursor = await connection.execute(
        CLOSE_UNREADABLE,
        [now, [event.id for event in events], [event.digest for event in events]],
    )
    return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


# What may be about any policy

INSERT_UNPLACED = f"""
INSERT INTO unplaced_record SELECT dead_letter_id FROM dead_letter WHERE {AT_ITS_PLACE}
"""

OF_ANY_POLICY = """
SELECT dead_letter_id, topic FROM dead_letter AS letter
WHERE group_name = %(group)s AND kind = 'RECORD' AND mode = 'ACTUAL'
  AND state IN ('RETRYING', 'OPEN', 'REDRIVING')
  AND (topic = ANY(%(agreements)s) OR EXISTS (
      SELECT FROM unplaced_record WHERE unplaced_record.dead_letter_id = letter.dead_letter_id))
ORDER BY dead_letter_id LIMIT %(limit)s
"""

SHOWN = 20
"""How many an answer names: one is enough to close a gate, and junk may come in thousands."""


@dataclass(frozen=True, slots=True)
class UnreadableOfAny:
    """Open dead letters of real records that may be about any policy, the first of them."""

    agreements: tuple[UUID, ...]
    statements: tuple[UUID, ...]


async def open_unplaced(connection: Connection, rejected: Rejected) -> None:
    """Store that nobody can tell which policy's gate a rejected record may close."""
    await connection.execute(INSERT_UNPLACED, _place_of(rejected))


async def unreadable_of_any(connection: Connection) -> UnreadableOfAny:
    """Return what closes every gate. What can't be read of an exercise closes none."""
    agreements = [topic.name for topic in topics_of(AGREEMENT)]
    asked = {"group": GROUP, "agreements": agreements, "limit": SHOWN}
    cursor = await connection.execute(OF_ANY_POLICY, asked)
    rows = await cursor.fetchall()
    return UnreadableOfAny(
        agreements=tuple(letter for letter, topic in rows if topic in agreements),
        statements=tuple(letter for letter, topic in rows if topic not in agreements),
    )
