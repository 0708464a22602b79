"""What the broker says of partitions, asked by someone who consumes nothing.

It uses confluent-kafka, whose answers block: an async caller asks in a thread.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from confluent_kafka import IsolationLevel, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from bus.consuming.claims import LogBounds
from bus.consuming.records import Partition
from bus.errors import FaultError, UnavailableError
from bus.topic_admin import ask, connect
from bus.topics import Names

REQUEST_SECONDS = 5.0

RETRY_SECONDS = 0.1
"""A partition whose leader is just being chosen refuses; asked again, it answers."""


def read_log_bounds(
    bootstrap: str, names: Names, topics: Iterable[str]
) -> dict[Partition, LogBounds]:
    """Return topic id, start and end of each partition of these topics.

    A topic that isn't there has no partition. Raises UnavailableError if the broker is away.
    """
    wanted = sorted(set(topics))
    deadline = time.monotonic() + REQUEST_SECONDS
    while True:
        try:
            return _read(bootstrap, names, wanted)
        except UnavailableError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(RETRY_SECONDS)


def _read(bootstrap: str, names: Names, topics: list[str]) -> dict[Partition, LogBounds]:
    admin = connect(bootstrap)
    ids = _topic_ids(admin, bootstrap, names, topics)
    starts = list_offsets(admin, bootstrap, names, ids, OffsetSpec.earliest())
    ends = list_offsets(admin, bootstrap, names, ids, OffsetSpec.latest())
    return {each: LogBounds(ids[each], starts[each], ends[each]) for each in ids}


def _topic_ids(
    admin: AdminClient, bootstrap: str, names: Names, topics: list[str]
) -> dict[Partition, str]:
    """Return each partition's topic id; a topic that isn't there is left out."""
    if not topics:
        return {}
    collection = TopicCollection([names.on_broker(topic) for topic in topics])
    answers = admin.describe_topics(collection, request_timeout=REQUEST_SECONDS)
    ids = {}
    for name, answer in answers.items():
        try:
            found = ask(bootstrap, answer.result)
        except FaultError:
            continue
        for partition in found.partitions:
            ids[Partition(names.in_catalogue(name), partition.id)] = str(found.topic_id)
    return ids


def list_offsets(
    admin: AdminClient,
    bootstrap: str,
    names: Names,
    partitions: Iterable[Partition],
    spec: OffsetSpec,
) -> dict[Partition, int]:
    """Return the offset that the broker finds in each partition; raise UnavailableError if not."""
    wanted = {each: TopicPartition(names.on_broker(each.topic), each.number) for each in partitions}
    if not wanted:
        return {}
    answers: dict[TopicPartition, Any] = admin.list_offsets(
        dict.fromkeys(wanted.values(), spec),
        isolation_level=IsolationLevel.READ_UNCOMMITTED,
        request_timeout=REQUEST_SECONDS,
    )
    return {each: int(ask(bootstrap, answers[tp].result).offset) for each, tp in wanted.items()}
