"""The catalogue on a broker: create what is missing, and tell what differs.

It uses confluent-kafka, whose answers block: an async caller asks in a thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (
    AdminClient,
    ClusterMetadata,
    ConfigResource,
    NewTopic,
    TopicMetadata,
)

from bus.errors import FaultError, UnavailableError, UsageError
from bus.topics import OWNERS, Names, Topic, catalogue

TIMEOUT_SECONDS = 10.0
VISIBILITY_POLL_SECONDS = 0.02
MAX_REPLICATION = 3
MAX_MESSAGE_BYTES = 1_048_588  # Kafka's own default, stated because publishing relies on it

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing on the broker that isn't as the catalogue says. `topic` is its catalogue name."""

    topic: str
    what: str
    wanted: str
    found: str


def create_topics(bootstrap: str, names: Names, topics: Sequence[Topic]) -> list[str]:
    """Create those of the topics that are missing; return their catalogue names.

    Changes nothing about a topic that exists. Raises UnavailableError if the broker is away.
    """
    admin = connect(bootstrap)
    cluster = _metadata(admin, bootstrap)
    missing = {
        names.on_broker(topic.name): topic
        for topic in topics
        if names.on_broker(topic.name) not in cluster.topics
    }
    if not missing:
        return []
    replication = min(MAX_REPLICATION, len(cluster.brokers))
    wanted = [
        NewTopic(
            name,
            num_partitions=topic.content.partitions,
            replication_factor=replication,
            config=wanted_config(replication),
        )
        for name, topic in missing.items()
    ]
    outcomes = admin.create_topics(wanted, operation_timeout=TIMEOUT_SECONDS)
    created = [
        topic.name for name, topic in missing.items() if _created(name, outcomes[name].result)
    ]
    _await_visible(admin, bootstrap, missing.keys())
    return created


def _created(name: str, outcome: Callable[[], object]) -> bool:
    """Whether this call made the topic: another process may have been quicker."""
    try:
        outcome()
    except KafkaException as error:
        cause = _cause(error)
        if cause.code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        raise FaultError(f"the broker refused to create {name}: {cause.str()}") from error
    return True


def _await_visible(admin: AdminClient, bootstrap: str, topics: Set[str]) -> None:
    """Return when the broker knows the topics: the controller answers a moment earlier."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not topics <= _metadata(admin, bootstrap).topics.keys():
        if time.monotonic() > deadline:
            raise UnavailableError(
                f"the broker at {bootstrap} doesn't show its new topics after "
                f"{TIMEOUT_SECONDS:.0f} s; look into its log, then try again"
            )
        time.sleep(VISIBILITY_POLL_SECONDS)


def wanted_config(replication: int) -> dict[str, str]:
    """Return the settings that the catalogue asks for.

    Nothing expires, also where a topic only tells what was derived: the outbox keeps its rows
    and the inbox its ids for as long as the topic keeps its records.
    """
    return {
        "min.insync.replicas": str(max(1, replication - 1)),
        "unclean.leader.election.enable": "false",
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
    }


def find_drift(bootstrap: str, names: Names) -> list[Drift]:
    """Compare the broker with the catalogue; an empty list when they agree.

    Raises UnavailableError if the broker is away.
    """
    admin = connect(bootstrap)
    cluster = _metadata(admin, bootstrap)
    present = {
        topic: cluster.topics[names.on_broker(topic.name)]
        for topic in catalogue().values()
        if names.on_broker(topic.name) in cluster.topics
    }
    configs = _configs(admin, bootstrap, [names.on_broker(topic.name) for topic in present])
    drift = [
        Drift(name, "topic", "exists", "missing")
        for name, topic in catalogue().items()
        if topic not in present
    ]
    for topic, found in present.items():
        drift += _drift_of_shape(topic, found, len(cluster.brokers))
        drift += _drift_of_config(topic, found, configs[names.on_broker(topic.name)])
    return drift + [
        Drift(name, "topic", "not in the catalogue", "exists")
        for name in _unknown_topics(cluster, names)
    ]


def _drift_of_shape(topic: Topic, found: TopicMetadata, brokers: int) -> Iterator[Drift]:
    partitions = len(found.partitions)
    if partitions != topic.content.partitions:
        yield Drift(topic.name, "partitions", str(topic.content.partitions), str(partitions))
    replication = _replication(found)
    if replication < min(MAX_REPLICATION, brokers):
        wanted = str(min(MAX_REPLICATION, brokers))
        yield Drift(topic.name, "replication", wanted, str(replication))


def _drift_of_config(topic: Topic, found: TopicMetadata, config: dict[str, str]) -> Iterator[Drift]:
    for name, wanted in wanted_config(_replication(found)).items():
        if config.get(name) != wanted:
            yield Drift(topic.name, name, wanted, config.get(name, "unknown"))


def _replication(found: TopicMetadata) -> int:
    return min((len(each.replicas) for each in found.partitions.values()), default=0)


def _unknown_topics(cluster: ClusterMetadata, names: Names) -> Iterator[str]:
    """Yield topics that look like ours, under our prefix, and aren't in the catalogue."""
    for name in sorted(cluster.topics):
        if not name.startswith(names.prefix):
            continue
        ours = names.in_catalogue(name)
        if ours.partition(".")[0] in (*OWNERS, "dlq") and ours not in catalogue():
            yield ours


