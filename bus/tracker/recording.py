"""When a fact was recorded: the append time, as a running maximum over its partition.

So the order of recorded times is the order of the log, whatever a broker's clock does. In a
simulated run it is business time instead: `ce_recordedtime`, which the clock file gave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from bus.consuming.records import Partition
from bus.events import Event
from bus.storage.connections import Connection

MomentOf = Callable[[Event], datetime]


def appended_at(event: Event) -> datetime:
    """Return what the broker says."""
    return event.appended_at


def recorded_time(event: Event) -> datetime:
    """Return what the store says that took the event: in a simulated run, business time."""
    return event.recorded_time


def running_maxima(
    events: Iterable[Event], starts: Mapping[Partition, datetime], moment_of: MomentOf
) -> tuple[list[datetime], dict[Partition, datetime]]:
    """Return each event's recorded time, and how far each partition has come.

    `events` are in log order for each partition.
    """
    reached = dict(starts)
    recorded = []
    for event in events:
        partition = Partition(event.topic, event.partition)
        before = reached.get(partition)
        own = moment_of(event)
        moment = own if before is None or own > before else before
        reached[partition] = moment
        recorded.append(moment)
    return recorded, reached


READ_CLOCKS = """
SELECT topic, partition, recorded_at FROM fact_clock
JOIN unnest(%b::text[], %b::integer[]) AS asked (topic, partition) USING (topic, partition)
"""

MOVE_CLOCKS = """
INSERT INTO fact_clock (topic, partition, recorded_at)
SELECT * FROM unnest(%b::text[], %b::integer[], %b::timestamptz[])
ON CONFLICT (topic, partition) DO UPDATE SET recorded_at = excluded.recorded_at
"""


async def record_times(
    connection: Connection, events: Sequence[Event], moment_of: MomentOf
) -> list[datetime]:
    """Return when each event was recorded, and keep the maxima for the next batch.

    A partition has one owner at a time, so its row is never waited for in good order.
    """
    partitions = sorted({Partition(event.topic, event.partition) for event in events})
    topics = [each.topic for each in partitions]
    numbers = [each.number for each in partitions]
    cursor = await connection.execute(READ_CLOCKS, [topics, numbers])
    starts = {Partition(row[0], row[1]): row[2] for row in await cursor.fetchall()}
    recorded, reached = running_maxima(events, starts, moment_of)
    moments = [reached[each] for each in partitions]
    await connection.execute(MOVE_CLOCKS, [topics, numbers, moments])
    return recorded
