"""How far a group is behind: from its database's positions and the broker's log. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bus.consuming.claims import LogBounds, unread_of
from bus.consuming.records import Partition
from bus.monitor.groups import Reached

Places = dict[Partition, int]


def unread_by_partition(
    partitions: Iterable[Partition],
    reached: Mapping[Partition, Reached],
    bounds: Mapping[Partition, LogBounds],
) -> Places:
    """Return how many records wait in each partition that the broker has.

    Of a partition that the group has never claimed, all do.
    """
    return {each: _unread(reached.get(each), bounds[each]) for each in partitions if each in bounds}


def next_to_read(unread: Mapping[Partition, int], bounds: Mapping[Partition, LogBounds]) -> Places:
    """Return the offset of the first record that waits, of each partition where one does."""
    return {each: bounds[each].end - count for each, count in unread.items() if count}


def lag_seconds(
    next_offsets: Mapping[Partition, int],
    appended_at: Mapping[tuple[Partition, int], float],
    now: float,
) -> dict[str, float]:
    """Return by topic how old the record is that is read next, in its worst partition.

    A record whose age nobody knows counts for nothing. Topics where nothing waits are left out.
    """
    worst: dict[str, float] = {}
    for partition, offset in next_offsets.items():
        moment = appended_at.get((partition, offset))
        if moment is not None:
            age = max(0.0, now - moment)
            worst[partition.topic] = max(age, worst.get(partition.topic, 0.0))
    return worst


def _unread(reached: Reached | None, bounds: LogBounds) -> int:
    if reached is None:
        return bounds.end - bounds.start
    return unread_of(reached.topic_id, reached.next_offset, bounds)
