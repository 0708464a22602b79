"""When a fact was recorded: the append time, as a running maximum over its partition.

So the order of recorded times is the order of the log, whatever a broker's clock does. In a
simulated run it is business time instead: `ce_recordedtime`, which the clock file gave. A fact
that comes late, from a dead letter that was applied after all, has the time of its place in the
log: what is derived doesn't depend on when it could be read.
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
SELECT topic, partition, recorded_at, kafka_offset FROM fact_clock
JOIN unnest(%b::text[], %b::integer[]) AS asked (topic, partition) USING (topic, partition)
"""

MOVE_CLOCKS = """
INSERT INTO fact_clock (topic, partition, recorded_at, kafka_offset)
SELECT * FROM unnest(%b::text[], %b::integer[], %b::timestamptz[], %b::bigint[])
ON CONFLICT (topic, partition) DO UPDATE
SET recorded_at = excluded.recorded_at, kafka_offset = excluded.kafka_offset
"""

RECORDED_BEFORE = """
SELECT recorded_at FROM fact
WHERE topic = %s AND partition = %s AND kafka_offset < %s
ORDER BY kafka_offset DESC LIMIT 1
"""


async def record_times(
    connection: Connection, events: Sequence[Event], moment_of: MomentOf
) -> list[datetime]:
    """Return when each event was recorded, and keep the maxima for the next batch.

    A partition has one owner at a time, so its row is never waited for in good order.
    """
    clocks = await _read_clocks(connection, events)
    late = {each.id for each in events if each.offset <= clocks.get(_place(each), (None, -1))[1]}
    on_time = [each for each in events if each.id not in late]
    starts = {partition: recorded_at for partition, (recorded_at, _) in clocks.items()}
    recorded, reached = running_maxima(on_time, starts, moment_of)
    by_id = {event.id: moment for event, moment in zip(on_time, recorded, strict=True)}
    if on_time:
        await _move_clocks(connection, on_time, reached)
    for event in events:
        if event.id in late:
            by_id[event.id] = await _recorded_late(connection, event, moment_of(event))
    return [by_id[event.id] for event in events]


def _place(event: Event) -> Partition:
    return Partition(event.topic, event.partition)


async def _read_clocks(
    connection: Connection, events: Iterable[Event]
) -> dict[Partition, tuple[datetime, int]]:
    """Return, for each partition, the last recorded time and its offset."""
    partitions = {_place(event) for event in events}
    cursor = await connection.execute(
        READ_CLOCKS,
        [[each.topic for each in partitions], [each.number for each in partitions]],
    )
    return {Partition(row[0], row[1]): (row[2], row[3]) for row in await cursor.fetchall()}


async def _move_clocks(
    connection: Connection, events: Iterable[Event], reached: Mapping[Partition, datetime]
) -> None:
    offsets = {_place(event): event.offset for event in events}
    partitions = sorted(offsets)
    await connection.execute(
        MOVE_CLOCKS,
        [
            [each.topic for each in partitions],
            [each.number for each in partitions],
            [reached[each] for each in partitions],
            [offsets[each] for each in partitions],
        ],
    )


async def _recorded_late(connection: Connection, event: Event, own: datetime) -> datetime:
    """Return the recorded time of a fact's place in the log, among the facts that are stored."""
    place = [event.topic, event.partition, event.offset]
    cursor = await connection.execute(RECORDED_BEFORE, place)
    row = await cursor.fetchone()
    return own if row is None else max(own, row[0])
