"""How old the oldest unread record of a group is, asked from outside the group.

It uses confluent-kafka's administration, whose answers block: an async caller asks in a thread.
No record is fetched for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from confluent_kafka.admin import OffsetSpec

from bus.consuming.log_bounds import list_offsets
from bus.consuming.records import Partition
from bus.topic_admin import connect
from bus.topics import Names, Topic

NO_SUCH_RECORD = -1
"""The broker's answer where no record is as young as asked."""


def lag_bound(
    bootstrap: str,
    names: Names,
    topics: Sequence[Topic],
    positions: Mapping[Partition, int],
    *,
    asked_at: datetime,
    limit: timedelta,
) -> timedelta | None:
    """Return zero when the group has read everything, `limit` when what is unread is younger.

    None when an unread record may be older. A partition without a position is unread from its
    start. Ages are counted from the broker's append time. Raises UnavailableError if the broker
    doesn't answer for every partition.
    """
    admin = connect(bootstrap)
    wanted = [Partition(topic.name, n) for topic in topics for n in range(topic.content.partitions)]
    ends = list_offsets(admin, bootstrap, names, wanted, OffsetSpec.latest())
    unread = [each for each in wanted if positions.get(each, 0) != ends[each]]
    if not unread:
        return timedelta(0)
    since = int((asked_at - limit).timestamp() * 1000)
    young = list_offsets(admin, bootstrap, names, unread, OffsetSpec.for_timestamp(since))
    if all(_is_young(positions.get(each, 0), young[each], ends[each]) for each in unread):
        return limit
    return None


def _is_young(position: int, first_young: int, end: int) -> bool:
    """Whether everything from the position on is young. A position beyond the end never is."""
    return first_young != NO_SUCH_RECORD and first_young <= position <= end
