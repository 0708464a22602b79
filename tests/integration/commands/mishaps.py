"""What happens to topics: retention, and an operator who deletes one."""

from __future__ import annotations

import asyncio

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from bus.topic_admin import create_topics
from bus.topics import find_topic
from tests.integration.consuming.harness import Bench, eventually

LIMIT_SECONDS = 30.0


async def forget_records(bench: Bench, partition: int, before: int) -> None:
    """Let retention take the records of a partition before an offset."""
    admin = AdminClient({"bootstrap.servers": bench.settings.bootstrap})
    place = TopicPartition(bench.settings.names.on_broker(bench.topic), partition, before)
    for done in admin.delete_records([place]).values():
        await asyncio.to_thread(done.result, LIMIT_SECONDS)


async def recreate_topic(bench: Bench) -> None:
    """Delete the topic and create it anew."""
    name = bench.settings.names.on_broker(bench.topic)
    admin = AdminClient({"bootstrap.servers": bench.settings.bootstrap})
    await asyncio.to_thread(admin.delete_topics([name])[name].result, LIMIT_SECONDS)

    async def is_recreated() -> bool:
        topics = [find_topic(bench.topic)]
        return bool(
            await asyncio.to_thread(
                create_topics, bench.settings.bootstrap, bench.settings.names, topics
            )
        )

    assert await eventually(is_recreated)
