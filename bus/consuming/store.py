"""The engine's rows in Postgres: one statement for each thing that a batch writes.

Every function works inside the caller's open transaction, on arrays: a batch of a thousand
records costs as many statements as a batch of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from bus.consuming.announcements import DeadLetterChange
from bus.consuming.core import Claim, Gap, LogBounds, Position
from bus.consuming.headers import pack_headers
from bus.consuming.records import Partition, Rejected, appended_at
from bus.errors import FencedError
from bus.events import Event, new_event_id
from bus.storage.connections import Connection

INBOX_MONTHS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Parked:
    """A rejected record with the id of the dead letter that it becomes."""

    dead_letter_id: UUID
    account_id: int
    rejected: Rejected

    @property
    def change(self) -> DeadLetterChange:
        """The change that this is: a new, open dead letter."""
        return DeadLetterChange(
            dead_letter_id=self.dead_letter_id,
            partition=self.rejected.partition,
            offset=self.rejected.record.offset,
            reason=self.rejected.reason.value,
            attempts=1,
            state="OPEN",
            mode=self.rejected.mode,
        )


async def extend_inbox(connection: Connection) -> None:
    """Make the inbox's partitions for the months to come."""
    await connection.execute(
        "SELECT extend_inbox(now() + make_interval(months => %s))", [INBOX_MONTHS_AHEAD]
    )


INSERT_INBOX = """
INSERT INTO inbox (group_name, event_id, account_id, kafka_offset, digest)
SELECT %b, * FROM unnest(%b::uuid[], %b::bigint[], %b::bigint[], %b::bytea[])
ON CONFLICT DO NOTHING
RETURNING event_id
"""


async def insert_inbox(
    connection: Connection, group: str, accounts: Mapping[Partition, int], events: Sequence[Event]
) -> set[UUID]:
    """Record the events as applied; return the ids that were new. The ids must be distinct."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(
            INSERT_INBOX,
            [
                group,
                [event.id for event in events],
                [accounts[Partition(event.topic, event.partition)] for event in events],
                [event.offset for event in events],
                [event.digest for event in events],
            ],
        )
        return {row[0] for row in await cursor.fetchall()}


async def applied_digests(
    connection: Connection, group: str, event_ids: Sequence[UUID]
) -> dict[UUID, bytes]:
    """Return the digest under which each of these ids was applied."""
    cursor = await connection.execute(
        "SELECT event_id, digest FROM inbox WHERE group_name = %b AND event_id = ANY(%b::uuid[])",
        [group, list(event_ids)],
    )
    return dict(await cursor.fetchall())


async def insert_duplicates(connection: Connection, rows: Sequence[tuple[int, int, UUID]]) -> None:
    """Record repetitions, as (account id, offset, event id)."""
    await connection.execute(
        "INSERT INTO duplicate (account_id, kafka_offset, event_id)"
        " SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::uuid[])",
        [list(column) for column in zip(*rows, strict=True)],
    )


async def insert_gaps(connection: Connection, rows: Sequence[tuple[int, Gap]]) -> None:
    """Record offsets that can't be read, as (account id, gap)."""
    await connection.execute(
        "INSERT INTO gap (account_id, from_offset, to_offset, reason)"
        " SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[])",
        [
            [account_id for account_id, _ in rows],
            [gap.from_offset for _, gap in rows],
            [gap.to_offset for _, gap in rows],
            [gap.reason.value for _, gap in rows],
        ],
    )


INSERT_DEAD_LETTER = """
INSERT INTO dead_letter (
    dead_letter_id, group_name, topic, partition, account_id, kafka_offset, appended_at,
    key, value, headers, reason, detail, event_id, digest)
VALUES (%s, %s, %s, %s, %s, %s, %s, %b, %b, %b, %s, %s, %s, %b)
"""


async def insert_dead_letters(connection: Connection, group: str, parked: Sequence[Parked]) -> None:
    """Park the records, whole, as open dead letters."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            INSERT_DEAD_LETTER,
            [
                (
                    letter.dead_letter_id,
                    group,
                    letter.rejected.partition.topic,
                    letter.rejected.partition.number,
                    letter.account_id,
                    letter.rejected.record.offset,
                    appended_at(letter.rejected.record),
                    letter.rejected.record.key,
                    letter.rejected.record.value,
                    pack_headers(letter.rejected.record.headers),
                    letter.rejected.reason.value,
                    letter.rejected.detail,
                    letter.rejected.event_id,
                    letter.rejected.digest,
                )
                for letter in parked
            ],
        )


RESOLVE_DEAD_LETTERS = """
WITH resolved AS (
    UPDATE dead_letter d
    SET state = 'RESOLVED', closed_at = now(), last_seen = now()
    FROM unnest(%b::uuid[], %b::bytea[]) AS applied (event_id, digest)
    WHERE d.group_name = %b AND d.event_id = applied.event_id AND d.digest = applied.digest
      AND d.state IN ('RETRYING', 'OPEN', 'REDRIVING')
    RETURNING d.*
), accounted AS (
    INSERT INTO duplicate (account_id, kafka_offset, event_id)
    SELECT account_id, kafka_offset, event_id FROM resolved
)
SELECT dead_letter_id, topic, partition, kafka_offset, reason, attempts, event_id FROM resolved
"""


async def resolve_dead_letters(
    connection: Connection, group: str, events: Sequence[Event]
) -> list[DeadLetterChange]:
    """Close the open dead letters of events that have now been applied; return the changes.

    Their offsets become duplicates of the offset that was applied.
    """
    cursor = await connection.execute(
        RESOLVE_DEAD_LETTERS,
        [[event.id for event in events], [event.digest for event in events], group],
    )
    rows = await cursor.fetchall()
    modes = {event.id: event.mode for event in events} if rows else {}
    return [
        DeadLetterChange(
            letter_id, Partition(topic, number), offset, reason, attempts, "RESOLVED", modes[event]
        )
        for letter_id, topic, number, offset, reason, attempts, event in rows
    ]


ADVANCE_POSITIONS = """
UPDATE consumer_position p
SET next_offset = moved.next_offset, updated_at = now()
FROM unnest(%b::text[], %b::integer[], %b::bigint[], %b::bigint[], %b::bigint[])
     AS moved (topic, partition, epoch, expected_offset, next_offset)
