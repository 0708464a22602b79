"""How old the oldest unread record of a group is, asked from outside the group.

It uses confluent-kafka's administration, whose answers block: an async caller asks in a thread.
No record is fetched for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, cast

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from bus.consuming.records import Partition
from bus.errors import UnavailableError
from bus.topics import Names, Topic

TIMEOUT_SECONDS = 5.0
NO_SUCH_RECORD = -1
"""The broker's answer where no record is as young as asked."""


class _Found(Protocol):
    """What the broker found: the published types leave the attribute out."""

    offset: int


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
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    wanted = [Partition(topic.name, n) for topic in topics for n in range(topic.content.partitions)]
    ends = _offsets(admin, names, wanted, OffsetSpec.latest())
    unread = [each for each in wanted if positions.get(each, 0) != ends[each]]
    if not unread:
        return timedelta(0)
    since = int((asked_at - limit).timestamp() * 1000)
    young = _offsets(admin, names, unread, OffsetSpec.for_timestamp(since))
    if all(_is_young(positions.get(each, 0), young[each], ends[each]) for each in unread):
        return limit
    return None


def _is_young(position: int, first_young: int, end: int) -> bool:
    """Whether everything from the position on is young. A position beyond the end never is."""
    return first_young != NO_SUCH_RECORD and first_young <= position <= end


def _offsets(
    admin: AdminClient, names: Names, partitions: Sequence[Partition], spec: OffsetSpec
) -> dict[Partition, int]:
    asked = {TopicPartition(names.on_broker(each.topic), each.number): spec for each in partitions}
    try:
        answers = admin.list_offsets(
            asked,
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=TIMEOUT_SECONDS,
        )
        found = {place: cast("_Found", answer.result()) for place, answer in answers.items()}
    except KafkaException as error:
        cause = error.args[0]
        detail = cause.str() if isinstance(cause, KafkaError) else str(cause)
        raise UnavailableError(f"the broker doesn't tell the log's ends: {detail}") from error
    return {
        Partition(names.in_catalogue(place.topic), place.partition): each.offset
        for place, each in found.items()
    }
