"""FastStream, and the consumer that is a member of a group, wired to the engine.

FastStream brings the consumer's life cycle and the batch subscription; the traps that each
setting below avoids are told in `deploy/decisions/faststream-wiring.md`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from bus.consuming import tolerant_records
from bus.consuming.claims import LogBounds
from bus.consuming.records import Partition
from bus.consuming.subscription import Subscription
from bus.errors import UnavailableError
from bus.metrics.counted import COMMITS_FAILED
from bus.settings import Settings
from bus.topic_admin import TopicIds
from bus.topics import Names

logger = structlog.get_logger()

tolerant_records.install()

POLL_MILLISECONDS = 20
"""How long a poll waits. FastStream sleeps as long again after an empty one, so this is latency."""

FETCH_WAIT_MILLISECONDS = 50
"""How long the broker holds a fetch that finds nothing; aiokafka's default is 500.

A consumer has one fetch under way with each broker. While the one for its idle partitions is held,
none is sent for a busy partition whose records are used up: a replay stood still for up to a third
of a second, every few thousand records.
"""

METADATA_MILLISECONDS = 5_000
"""How soon a topic that was made or recreated is noticed; aiokafka's default is five minutes."""

GRACE_SECONDS = 1.0
"""How long FastStream waits for a handler at a stop; the reader has let it go before."""

REQUEST_SECONDS = 5.0
"""The limit of one request to the broker. aiokafka retries some of them for ever."""

OnBatch = Callable[[dict[Partition, list[Any]]], Awaitable[None]]
OnPartitions = Callable[[set[Partition]], Awaitable[None]]
OnSeek = Callable[[Collection[Partition]], None]


