"""Where groups stand, as their rows say it and as the broker's logs compare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bus.consuming.claims import LogBounds, Obstacle, obstacle_of, unread_of
from bus.consuming.records import Partition
from bus.storage.connections import Connection


@dataclass(frozen=True, slots=True)
class StoredPosition:
    """One group's place in one partition."""

    group: str
    partition: Partition
    account_id: int
    account_number: int
    topic_id: str
    epoch: int
    first_offset: int
    next_offset: int
    updated_at: datetime

    def unread(self, bounds: LogBounds) -> int:
        """Return how many records are left; of a log of another topic id, all of them."""
        return unread_of(self.topic_id, self.next_offset, bounds)

    def obstacle(self, bounds: LogBounds) -> Obstacle | None:
        """Return why no worker goes on from here without an operator; None when it does."""
        return obstacle_of(self.topic_id, self.next_offset, bounds)


POSITIONS = """
SELECT position.group_name, position.topic, position.partition, account_id, number, topic_id,
       epoch, first_offset, next_offset, updated_at
FROM consumer_position AS position JOIN consumer_account USING (account_id)
"""


async def read_positions(connection: Connection) -> list[StoredPosition]:
    """Return every position of the owner's groups."""
    cursor = await connection.execute(f"{POSITIONS} ORDER BY 1, 2, 3".encode())
    return [_position(row) for row in await cursor.fetchall()]


async def read_position(
    connection: Connection, group: str, partition: Partition
) -> StoredPosition | None:
    """Return one position, or None where the group never claimed the partition."""
    cursor = await connection.execute(
        f"{POSITIONS} WHERE position.group_name = %s AND position.topic = %s"
        " AND position.partition = %s".encode(),
        [group, *partition],
    )
    row = await cursor.fetchone()
    return None if row is None else _position(row)


_Row = tuple[str, str, int, int, int, str, int, int, int, datetime]


def _position(row: _Row) -> StoredPosition:
    group, topic, partition, account_id, number, topic_id, epoch, first, following, updated = row
    return StoredPosition(
        group,
        Partition(topic, partition),
        account_id,
        number,
        topic_id,
        epoch,
        first,
        following,
        updated,
    )
