"""From the outbox to a real Kafka."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource
from prometheus_client import REGISTRY

from bus.clock import FileClock
from bus.codec.decoding import Decoder
from bus.codec.schemas import packaged
from bus.errors import UsageError
from bus.events import Draft, new_event_id
from bus.local.waiting import wait_until
from bus.publishing.kafka import partition_of
from bus.publishing.postgres import lock_number
from bus.settings import Settings
from bus.topic_admin import create_topics
from bus.topics import find_topic
from producers.relay import make_relay
from tests.integration.publishing.harness import (
    QUICK,
    TOPIC,
    Found,
    Rig,
    assert_nothing_lost_and_in_order,
    custody,
    until,
)
from tests.unit.publishing.drafts import sound

NOTICES = "dhs.policy-notice.v1"


def notice() -> Draft:
    """Return a notice of DHS."""
    return sound(NOTICES, policy_id="dhs/2018/referrals", issuing_office="dhs.plcy")


@pytest.mark.promise("P2")
async def test_what_was_published_arrives_once_in_order_and_its_place_is_recorded(
    rig: Rig,
) -> None:
    published = await rig.publish(custody(700) + custody(300, system="dhs.e3"))

    async with rig.relaying():
        await rig.until_confirmed(1000)

    records = rig.read()
    counts = {published[0].source: 700, published[-1].source: 300}
    assert len(records) == 1000
    assert_nothing_lost_and_in_order(records, counts)
    assert await recorded_places(rig) == {
        (each.partition, each.offset, each.source, each.sequence) for each in records
    }


async def recorded_places(rig: Rig) -> set[tuple[object, ...]]:
    """Return where the outbox says that Kafka put each event."""
    async with await rig.connect() as connection:
        cursor = await connection.execute(
            "SELECT partition, kafka_offset, source, sequence"
            " FROM outbox_confirmation JOIN outbox_stream USING (stream_id)"
        )
        return set(await cursor.fetchall())


async def test_keys_land_where_javas_default_partitioner_puts_them(rig: Rig) -> None:
    await rig.publish(custody(100, keys=100))

    async with rig.relaying():
        await rig.until_confirmed(100)

    records = rig.read()
    assert {each.partition for each in records} == set(range(12))
    assert all(each.partition == partition_of(each.key, 12) for each in records)


async def test_the_cloudevents_sdk_reads_what_we_write(rig: Rig) -> None:
    cause = new_event_id()
    create_topics(rig.bootstrap, rig.names, [find_topic(NOTICES)])
    (event,) = custody(1, system="dhs.e3")
    await rig.publish([replace(event, causation_id=cause, correlation_id=cause), notice()])

    async with rig.relaying():
        await rig.until_confirmed(2)

    for topic, payload in ((TOPIC, event.data), (NOTICES, notice().data)):
        (record,) = rig.read(topic)
        read = from_binary(KafkaMessage(dict(record.headers), record.key, record.value), BYTES)
        assert read.get_specversion() == "1.0"
        assert read.get_type() == find_topic(topic).event_type
        assert read.get_datacontenttype() == "application/avro"
        assert read.get_subject() == record.key.decode()
        assert read.get_extension("sequence") == "0000000000000000001"
        assert read.get_dataschema() == packaged().latest(find_topic(topic).schema).dataschema
        decoded = Decoder(packaged()).decode(record.value, find_topic(topic).schema)
        assert decoded.data == payload
    (record,) = rig.read(TOPIC)
    read = from_binary(KafkaMessage(dict(record.headers), record.key, record.value), BYTES)
    assert read.get_source().startswith("dhs.e3/")
    assert read.get_extension("causationid") == read.get_extension("correlationid") == str(cause)
    assert read.get_extension("mode") == "ACTUAL"


class Bytes(JSONFormat):
    """The SDK's format for data that it should leave as bytes."""

    def read_data(self, body: object, datacontenttype: str | None) -> object:
        """Return the value as it is."""
        return body