def _configs(
    admin: AdminClient, bootstrap: str, topics: Sequence[str]
) -> dict[str, dict[str, str]]:
    if not topics:
        return {}
    resources = [ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in topics]
    answers = admin.describe_configs(resources, request_timeout=TIMEOUT_SECONDS)
    return {
        resource.name: {name: entry.value for name, entry in ask(bootstrap, answer.result).items()}
        for resource, answer in answers.items()
    }


def delete_topics(bootstrap: str, names: Names, topics: Sequence[Topic]) -> None:
    """Delete the topics with all their records: for runs that had a prefix of their own.

    Raises UsageError without a prefix: the bus's own records are never deleted.
    """
    if not names.prefix:
        raise UsageError("topics without a prefix are the bus's own, and are never deleted")
    admin = connect(bootstrap)
    wanted = [names.on_broker(topic.name) for topic in topics]
    for outcome in admin.delete_topics(wanted, operation_timeout=TIMEOUT_SECONDS).values():
        ask(bootstrap, outcome.result)


class TopicIds:
    """Asks for the ids that the broker gave topics at their creation. Blocks: ask in a thread.

    A topic that was removed and created again has another id.
    """

    def __init__(self, bootstrap: str, names: Names) -> None:
        self._bootstrap = bootstrap
        self._names = names
        self._admin = connect(bootstrap)

    def of(self, topics: Sequence[str]) -> dict[str, str]:
        """Return each topic's id, by catalogue name.

        Raises FaultError if a topic is missing, UnavailableError if the broker is away.
        """
        collection = TopicCollection([self._names.on_broker(topic) for topic in topics])
        answers = self._admin.describe_topics(collection, request_timeout=TIMEOUT_SECONDS)
        return {
            self._names.in_catalogue(name): str(ask(self._bootstrap, answer.result).topic_id)
            for name, answer in answers.items()
        }


def cluster_id(bootstrap: str) -> str:
    """Return the id of the cluster; raise UnavailableError if the broker is away."""
    found = _metadata(connect(bootstrap), bootstrap).cluster_id
    if found is None:
        raise FaultError(f"the broker at {bootstrap} doesn't name its cluster")
    return str(found)


def connect(bootstrap: str) -> AdminClient:
    """Return a client. It connects when it is first asked, and logs nothing by itself."""
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


def _metadata(admin: AdminClient, bootstrap: str) -> ClusterMetadata:
    return ask(bootstrap, lambda: admin.list_topics(timeout=TIMEOUT_SECONDS))


def ask(bootstrap: str, question: Callable[[], T]) -> T:
    """Return the broker's answer, with confluent-kafka's errors as ours."""
    try:
        return question()
    except KafkaException as error:
        cause = _cause(error)
        if cause.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise FaultError(
                f"a topic is missing at {bootstrap}: run `bus topics apply`, then try again"
            ) from error
        raise UnavailableError(
            f"the broker at {bootstrap} gives no answer ({cause.str()}); "
            "is it running, and is BUS_BOOTSTRAP right?"
        ) from error


def _cause(error: KafkaException) -> KafkaError:
    cause = error.args[0]
    return cause if isinstance(cause, KafkaError) else KafkaError(KafkaError._FAIL, str(cause))
