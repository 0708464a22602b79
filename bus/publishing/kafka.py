"""Sending to one topic with aiokafka, which is untyped: `Any` stays within this file.

One batch per partition is in flight at most, and the next is built only when all were
confirmed. aiokafka alone would send the batch after a refused one, and a broker takes any
first batch from a producer that it doesn't know: a later record could then stand before an
earlier one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from itertools import chain, count
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.protocol.metadata import MetadataRequest

from bus.errors import UnavailableError
from bus.publishing.store import Placement, StoredRecord
from bus.publishing.tasks import end

MAX_BATCH_BYTES = 1_000_000
"""Below a broker's `message.max.bytes`, and above the largest record that the outbox takes."""

T = TypeVar("T")


class Sender:
    """Sends to one topic, until anything goes wrong; then `abort` it and make another.

    `check_cluster` is given the id of the cluster before anything is sent, and may refuse it.
    """

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        *,
        timeout_seconds: float,
        check_cluster: Callable[[str], None],
    ) -> None:
        self._topic = topic
        self._timeout_seconds = timeout_seconds
        self._check_cluster = check_cluster
        self._producer: Any = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            max_batch_size=MAX_BATCH_BYTES,
            request_timeout_ms=int(timeout_seconds * 1000),
        )
        self._partitions: list[int] = []

    async def start(self) -> None:
        """Connect. Raises UnavailableError, or what `check_cluster` raises; `abort` it then."""
        await self._limited(self._start())

    async def _start(self) -> None:
        client = self._producer.client
        await self._producer.start()
        answer = await client.send(client.get_random_node(), MetadataRequest([]))
        self._check_cluster(answer.cluster_id)
        self._partitions = sorted(await self._producer.partitions_for(self._topic))

    async def send(self, records: Sequence[StoredRecord]) -> list[Placement]:
        """Send as many of the first records as fit into one batch per partition; say where.

        Every source's records reach their partition in the order given. Raises UnavailableError
        when Kafka hasn't confirmed all of them: any of them may have arrived; `abort` it then.
        """
        batches = self._fill(records)
        sending = self._hand_over({number: batch for number, (batch, _) in batches.items()})
        bases = await self._limited(sending)
        return [
            Placement(record.source, record.sequence, number, offset)
            for number, (_, members) in batches.items()
            for record, offset in zip(members, count(bases[number]), strict=False)
        ]

    def _fill(self, records: Sequence[StoredRecord]) -> dict[int, tuple[Any, list[StoredRecord]]]:
        batches: dict[int, tuple[Any, list[StoredRecord]]] = {}
        for record in records:
            number = partition_of(record.key, len(self._partitions))
            if number not in batches:
                batches[number] = (self._producer.create_batch(), [])
            batch, members = batches[number]
            accepted = batch.append(
                timestamp=None, key=record.key, value=record.value, headers=record.headers
            )
            if accepted is None:
                break
            members.append(record)
        return batches

    async def _hand_over(self, batches: dict[int, Any]) -> dict[int, int]:
        """Return the offset of each partition's first record."""
        futures = {}
        for number, batch in batches.items():
            future = await self._producer.send_batch(batch, self._topic, partition=number)
            future.add_done_callback(_take_exception)
            futures[number] = future
        results = await asyncio.gather(*futures.values())
        offsets = {number: result.offset for number, result in zip(futures, results, strict=True)}
        if min(offsets.values()) < 0:
            raise UnavailableError(f"Kafka took records of {self._topic} and can't say where")
        return offsets

    async def _limited(self, work: Awaitable[T]) -> T:
        try:
            return await asyncio.wait_for(work, self._timeout_seconds)
        except TimeoutError as error:
            raise UnavailableError(
                f"Kafka confirmed nothing on {self._topic} for {self._timeout_seconds:g} s"
            ) from error
        except (KafkaError, OSError) as error:
            raise UnavailableError(f"Kafka can't take {self._topic}: {error!r}") from error

    async def stop(self) -> None:
        """Close the connections; nothing is in flight."""
        await self._producer.stop()

    async def abort(self) -> None:
        """Stop without waiting for what is in flight, which `stop` might do for ever.

        aiokafka has no call for this: its sending task is ended first, then its batches, which
        nobody waits for any more, so that `stop` finds nothing to flush.
        """
        producer, accumulator = self._producer, self._producer._message_accumulator
        await producer.client.close()
        if producer._sender.sender_task is not None:
            await end(producer._sender.sender_task)
        for batch in [*accumulator._pending_batches, *chain(*accumulator._batches.values())]:
            batch.done_noack()
        await producer.stop()


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition that Java's default partitioner chooses for this key."""
    number: int = (murmur2(key) & 0x7FFFFFFF) % partitions
    return number


def _take_exception(future: asyncio.Future[Any]) -> None:
    """Retrieve the exception, which would else be reported as lost when nobody waits."""
    if not future.cancelled():
        future.exception()