BYTES = Bytes()


@pytest.mark.promise("P2")
async def test_transactions_that_commit_in_the_reverse_order_of_their_ids_lose_nothing(
    rig: Rig,
) -> None:
    older, younger = await rig.connect(), await rig.connect()
    async with older, younger, rig.relaying():
        async with older.transaction():
            await older.execute("SELECT pg_current_xact_id()")
            async with younger.transaction():
                first = await rig.outbox().publish(younger, custody(1))
            await rig.until_confirmed(1)
            second = await rig.outbox().publish(older, custody(1))
        await rig.until_confirmed(2)

    assert [each.sequence for each in first + second] == [1, 2]
    assert_nothing_lost_and_in_order(rig.read(), {first[0].source: 2})


@pytest.mark.promise("P4")
async def test_a_relay_works_while_the_other_waits_and_takes_over_when_it_ends(rig: Rig) -> None:
    first, second = rig.relay(), rig.relay()
    published = await rig.publish(custody(300))
    async with rig.relaying(second):
        async with rig.relaying(first):
            for _ in range(10):
                await rig.publish(custody(100))
            await rig.until_confirmed(1300)
            assert await holders(rig) == 1
        await rig.publish(custody(100))
        await rig.until_confirmed(1400)
        assert second.unready() == []

    records = rig.read()
    assert len(records) == 1400
    assert_nothing_lost_and_in_order(records, {published[0].source: 1400})


async def holders(rig: Rig) -> int:
    """Return how many sessions hold the lock of the topic's relay."""
    number = lock_number(rig.owner, TOPIC)
    return await rig.number(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        f" AND (classid::bigint << 32 | objid::bigint) = {number}"
    )


