"""The newest canary that a group has read, in its owner's schema: one row, however many come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from bus.events import Event
from bus.notices.canary import newest_canary
from bus.storage.connections import Connection

NOTE = """
INSERT INTO canary AS known (event_id, published_at, appended_at) VALUES (%s, %s, %s)
ON CONFLICT (the_row) DO UPDATE SET
    event_id = excluded.event_id, published_at = excluded.published_at,
    appended_at = excluded.appended_at, read_at = excluded.read_at
WHERE known.published_at < excluded.published_at
"""

READ = "SELECT published_at, appended_at, read_at FROM canary"


class ReadCanary(NamedTuple):
    """When a canary was published, appended by the broker, and read: each by another clock."""

    published_at: datetime
    appended_at: datetime
    read_at: datetime


async def note_canary(connection: Connection, events: Iterable[Event]) -> None:
    """Note the newest canary among these events, if there is one."""
    newest = newest_canary(events)
    if newest is not None:
        values = [newest.id, newest.recorded_time, newest.appended_at]
        await connection.execute(NOTE, values)


async def read_canary(connection: Connection) -> ReadCanary | None:
    """Return the newest canary that the owner's group has read."""
    row = await (await connection.execute(READ)).fetchone()
    return ReadCanary(*row) if row else None