WHERE p.group_name = %b AND p.topic = moved.topic AND p.partition = moved.partition
  AND p.epoch = moved.epoch AND p.next_offset = moved.expected_offset
"""


async def advance_positions(
    connection: Connection, group: str, moves: Sequence[tuple[Claim, int]]
) -> None:
    """Move each claimed position from where the claim expects it to the new offset.

    Raise FencedError unless every one of them was ours and stood where we left it.
    """
    cursor = await connection.execute(
        ADVANCE_POSITIONS,
        [
            [claim.partition.topic for claim, _ in moves],
            [claim.partition.number for claim, _ in moves],
            [claim.epoch for claim, _ in moves],
            [claim.next_offset for claim, _ in moves],
            [next_offset for _, next_offset in moves],
            group,
        ],
    )
    if cursor.rowcount != len(moves):
        raise FencedError(
            f"{len(moves) - cursor.rowcount} of {len(moves)} partitions of group {group} "
            "belong to another worker now; nothing of this batch was written"
        )


async def lost_claims(
    connection: Connection, group: str, claims: Sequence[Claim]
) -> set[Partition]:
    """Return which of the claims no longer hold."""
    cursor = await connection.execute(
        "SELECT topic, partition, epoch, next_offset FROM consumer_position WHERE group_name = %s",
        [group],
    )
    held = {Partition(row[0], row[1]): (row[2], row[3]) for row in await cursor.fetchall()}
    return {
        claim.partition
        for claim in claims
        if held.get(claim.partition) != (claim.epoch, claim.next_offset)
    }


OPEN_POSITIONS = """
WITH wanted AS (
    SELECT * FROM unnest(%b::text[], %b::integer[], %b::text[], %b::bigint[])
        AS wanted (topic, partition, topic_id, log_start)
), opened AS (
    INSERT INTO consumer_account
        (group_name, topic, partition, number, topic_id, first_offset, opened_by, reason)
    SELECT %b, topic, partition, 1, topic_id, log_start, 'claim', 'first claim' FROM wanted
    WHERE NOT EXISTS (
        SELECT FROM consumer_position p WHERE p.group_name = %b
            AND p.topic = wanted.topic AND p.partition = wanted.partition)
    ORDER BY topic, partition
    ON CONFLICT DO NOTHING
    RETURNING account_id, topic, partition, first_offset
)
INSERT INTO consumer_position (group_name, topic, partition, account_id, epoch, next_offset)
SELECT %b, topic, partition, account_id, 0, first_offset FROM opened
"""

LOCK_POSITIONS = """
SELECT FROM consumer_position p
JOIN unnest(%b::text[], %b::integer[]) AS wanted (topic, partition) USING (topic, partition)
WHERE p.group_name = %b
ORDER BY p.topic, p.partition
FOR UPDATE OF p
"""

RAISE_EPOCHS = """
UPDATE consumer_position p
SET epoch = p.epoch + 1, updated_at = now()
FROM unnest(%b::text[], %b::integer[]) AS wanted (topic, partition), consumer_account a
WHERE p.group_name = %b AND p.topic = wanted.topic AND p.partition = wanted.partition
  AND a.account_id = p.account_id
RETURNING p.topic, p.partition, p.account_id, a.topic_id, p.epoch, p.next_offset
"""


async def claim_positions(
    connection: Connection, group: str, bounds: Mapping[Partition, LogBounds]
) -> dict[Partition, Position]:
    """Raise the epoch of these partitions, which fences off whoever held them.

    A partition that the group never read gets an account that begins at the log's start.
    """
    topics = [partition.topic for partition in bounds]
    numbers = [partition.number for partition in bounds]
    await connection.execute(
        OPEN_POSITIONS,
        [
            topics,
            numbers,
            [bound.topic_id for bound in bounds.values()],
            [bound.start for bound in bounds.values()],
            group,
            group,
            group,
        ],
    )
    await connection.execute(LOCK_POSITIONS, [topics, numbers, group])
    cursor = await connection.execute(RAISE_EPOCHS, [topics, numbers, group])
    return {
        Partition(topic, number): Position(account_id, topic_id, epoch, next_offset)
        for topic, number, account_id, topic_id, epoch, next_offset in await cursor.fetchall()
    }


def park(rejected: Sequence[Rejected], accounts: Mapping[Partition, int]) -> list[Parked]:
    """Give each rejected record the id of its dead letter."""
    return [Parked(new_event_id(), accounts[each.partition], each) for each in rejected]
