"""What the tracker couldn't read, in Postgres: which policies a dead letter hides facts of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from bus.events import Event, Mode
from bus.notices.facts import DeadLetterFact
from bus.storage.connections import Connection
from bus.topics import AGREEMENT, topics_of
from bus.tracker.positions import GROUP

INSERT_UNREADABLE = """
INSERT INTO unreadable_record (
    dead_letter_id, policy_id, topic, partition, kafka_offset, event_id, digest, opened_at)
SELECT dead_letter_id, %(policy)s, topic, partition, kafka_offset, event_id, digest, greatest(
    %(moment)s::timestamptz,
    (SELECT recorded_at FROM fact
     WHERE topic = d.topic AND partition = d.partition AND kafka_offset < d.kafka_offset
     ORDER BY kafka_offset DESC LIMIT 1))
FROM dead_letter d
WHERE kind = 'RECORD' AND (account_id, kafka_offset) = (
    (SELECT account_id FROM consumer_position
     WHERE group_name = %(group)s AND topic = %(topic)s AND partition = %(partition)s),
    %(offset)s)
RETURNING opened_at
"""


async def open_unreadable(
    connection: Connection,
    policy_id: str,
    place: tuple[str, int, int],
    moment: datetime,
) -> datetime | None:
    """Store that the dead letter at this topic, partition and offset hides facts of a policy.

    Returns its recorded time: the moment, or that of the fact before it in its partition.
    """
    topic, partition, offset = place
    cursor = await connection.execute(
        INSERT_UNREADABLE,
        {
            "policy": policy_id,
            "moment": moment,
            "group": GROUP,
            "topic": topic,
            "partition": partition,
            "offset": offset,
        },
    )
    row = await cursor.fetchone()
    return row[0] if row else None


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


UNREADABLE_AGREEMENTS = """
SELECT dead_letter_id FROM dead_letter
WHERE group_name = %s AND topic = ANY(%s) AND kind = 'RECORD' AND mode = 'ACTUAL'
  AND state IN ('RETRYING', 'OPEN', 'REDRIVING')
"""


async def unreadable_agreements(connection: Connection) -> tuple[UUID, ...]:
    """Return the open dead letters of agreements: which policies they cover, nobody can read.

    Those of exercises cover nothing real, and are left out.
    """
    topics = [topic.name for topic in topics_of(AGREEMENT)]
    cursor = await connection.execute(UNREADABLE_AGREEMENTS, [GROUP, topics])
    return tuple(letter for (letter,) in await cursor.fetchall())
