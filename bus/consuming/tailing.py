"""Reading a topic along, outside of any group: nothing is committed, nothing is applied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

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
from bus.topics import Topic

tolerant_records.install()

POLL_MILLISECONDS = 200


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
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
    )
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