class KafkaLog:
    """`bus.consuming.log.Log` on the consumer of a FastStream subscriber.

    `on_seek` is told first, for what was fetched ahead and isn't in the consumer any more.
    """

    def __init__(
        self, subscriber: Any, group: str, bootstrap: str, names: Names, on_seek: OnSeek
    ) -> None:
        self._subscriber = subscriber
        self._group = group
        self._on_seek = on_seek
        self._names = names
        self._topic_ids = TopicIds(bootstrap, names)

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        if self._subscriber.consumer is None:
            raise UnavailableError("the consumer has stopped")
        return self._subscriber.consumer

    def seek(self, positions: Mapping[Partition, int]) -> None:
        self._on_seek(positions.keys())
        for partition, tp in self._still_assigned(positions).items():
            self._consumer.seek(tp, positions[partition])

    def pause(self, partitions: Collection[Partition]) -> None:
        if held := self._still_assigned(partitions):
            self._consumer.pause(*held.values())

    def resume(self, partitions: Collection[Partition]) -> None:
        if held := self._still_assigned(partitions):
            self._consumer.resume(*held.values())

    async def bounds(self, partitions: Collection[Partition]) -> dict[Partition, LogBounds]:
        tps = {partition: self._tp(partition) for partition in partitions}
        topics = sorted({partition.topic for partition in partitions})
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                starts = await self._consumer.beginning_offsets(list(tps.values()))
                ends = await self._consumer.end_offsets(list(tps.values()))
                ids = await asyncio.to_thread(self._topic_ids.of, topics)
        except (KafkaError, TimeoutError) as error:
            raise UnavailableError(f"the broker doesn't answer: {type(error).__name__}") from error
        return {
            partition: LogBounds(ids[partition.topic], starts[tp], ends[tp])
            for partition, tp in tps.items()
        }

    async def commit(self, positions: Mapping[Partition, int]) -> bool:
        offsets = {tp: positions[each] for each, tp in self._still_assigned(positions).items()}
        if not offsets:
            return False
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                await self._consumer.commit(offsets)
        except (KafkaError, TimeoutError) as error:
            COMMITS_FAILED.labels(self._group).inc()
            logger.warning("consumer.commit_failed", error=type(error).__name__)
            return False
        return True

    def _tp(self, partition: Partition) -> TopicPartition:
        return TopicPartition(self._names.on_broker(partition.topic), partition.number)

    def _still_assigned(self, partitions: Collection[Partition]) -> dict[Partition, Any]:
        assigned = self._consumer.assignment()
        tps = {partition: self._tp(partition) for partition in partitions}
        return {partition: tp for partition, tp in tps.items() if tp in assigned}


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells a worker of its partitions, paused: none is fetched before it is claimed."""

    def __init__(
        self,
        names: Names,
        consumer: Callable[[], AIOKafkaConsumer],
        assigned: OnPartitions,
        revoked: OnPartitions,
    ) -> None:
        self._names = names
        self._consumer = consumer
        self._assigned = assigned
        self._revoked = revoked

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        consumer = self._consumer()
        if assigned:
            consumer.pause(*assigned)
        for tp in assigned:
            # A position of its own keeps aiokafka from asking for the committed offset, whose
            # absence it reports as an error, after which FastStream sleeps for 5 s.
            consumer.seek(tp, 0)
        await self._assigned(self._partitions(assigned))

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._revoked(self._partitions(revoked))

    def _partitions(self, tps: set[TopicPartition]) -> set[Partition]:
        return {Partition(self._names.in_catalogue(tp.topic), tp.partition) for tp in tps}


class GroupMember:
    """One membership in a consumer group, from `start` to `stop`; never started twice."""

    def __init__(
        self,
        settings: Settings,
        subscription: Subscription,
        *,
        on_batch: OnBatch,
        on_seek: OnSeek,
        assigned: OnPartitions,
        revoked: OnPartitions,
    ) -> None:
        self._names = settings.names
        self._bootstrap = settings.bootstrap
        self._on_batch = on_batch
        self._broker = KafkaBroker(
            settings.bootstrap.split(","),
            logger=None,
            apply_types=False,
            consumer_only=True,
            allow_auto_create_topics=False,
            graceful_timeout=GRACE_SECONDS,
            metadata_max_age_ms=METADATA_MILLISECONDS,
        )
        self._subscriber = self._broker.subscriber(
            *(self._names.on_broker(topic) for topic in subscription.topics),
            group_id=self._names.on_broker(subscription.group),
            batch=True,
            max_records=settings.batch_records,
            batch_timeout_ms=POLL_MILLISECONDS,
            fetch_max_wait_ms=FETCH_WAIT_MILLISECONDS,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            auto_offset_reset="none",
            listener=Listener(settings.names, lambda: self._subscriber.consumer, assigned, revoked),
            parser=parse_nothing,
            decoder=hand_over,
            session_timeout_ms=int(settings.session_timeout * 1000),
            heartbeat_interval_ms=int(settings.session_timeout * 1000 / 3),
            rebalance_timeout_ms=int(settings.rebalance_timeout * 1000),
            max_poll_interval_ms=int(settings.max_poll_interval * 1000),
        )
        self._subscriber(self._consume)
        self.log = KafkaLog(
            self._subscriber, subscription.group, settings.bootstrap, settings.names, on_seek
        )

    async def start(self) -> None:
        """Join the group; raise UnavailableError if the broker is away."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS * 2):
                await self._broker.start()
        except (KafkaError, OSError, TimeoutError) as error:
            await self.stop()
            raise UnavailableError(
                f"the broker at {self._bootstrap} can't be reached: {error}"
            ) from error

    async def stop(self) -> None:
        """Leave the group and close every connection."""
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(2 * GRACE_SECONDS):
                await self._broker.stop()

    @property
    def is_polling(self) -> bool:
        """Whether FastStream's consume loop is alive."""
        return any(not task.done() for task in self._subscriber.tasks)

    async def _consume(self, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        await self._on_batch(self._by_partition(records))

    def _by_partition(
        self, records: Sequence[ConsumerRecord[Any, Any]]
    ) -> dict[Partition, list[Any]]:
        """Group the records, which come partition by partition."""
        return {
            Partition(self._names.in_catalogue(topic), number): list(group)
            for (topic, number), group in groupby(
                records, lambda record: (record.topic, record.partition)
            )
        }


async def parse_nothing(records: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaMessage:
    """Wrap a batch without looking into it: FastStream's own parser fails on odd headers."""
    return KafkaMessage(body=records, raw_message=records, consumer=FAKE_CONSUMER)


async def hand_over(message: KafkaMessage) -> Any:
    """Give the handler the records as they came."""
    return message.raw_message
