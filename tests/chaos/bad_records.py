"""Records that no reader may take for an event, and sound ones with random bytes bent.

Each has a key of its own: a bad record stops at most its key, and these are nobody else's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from confluent_kafka import Producer

from bus.events import new_event_id
from bus.settings import Settings
from tests.records import RawRecord, custody_record

MARKER = "MARKER-of-what-no-log-may-show"
"""Stands in values, keys and headers of every record made here."""

SEND_LIMIT_SECONDS = 60.0

Kind = Callable[[random.Random], RawRecord]
BAD_KINDS: list[Kind] = []


def bad(kind: Kind) -> Kind:
    """Count a kind of record among those that are bad for certain."""
    BAD_KINDS.append(kind)
    return kind


def good_record(chance: random.Random, **changes: object) -> RawRecord:
    """Return a sound custody event with some optional fields, and a header of a stranger's."""
    details = {
        "facility": f"{MARKER} {chance.randrange(10**6)}",
        "sector": chance.choice(["rgv", "el-paso", "yuma", None]),
        "determined_at": datetime(2026, 3, 1, tzinfo=UTC) - timedelta(hours=chance.randrange(1000)),
        "subject": {"role": "CHILD", "country": chance.choice(["HND", "GTM", None])},
    }
    chosen = {name: value for name, value in details.items() if chance.random() < 0.7}
    return custody_record(**chosen, **changes).adding("x-note", MARKER.encode())


def junk(chance: random.Random) -> bytes:
    """Return random bytes with the marker among them."""
    return chance.randbytes(chance.randrange(40)) + MARKER.encode() + chance.randbytes(8)


def _value(record: RawRecord) -> bytes:
    assert record.value is not None
    return record.value


@bad
def without_value(chance: random.Random) -> RawRecord:
    return replace(good_record(chance), value=None)


@bad
def with_an_empty_value(chance: random.Random) -> RawRecord:
    return replace(good_record(chance), value=b"")


@bad
def with_junk_for_a_value(chance: random.Random) -> RawRecord:
    return replace(good_record(chance), value=junk(chance))


@bad
def cut_off(chance: random.Random) -> RawRecord:
    record = good_record(chance)
    return replace(record, value=_value(record)[: chance.randrange(1, 60)])


@bad
def with_bytes_left_over(chance: random.Random) -> RawRecord:
    record = good_record(chance)
    return replace(record, value=_value(record) + junk(chance))


@bad
def of_an_unknown_schema(chance: random.Random) -> RawRecord:
    record = good_record(chance)
    return replace(record, value=b"\xc3\x01" + chance.randbytes(8) + _value(record)[10:])


@bad
def of_a_registry(chance: random.Random) -> RawRecord:
    record = good_record(chance)
    return replace(record, value=b"\x00\x00\x00\x00\x07" + _value(record)[10:])


@bad
def without_an_attribute(chance: random.Random) -> RawRecord:
    names = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_sequence")
    return good_record(chance).without(chance.choice(names))


@bad
def with_a_null_attribute(chance: random.Random) -> RawRecord:
    return good_record(chance).header(chance.choice(["ce_id", "ce_source", "ce_time"]), None)


@bad
def with_a_header_that_is_not_utf8(chance: random.Random) -> RawRecord:
    return good_record(chance).adding("x-odd", b"\xff\xfe" + junk(chance))


@bad
def with_an_attribute_twice(chance: random.Random) -> RawRecord:
    return good_record(chance).adding("ce_source", MARKER.encode())


@bad
def with_another_kind_of_id(chance: random.Random) -> RawRecord:
    fourth = UUID(bytes=chance.randbytes(16), version=4)
    return good_record(chance).header("ce_id", str(fourth).encode())


@bad
def with_an_id_of_the_future(chance: random.Random) -> RawRecord:
    ahead = new_event_id().int + (3 * 24 * 60 * 60 * 1000 << 80)
    return good_record(chance).header("ce_id", str(UUID(int=ahead)).encode())


@bad
def of_another_type(chance: random.Random) -> RawRecord:
    return good_record(chance).header("ce_type", f"interagency.{MARKER}.v1".encode())


@bad
def with_a_number_that_is_none(chance: random.Random) -> RawRecord:
    return good_record(chance).header("ce_sequence", chance.choice([b"7", b"-1", b"0" * 19]))


@bad
def at_a_time_of_nowhere(chance: random.Random) -> RawRecord:
    return good_record(chance).header("ce_time", b"2026-03-01T12:00:00")


@bad
def under_another_key(chance: random.Random) -> RawRecord:
    return replace(good_record(chance), key=f"{MARKER} {chance.getrandbits(64)}".encode())


@bad
def under_a_key_that_is_not_utf8(chance: random.Random) -> RawRecord:
    return replace(good_record(chance), key=b"\xff" + chance.randbytes(8) + MARKER.encode())


def mutated(chance: random.Random) -> RawRecord:
    """Return a sound record after some random changes; it may still be sound, who knows."""
    record = good_record(chance)
    for _ in range(chance.randint(1, 4)):
        part = chance.choice(["value", "key", "header"])
        if part == "value":
            record = replace(record, value=mutate(chance, _value(record)))
        elif part == "key":
            record = replace(record, key=mutate(chance, record.key or b""))
        else:
            place = chance.randrange(len(record.headers))
            headers = list(record.headers)
            name, value = headers[place]
            headers[place] = (name, mutate(chance, value or b""))
            record = replace(record, headers=headers)
    return record


def mutate(chance: random.Random, data: bytes) -> bytes:
    """Return the bytes with one of them changed, some put in, or some taken out."""
    place = chance.randrange(len(data) + 1)
    how = chance.randrange(3)
    if how == 0:
        return data[:place] + chance.randbytes(1) + data[place + 1 :]
    if how == 1:
        return data[:place] + chance.randbytes(chance.randint(1, 20)) + data[place:]
    return data[:place] + data[place + chance.randint(1, 20) :]


def produce(settings: Settings, records: Iterable[RawRecord]) -> None:
    """Append the records, and return when the broker has all of them."""
    producer = Producer(
        {
            "bootstrap.servers": settings.bootstrap,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "log_level": 0,
        }
    )
    failures: list[str] = []

    def delivered(error: object, _: object) -> None:
        if error is not None:
            failures.append(str(error))

    for record in records:
        producer.produce(
            settings.names.on_broker(record.topic),
            record.value,
            record.key,
            headers=[(name, value) for name, value in record.headers],
            on_delivery=delivered,
        )
        producer.poll(0)
    assert producer.flush(SEND_LIMIT_SECONDS) == 0
    assert not failures, failures
