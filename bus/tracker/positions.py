"""How far the tracker has read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bus.consuming.records import Partition
from bus.notices.gate import Position
from bus.storage.connections import Connection

GROUP = "tracker"


async def read_positions(connection: Connection) -> dict[Partition, int]:
    """Return the next offset of each partition that the tracker has claimed."""
    cursor = await connection.execute(
        "SELECT topic, partition, next_offset FROM consumer_position WHERE group_name = %s", [GROUP]
    )
    return {Partition(row[0], row[1]): row[2] for row in await cursor.fetchall()}


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
