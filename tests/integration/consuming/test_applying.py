"""What becomes of good records, repeated ones and bad ones."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import pytest
from aiokafka.producer import message_accumulator, producer
from aiokafka.record import default_records

from bus.events import Event, new_event_id
from bus.local import ports
from tests.integration.consuming.harness import Bench, EffectHandler, until_ready
from tests.records import RawRecord, custody_data, custody_record, raw_record


@pytest.mark.promise("P2")
async def test_every_record_of_a_topic_is_applied_once(bench: Bench) -> None:
    records = [custody_record() for _ in range(300)]
    await bench.produce(records)

    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 300)

    applied = {row[0] for row in await bench.query("SELECT event_id FROM inbox")}
    assert applied == {record.event_id for record in records}
    assert await bench.count("dead_letter") == 0


async def test_a_worker_joins_by_any_of_several_bootstrap_servers(bench: Bench) -> None:
    bootstrap = f"127.0.0.1:{ports.find_free()},{bench.settings.bootstrap}"
    bench = Bench(bench.settings.model_copy(update={"bootstrap": bootstrap}))

    async with bench.working() as worker:
        await until_ready(worker)


@pytest.mark.promise("P4")
async def test_events_of_a_key_are_applied_in_log_order_through_failures_and_two_workers(
    bench: Bench,
) -> None:
    calls = 0

    async def fail_now_and_then(_: Sequence[Event]) -> None:
        nonlocal calls
        calls += 1
        if calls % 3 == 1:
            raise RuntimeError("not this time")

    bench = Bench(bench.settings.model_copy(update={"batch_records": 25}))
    groups = [str(uuid4()) for _ in range(5)]
    records = [custody_record(family_group_id=groups[each % 5]) for each in range(300)]
    await bench.produce(records)

    async with bench.working(EffectHandler(fail_now_and_then)):
        await bench.until("SELECT count(*) >= 50 FROM effect", True)
        async with bench.working(EffectHandler(fail_now_and_then)):
            await bench.until("SELECT count(*) FROM effect", 300)

    applied = await bench.query("SELECT key, event_id FROM effect ORDER BY effect_no")
    for group in groups:
        sent = [record.event_id for record in records if record.key == group.encode()]
        assert [event_id for key, event_id in applied if key == group] == sent


@pytest.mark.promise("P3")
async def test_a_repeated_record_has_its_effect_once_and_is_counted(bench: Bench) -> None:
    record = custody_record()
    await bench.produce([record, record, custody_record()], partition=0)
    await bench.produce([record], partition=1)

    async with bench.working():
        await bench.until("SELECT count(*) FROM duplicate", 2)

    assert await bench.count("effect") == 2


@pytest.mark.promise("P3")
async def test_one_id_with_two_contents_is_applied_once_and_dead_lettered_once(
    bench: Bench,
) -> None:
    event_id = new_event_id()
    first = raw_record(custody_data(), event_id=event_id)
    second = raw_record(custody_data(), event_id=event_id)
    await bench.produce([first], partition=0)

    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 1)
        await bench.produce([second, custody_record()], partition=0)
        await bench.until("SELECT count(*) FROM effect", 2)

    reasons = await bench.query("SELECT reason FROM dead_letter")
    assert reasons == [("EVENT_ID_REUSED",)]


@pytest.mark.promise("P2")
@pytest.mark.parametrize("order", ["damaged first", "sound first", "in one batch"])
async def test_a_damaged_copy_of_an_applied_event_is_a_duplicate_whichever_comes_first(
    bench: Bench, order: str
) -> None:
    sound = custody_record()
    damaged = sound.header("ce_time", b"yesterday")
    first, second = (sound, damaged) if order == "sound first" else (damaged, sound)

    async with bench.working() as worker:
        if order == "in one batch":
            await bench.produce([first, second], partition=0)
        else:
            await bench.produce([first], partition=0)
            await bench.until("SELECT max(next_offset) FROM consumer_position", 1)
            await bench.produce([second], partition=0)
        await bench.until("SELECT max(next_offset) FROM consumer_position", 2)
        await until_ready(worker)

    damaged_at = [(1 if order == "sound first" else 0,)]
    assert await bench.query("SELECT kafka_offset FROM duplicate") == damaged_at
    assert await bench.count("effect") == 1
    assert await bench.query("SELECT count(*) FROM dead_letter WHERE state = 'OPEN'") == [(0,)]


def bad_records() -> dict[str, RawRecord]:
    """Return records that can't be applied, each on a key of its own, by reason."""
    sound = custody_record
    ahead = str(new_event_id())
    return {
        "KEY_INVALID null": RawRecord(sound().topic, None, sound().value, sound().headers),
        "KEY_INVALID bytes": RawRecord(sound().topic, b"\xff\xfe", sound().value, sound().headers),
        "KEY_INVALID other": RawRecord(
            sound().topic, str(uuid4()).encode(), sound().value, sound().headers
        ),
        "VALUE_MISSING null": RawRecord(sound().topic, b"k", None, sound().headers),
        "VALUE_MISSING empty": RawRecord(sound().topic, b"k", b"", sound().headers),
        "FRAMING_UNKNOWN": raw_record(custody_data(), value=b"not avro at all"),
        "NO_REGISTRY": raw_record(custody_data(), value=b"\x00\x00\x00\x00\x07abc"),
        "SCHEMA_UNKNOWN": raw_record(custody_data(), value=b"\xc3\x01" + b"\x00" * 20),
        "UNDECODABLE": raw_record(custody_data(), value=(sound().value or b"")[:12] + b"\xff" * 9),
        "HEADER_INVALID null": sound().header("ce_source", None),
        "HEADER_INVALID bytes": sound().header("ce_source", b"\xff"),
        "HEADER_INVALID foreign": sound().adding("x-trace", b"\xff\x00"),
        "HEADER_INVALID name": sound().adding("caf\N{LATIN SMALL LETTER E WITH ACUTE}", b"x"),
        "HEADER_MISSING": sound().without("ce_sequence"),
        "HEADER_REPEATED": sound().adding("ce_id", str(new_event_id()).encode()),
        "EVENT_ID_INVALID v4": sound().header("ce_id", str(uuid4()).encode()),
        "EVENT_ID_INVALID ahead": sound().header("ce_id", b"ffffffff" + ahead[8:].encode()),
    }