@pytest.mark.promise("P2")
async def test_a_relay_that_loses_its_connection_begins_again_under_a_new_lock(rig: Rig) -> None:
    published = await rig.publish(custody(2000))
    async with rig.relaying():
        for confirmed in (200, 800):
            await rig.until_confirmed(confirmed)
            await rig.number(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        await rig.until_confirmed(2000)

    assert_nothing_lost_and_in_order(rig.read(), {published[0].source: 2000})


async def test_a_topic_that_kafka_lacks_holds_no_other_back(rig: Rig) -> None:
    await rig.publish([notice()])
    async with rig.relaying(rig.relay(timeout_seconds=0.5)) as relay:
        await rig.publish(custody(10))
        await rig.until_confirmed(10)

        async def tells() -> bool:
            return any(NOTICES in reason for reason in relay.unready())

        await until(tells)
        assert [(each.topic, each.depth) for each in relay.backlog] == [(NOTICES, 1)]
        assert metric("bus_outbox_depth") == 1
        assert time.time() - metric("bus_outbox_oldest_timestamp_seconds") < 60
        create_topics(rig.bootstrap, rig.names, [find_topic(NOTICES)])
        await rig.until_confirmed(11)

        async def is_ready() -> bool:
            return relay.unready() == [] and relay.backlog == []

        await until(is_ready)

    assert len(rig.read(NOTICES)) == 1
    assert metric("bus_outbox_depth") == 0
    assert metric("bus_outbox_oldest_timestamp_seconds") == 0


def metric(name: str) -> float:
    """Return what DHS's relay shows."""
    value = REGISTRY.get_sample_value(name, {"owner": "dhs"})
    assert value is not None
    return value


@pytest.mark.promise("P2")
async def test_nothing_is_sent_past_a_hole_in_the_outbox(rig: Rig) -> None:
    await rig.publish(custody(5))
    async with await rig.connect() as connection:
        await connection.execute("DELETE FROM outbox WHERE sequence = 3")

    async with rig.relaying() as relay:

        async def tells() -> bool:
            return any("lacks event 3" in reason for reason in relay.unready())

        await until(tells)

    assert rig.read() == []


@pytest.mark.promise("P2")
async def test_a_batch_ends_where_a_partition_takes_no_more(rig: Rig) -> None:
    padding = tuple((f"padding-{number}", "x" * 900) for number in range(10))
    events = [replace(each, headers=padding) for each in custody(100, keys=100)]
    by_partition = defaultdict(list)
    for event in events:
        key = str(event.data["family_group_id"]).encode()
        by_partition[partition_of(key, 12)].append(event)
    one, other, *_ = by_partition.values()
    published = await rig.publish([one[0], one[0], other[0]] * 100)

    async with rig.relaying(rig.relay(replace(QUICK, batch_records=1000))):
        await rig.until_confirmed(300)

    records: list[Found] = rig.read()
    assert len(records) == 300
    assert_nothing_lost_and_in_order(records, {published[0].source: 300})


@pytest.mark.promise("P4")
async def test_a_record_that_kafka_refuses_holds_back_what_comes_after_it(
    rig: Rig, kafka_admin: AdminClient
) -> None:
    limit_record_size(kafka_admin, rig, 2_000)
    first, *others = custody(10, keys=1)
    padding = tuple((f"padding-{number}", "x" * 900) for number in range(3))
    published = await rig.publish([replace(first, headers=padding), *others])

    async with rig.relaying(rig.relay(replace(QUICK, batch_records=1))) as relay:

        async def is_held_up() -> bool:
            return any(TOPIC in reason for reason in relay.unready())

        await until(is_held_up)
        held_up = rig.read()
        limit_record_size(kafka_admin, rig, 100_000)
        await rig.until_confirmed(10)

    assert held_up == []
    assert_nothing_lost_and_in_order(rig.read(), {published[0].source: 10})


def limit_record_size(admin: AdminClient, rig: Rig, limit_bytes: int) -> None:
    """Let the topic refuse larger batches from now on."""
    change = ConfigResource(
        ConfigResource.Type.TOPIC,
        rig.names.on_broker(TOPIC),
        incremental_configs=[
            ConfigEntry(
                "max.message.bytes",
                str(limit_bytes),
                incremental_operation=AlterConfigOpType.SET,
            )
        ],
    )
    admin.incremental_alter_configs([change])[change].result(10)

    def is_applied() -> bool:  # the controller answers before the broker has heard of it
        found = admin.describe_configs([change])[change].result(10)
        return found["max.message.bytes"].value == str(limit_bytes)

    assert wait_until(is_applied, 10)


@pytest.mark.promise("P4")
async def test_one_sources_backlog_does_not_hold_another_back(rig: Rig) -> None:
    await rig.publish(custody(1000))
    await rig.publish(custody(10, system="dhs.e3"))

    async with rig.relaying(rig.relay(replace(QUICK, batch_records=20))):
        await rig.until_confirmed(20)
        others = await rig.number(
            "SELECT count(*) FROM outbox_confirmation JOIN outbox_stream USING (stream_id)"
            " WHERE source LIKE 'dhs.e3/%'"
        )

    assert others == 10


async def test_a_simulated_clock_cannot_reach_a_real_bus(
    rig: Rig, cluster_id: str, tmp_path: Path
) -> None:
    clock_file = tmp_path / "clock"
    FileClock(clock_file).advance(sound(TOPIC).data["occurred_at"])
    await rig.publish(custody(3))
    settings = Settings(
        bootstrap=rig.bootstrap,
        database_url=rig.database_url,
        topic_prefix=rig.names.prefix,
        clock_file=clock_file,
        local_cluster_id="another",
    )

    with pytest.raises(UsageError, match=cluster_id):
        await asyncio.wait_for(make_relay(settings, "dhs").run(asyncio.Event()), 10)

    assert rig.read() == []
    own = settings.model_copy(update={"local_cluster_id": cluster_id})
    async with rig.relaying(make_relay(own, "dhs")):
        await rig.until_confirmed(3)
