"""Faults of the records themselves: bad ones, and ones that are no longer there."""

from __future__ import annotations

from confluent_kafka import TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    OffsetSpec,
)

from tests.chaos.arena import Arena
from tests.chaos.bad_records import BAD_KINDS, produce
from tests.chaos.workload import CUSTODY

ASK_SECONDS = 10.0
GOOD_FOR_EACH_BAD = 10
"""Fewer, and the breaker would rightly pause the group."""


def poison(arena: Arena) -> None:
    """Send every kind of bad record, each on a key of its own, among good ones."""
    kinds = arena.chance.sample(BAD_KINDS, len(BAD_KINDS))
    for some in (kinds[::3], kinds[1::3], kinds[2::3]):
        arena.until_committed(GOOD_FOR_EACH_BAD * len(some))
        bad = [kind(arena.chance) for kind in some]
        arena.recorder.history.planted |= {record.key for record in bad if record.key is not None}
        produce(arena.settings, bad)
    arena.until_applied(10)


def expire_unread(arena: Arena) -> None:
    """Let retention delete records that no worker has read, while all of them are away."""
    for worker in arena.workers:
        worker.kill()
    arena.until_committed(100)
    before = _starts(arena)
    _retain(arena, 1)
    try:
        arena.until(lambda: _starts(arena) > before, "retention deletes")
    finally:
        _retain(arena, -1)
        for worker in list(arena.workers):
            arena.replace_worker(worker)
    arena.until_applied(10)


def _admin(arena: Arena) -> AdminClient:
    return AdminClient({"bootstrap.servers": arena.settings.bootstrap, "log_level": 0})


def _retain(arena: Arena, milliseconds: int) -> None:
    """Keep the topic's records for so long, -1 for ever."""
    entry = ConfigEntry(
        "retention.ms", str(milliseconds), incremental_operation=AlterConfigOpType.SET
    )
    topic = arena.settings.names.on_broker(CUSTODY)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    admin = _admin(arena)
    (answer,) = admin.incremental_alter_configs([resource]).values()
    answer.result(ASK_SECONDS)


def _starts(arena: Arena) -> int:
    """Return the sum of the offsets at which the topic's partitions begin."""
    topic = arena.settings.names.on_broker(CUSTODY)
    admin = _admin(arena)
    count = len(admin.list_topics(topic, timeout=ASK_SECONDS).topics[topic].partitions)
    wanted = {TopicPartition(topic, number): OffsetSpec.earliest() for number in range(count)}
    answers = admin.list_offsets(wanted, request_timeout=ASK_SECONDS).values()
    return sum(answer.result().offset for answer in answers)
