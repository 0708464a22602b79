"""Moments as people write them: a date alone is 00:00 in the notice's zone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from bus.errors import UsageError
from bus.storage.connections import Connection


def read_moment(text: str, zone: tzinfo) -> datetime:
    """Return the moment, in UTC; without an offset of its own it is read in this zone.

    Raises UsageError where the text is no moment.
    """
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):  # the calendar's first and last hours have no UTC
        raise UsageError(
            f"{text!r} is no moment: write 2018-05-07, or 2018-05-07T09:00:00-04:00"
        ) from None


ZONE = """
SELECT data ->> 'effective_time_zone' FROM fact WHERE kind = 'NOTICE' AND policy_id = %s
ORDER BY (data ->> 'revision')::integer DESC, recorded_at DESC LIMIT 1
"""


async def zone_of(connection: Connection, policy_id: str) -> tzinfo:
    """Return the zone of the policy's highest revision; UTC where there is none to be known."""
    cursor = await connection.execute(ZONE, [policy_id])
    row = await cursor.fetchone()
    return find_zone(row[0]) if row else UTC


def find_zone(name: str) -> tzinfo:
    """Return the zone of that name; UTC where this machine knows none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return UTC


def in_zone(moment: datetime, name: str) -> datetime:
    """Return the moment in that zone; in UTC where the zone's calendar has no such hour."""
    try:
        return moment.astimezone(find_zone(name))
    except OverflowError:
        return moment.astimezone(UTC)
