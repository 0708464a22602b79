"""Reading topics outside of any group: nothing is committed, nothing is applied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from bus.codec.decoding import Decoder
from bus.codec.schemas import packaged
from bus.consuming import tolerant_records
from bus.consuming.log_bounds import read_log_bounds
from bus.consuming.parser import Parser
from bus.consuming.records import Partition, Rejected
from bus.errors import UnavailableError, UnknownNameError
from bus.events import Event
from bus.settings import Settings
from bus.topics import Topic, find_topic

tolerant_records.install()

POLL_MILLISECONDS = 200

STANDSTILL_POLLS = 150
"""So many polls without a record, half a minute, and the broker can't be read."""


async def tail(
    settings: Settings, topic: Topic, *, from_beginning: bool
) -> AsyncGenerator[Event | Rejected, None]:
    """Yield the topic's records as events or as rejected records, for ever, as they arrive.

    They begin at the log's start or at its present end, in order within each partition. Raises
    UnknownNameError if the broker has no such topic, UnavailableError if it is away.
    """
    names = settings.names
    bounds = await asyncio.to_thread(read_log_bounds, settings.bootstrap, names, [topic.name])
    if not bounds:
        raise UnknownNameError(
            f"the broker at {settings.bootstrap} has no topic {names.on_broker(topic.name)}: "
            "run `bus topics apply`"
        )
    places = {
        TopicPartition(names.on_broker(topic.name), each.number): (
            bound.start if from_beginning else bound.end
        )
        for each, bound in bounds.items()
    }
    parser = Parser(Decoder(packaged()))
    consumer = _consumer(settings)
    try:
        await consumer.start()
        consumer.assign(list(places))
        for place, offset in places.items():
            consumer.seek(place, offset)
        while True:
            batches = await consumer.getmany(timeout_ms=POLL_MILLISECONDS)
            for place, records in batches.items():
                partition = Partition(topic.name, place.partition)
                for record in records:
                    yield parser.parse(record, topic, partition)
    except KafkaError as error:
        raise UnavailableError(
            f"{topic.name} can't be read at {settings.bootstrap} any more "
            f"({type(error).__name__}): is the broker running?"
        ) from error
    finally:
        await consumer.stop()


async def read_again(
    settings: Settings, spans: Mapping[Partition, tuple[int, int]]
) -> AsyncGenerator[list[Event | Rejected], None]:
    """Yield what stands between two offsets of each partition, the second exclusive, in batches.

    In order within each partition. Raises UnavailableError if the broker is away.
    """
    names, parser = settings.names, Parser(Decoder(packaged()))
    left = {
        TopicPartition(names.on_broker(each.topic), each.number): (each, end)
        for each, (begin, end) in spans.items()
        if begin < end
    }
    consumer, idle = _consumer(settings), 0
    try:
        await consumer.start()
        consumer.assign(list(left))
        for place, (partition, _) in left.items():
            consumer.seek(place, spans[partition][0])
        while left and idle < STANDSTILL_POLLS:
            batches = await consumer.getmany(timeout_ms=POLL_MILLISECONDS, max_records=1000)
            idle = 0 if batches else idle + 1
            for place, records in batches.items():
                if place not in left:
                    continue
                partition, end = left[place]
                topic = find_topic(partition.topic)
                wanted = [record for record in records if record.offset < end]
                yield [parser.parse(record, topic, partition) for record in wanted]
                if records[-1].offset >= end - 1:
                    del left[place]
                    consumer.pause(place)
    except KafkaError as error:
        raise UnavailableError(
            f"the topics can't be read at {settings.bootstrap} any more "
            f"({type(error).__name__}): is the broker running?"
        ) from error
    finally:
        await consumer.stop()
    if left:
        raise UnavailableError(f"{settings.bootstrap} gave no records for half a minute")


def _consumer(settings: Settings) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
    )
