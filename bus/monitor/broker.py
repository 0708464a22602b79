"""What the broker says of groups and their topics, asked by somebody who joins none. Blocks."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaException, TopicPartition

from bus.consuming.claims import LogBounds
from bus.consuming.group_members import count_members
from bus.consuming.log_bounds import read_log_bounds
from bus.consuming.records import Partition
from bus.errors import UnavailableError
from bus.monitor.groups import Group
from bus.settings import Settings
from bus.topics import Names

READ_SECONDS = 5.0
"""How long the broker may take to give one record of each partition that is behind."""

FETCH_BYTES = 1_000
"""Of each partition one record is wanted; the broker gives a whole batch all the same."""

AppendTimes = dict[tuple[Partition, int], float]
"""When records were appended, in seconds since 1970, by their place."""


@dataclass(frozen=True, slots=True)
class BrokerState:
    """What the broker says: where each log begins and ends, and how many members groups have."""

    bounds: Mapping[Partition, LogBounds]
    members: Mapping[str, int]


@dataclass(slots=True)
class Broker:
    """Asks one broker, and remembers when the records were appended that groups read next.

    A group that stands still costs nothing more.
    """

    settings: Settings
    _known: AppendTimes = field(default_factory=dict)

    def look(self, groups: Sequence[Group]) -> BrokerState:
        """Return what the broker says of these groups; raise UnavailableError if it is away."""
        settings = self.settings
        topics = {topic for group in groups for topic in group.topics}
        bounds = read_log_bounds(settings.bootstrap, settings.names, topics)
        members = {
            each.name: count_members(settings.bootstrap, settings.names, each.name)
            for each in groups
        }
        return BrokerState(bounds, members)

    def append_times(self, places: set[tuple[Partition, int]]) -> AppendTimes:
        """Return when the records at these places were appended.

        A record that the broker doesn't give in time, such as a damaged one, is left out.
        """
        self._known = {place: at for place, at in self._known.items() if place in places}
        if missing := places - self._known.keys():
            self._known |= read_append_times(
                self.settings.bootstrap, self.settings.names, missing, READ_SECONDS
            )
        return dict(self._known)


def read_append_times(
    bootstrap: str, names: Names, places: set[tuple[Partition, int]], limit_seconds: float
) -> AppendTimes:
    """Read the records at these places, in no group, for their append times alone.

    A partition may be asked about at several offsets. Raises UnavailableError if the broker is
    away.
    """
    found: AppendTimes = {}
    left = sorted(places)
    while left:
        first = dict(reversed(left))  # of each partition its lowest offset
        found |= _read_once(bootstrap, names, first, limit_seconds)
        left = [place for place in left if first[place[0]] != place[1]]
    return found


def _read_once(
    bootstrap: str, names: Names, places: Mapping[Partition, int], limit_seconds: float
) -> AppendTimes:
    wanted = {
        (names.on_broker(each.topic), each.number): (each, offset)
        for each, offset in places.items()
    }
    consumer = Consumer(_options(bootstrap))
    found: AppendTimes = {}
    deadline = time.monotonic() + limit_seconds
    try:
        consumer.assign([TopicPartition(*name, offset) for name, (_, offset) in wanted.items()])
        while len(found) < len(wanted) and (left := deadline - time.monotonic()) > 0:
            message = consumer.poll(left)
            if message is None or message.error() is not None:
                continue
            place = wanted[str(message.topic()), int(message.partition() or 0)]
            if message.offset() == place[1]:
                found[place] = message.timestamp()[1] / 1000
                consumer.incremental_unassign(
                    [TopicPartition(str(message.topic()), int(message.partition() or 0))]
                )
    except KafkaException as error:
        raise UnavailableError(f"the broker at {bootstrap} gives no records: {error}") from error
    finally:
        consumer.close()
    return found


def _options(bootstrap: str) -> dict[str, str | int | float | bool | None]:
    return {
        "bootstrap.servers": bootstrap,
        "group.id": "unused",  # the client wants one; nothing is joined and nothing committed
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "fetch.message.max.bytes": FETCH_BYTES,
        "queued.min.messages": 1,
        "log_level": 0,
    }