@pytest.mark.promise("P5")
async def test_a_bad_record_is_dead_lettered_and_its_neighbours_are_applied(bench: Bench) -> None:
    bad = bad_records()
    mixed = [each for record in bad.values() for each in (custody_record(), record)]
    await bench.produce([*mixed, custody_record()], partition=3)

    async with bench.working() as worker:
        await bench.until("SELECT count(*) FROM effect", len(bad) + 1)
        await until_ready(worker)

    letters = await bench.query("SELECT reason FROM dead_letter ORDER BY kafka_offset")
    assert [row[0] for row in letters] == [name.split()[0] for name in bad]
    told = await bench.query("SELECT count(*) FROM outbox o JOIN outbox_stream s USING (stream_id)")
    assert told == [(len(bad),)]


@pytest.mark.promise("P5")
async def test_a_header_name_that_is_not_text_stops_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = [custody_record() for _ in range(3)]
    await bench.produce([sound[0]], partition=0)
    await produce_with_bad_header_name(bench, custody_record(), monkeypatch)
    await bench.produce(sound[1:], partition=0)

    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 3)

    assert await bench.query("SELECT reason, kafka_offset FROM dead_letter") == [
        ("HEADER_INVALID", 1)
    ]


class NotText(str):
    """A header name whose bytes are not UTF-8."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"x-\xff\xfe"


async def produce_with_bad_header_name(
    bench: Bench, record: RawRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Append a record with a header name that no client library lets one write."""
    builder = default_records._DefaultRecordBatchBuilderPy
    with monkeypatch.context() as patch:
        patch.setattr(message_accumulator, "DefaultRecordBatchBuilder", builder)
        patch.setattr(producer, "DefaultRecordBatchBuilder", builder)
        await bench.produce([record.adding(NotText("x"), b"v")], partition=0)
