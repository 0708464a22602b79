"""How far the tracker has read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bus.consuming.records import Partition
from bus.notices.gate import LostOffsets, Position
from bus.storage.connections import Connection

GROUP = "tracker"


async def read_positions(connection: Connection) -> dict[Partition, int]:
    """Return the next offset of each partition that the tracker has claimed."""
    cursor = await connection.execute(
        "SELECT topic, partition, next_offset FROM consumer_position WHERE group_name = %s", [GROUP]
    )
    return {Partition(row[0], row[1]): row[2] for row in await cursor.fetchall()}


async def read_topic_ids(connection: Connection) -> dict[str, set[str]]:
    """Return the ids under which the tracker has read each topic's partitions."""
    cursor = await connection.execute(
        "SELECT DISTINCT p.topic, a.topic_id"
        " FROM consumer_position p JOIN consumer_account a USING (account_id)"
        " WHERE p.group_name = %s",
        [GROUP],
    )
    ids: dict[str, set[str]] = {}
    for topic, topic_id in await cursor.fetchall():
        ids.setdefault(topic, set()).add(topic_id)
    return ids


LOST = """
SELECT account.topic, account.partition, from_offset, to_offset
FROM gap JOIN consumer_account AS account USING (account_id)
WHERE group_name = %(group)s AND account.topic = ANY(%(topics)s) AND NOT EXISTS (
    SELECT FROM consumer_account AS later LEFT JOIN consumer_position AS position USING (account_id)
    WHERE (later.group_name, later.topic, later.partition, later.topic_id)
        = (account.group_name, account.topic, account.partition, account.topic_id)
      AND later.number > account.number
      AND later.first_offset <= from_offset
      AND coalesce(later.closed_next_offset, position.next_offset) >= to_offset
      AND NOT EXISTS (
          SELECT FROM gap AS again
          WHERE again.account_id = later.account_id
            AND again.from_offset < gap.to_offset AND again.to_offset > gap.from_offset))
"""


async def lost_offsets(connection: Connection, topics: Iterable[str]) -> tuple[LostOffsets, ...]:
    """Return the offsets of these topics that the tracker passed without reading them.

    What a reset went back to and read after all is lost no longer.
    """
    cursor = await connection.execute(LOST, {"group": GROUP, "topics": list(topics)})
    return tuple(
        LostOffsets(topic=topic, partition=number, from_offset=begin, to_offset=end)
        for topic, number, begin, end in await cursor.fetchall()
    )


def advanced(
    positions: Mapping[Partition, int], read: Iterable[tuple[Partition, int]]
) -> dict[Partition, int]:
    """Return the positions after these records, each a partition and an offset, were read."""
    moved = dict(positions)
    for partition, offset in read:
        moved[partition] = max(moved.get(partition, 0), offset + 1)
    return moved


def as_gate_positions(positions: Mapping[Partition, int]) -> tuple[Position, ...]:
    """Return the positions as clearances and answers tell them."""
    return tuple(
        Position(topic=topic, partition=number, next_offset=next_offset)
        for (topic, number), next_offset in sorted(positions.items())
    )
