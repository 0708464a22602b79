"""Who does what in a cluster of our own: a partition's leader, the active controller.

Kafka's clients are never told which node the active controller is: a broker names any broker
that would forward to it. Each node keeps what it knows of the quorum in a file (KIP-595).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, TopicMetadata

from bus.errors import UnavailableError

_QUORUM_STATE = Path("__cluster_metadata-0") / "quorum-state"
_ASK_SECONDS = 10.0


def leader_of(bootstrap: str, topic: str, partition: int) -> int | None:
    """Return the number of the broker that leads the partition, or None while none does.

    Raises UnavailableError if no broker answers.
    """
    leader = _metadata(bootstrap, topic).partitions[partition].leader
    return leader if leader >= 0 else None


def are_replicas_in_sync(bootstrap: str, topic: str) -> bool:
    """Tell whether every replica of the topic's partitions has what its leader has."""
    return all(
        len(each.isrs) == len(each.replicas)
        for each in _metadata(bootstrap, topic).partitions.values()
    )


def active_controller(data: Mapping[int, Path]) -> int | None:
    """Return which of these nodes leads the controllers' quorum, or None while none does.

    `data` gives the data directory of each node that runs. The node with the highest epoch
    knows best; one that was away still names the leader of its time.
    """
    known = [_read_quorum(directory / _QUORUM_STATE) for directory in data.values()]
    _, leader = max(known, default=(-1, -1))
    return leader if leader in data else None


def _read_quorum(path: Path) -> tuple[int, int]:
    """Return the epoch and the leader's number, -1 where there is none."""
    try:
        state = json.loads(path.read_text("utf-8"))
        return int(state["leaderEpoch"]), int(state["leaderId"])
    except (FileNotFoundError, ValueError):  # not written yet, or being written
        return -1, -1


def _metadata(bootstrap: str, topic: str) -> TopicMetadata:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    try:
        return admin.list_topics(topic, timeout=_ASK_SECONDS).topics[topic]
    except KafkaException as error:
        raise UnavailableError(f"the brokers at {bootstrap} give no answer: {error}") from error
