"""Custody events as the bus writes them: real payloads, every header, some thousand families.

Payloads are made once and reused with other ids: what is measured is reading, and a year of
events must not take longer to make than to read.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from confluent_kafka import Producer

from bus.codec.encoding import encode
from bus.codec.schemas import packaged
from bus.events import new_event_id
from bus.topics import find_topic
from tests.records import custody_data

TOPIC = "dhs.custody-event.v1"
SOURCE = "dhs.e3/00000000-0000-7000-8000-00000000beac"
FAMILIES = 2000
TEMPLATES = 64
POISON_EVERY = 100
SEND_LIMIT_SECONDS = 60.0
_MOMENT = datetime(2018, 5, 7, 14, 30, tzinfo=UTC)
_FAMILY = UUID("00000000-0000-4000-8000-00000000000a")
_SUBJECT = UUID("00000000-0000-4000-8000-00000000000b")


@dataclass(frozen=True, slots=True)
class Made:
    """A record, before it has a topic."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def details(chance: random.Random) -> dict[str, object]:
    """Return optional fields as an agency sends them with one of three kinds of event."""
    person = {
        "role": chance.choice(["CHILD", "CHILD", "PARENT"]),
        "birth_date": date(2010, 1, 1) + timedelta(days=chance.randrange(3000)),
        "claimed_minor": True,
        "a_number": None,
        "country": chance.choice(["GTM", "HND", "SLV", "MEX"]),
        "language": "spa",
    }
    place: dict[str, object] = {
        "subject": person,
        "office": "dhs.cbp.usbp",
        "sector": chance.choice(["rgv", "el-paso", "yuma", "tucson"]),
        "facility": f"station-{chance.randrange(40)}",
    }
    kind = chance.choice(["APPREHENDED", "SEPARATED", "REFERRED_TO_ORR"])
    if kind == "SEPARATED":
        place |= {
            "determined_at": _MOMENT,
            "policy_id": "doj/2018/zero-tolerance",
            "basis": {"kind": "POLICY", "ground": None},
            "separation": {
                "separated": "YES",
                "from_subject_ids": [str(_SUBJECT)],
                "reason": "REFERRED_FOR_PROSECUTION",
            },
        }
    elif kind == "REFERRED_TO_ORR":
        place["referral"] = {"agency": "CBP_USBP", "status": "NEW_PENDING"}
    return place | {"event_kind": kind}


class Maker:
    """Makes records one after the other; the same seed makes the same, but for event ids."""

    def __init__(self, seed: int = 2018) -> None:
        chance = self._chance = random.Random(seed)
        schema = packaged().latest("interagency.custody.CustodyEvent")
        ids = {"family_group_id": str(_FAMILY), "subject_id": str(_SUBJECT)}
        self._values = [
            encode(schema, custody_data(**ids, occurred_at=_MOMENT, **details(chance)))
            for _ in range(TEMPLATES)
        ]
        self._families = [_new_id(chance) for _ in range(FAMILIES)]
        time = b"2018-05-07T14:30:00.000000Z"
        self._headers = [
            ("ce_specversion", b"1.0"),
            ("ce_source", SOURCE.encode()),
            ("ce_type", find_topic(TOPIC).event_type.encode()),
            ("ce_time", time),
            ("ce_dataschema", schema.dataschema.encode()),
            ("ce_recordedtime", time),
            ("ce_mode", b"ACTUAL"),
            ("content-type", b"application/avro"),
        ]

    def make(self, number: int) -> Made:
        """Return the record with this sequence number."""
        family = self._chance.choice(self._families)
        subject = _new_id(self._chance)
        value = self._values[number % TEMPLATES]
        value = value.replace(str(_FAMILY).encode(), family, 1)
        value = value.replace(str(_SUBJECT).encode(), subject)
        headers = [
            ("ce_sequence", b"%019d" % number),
            ("ce_id", str(new_event_id()).encode()),
            ("ce_subject", family),
            *self._headers,
        ]
        return Made(family, value, headers)


def poisoned(made: Made) -> Made:
    """Return the record cut off in the middle of its payload."""
    return Made(made.key, made.value[: len(made.value) // 2], made.headers)


def produce(bootstrap: str, topic: str, records: Iterator[Made]) -> int:
    """Append the records; return how many. Every one is confirmed when this returns."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",
            "acks": "all",
            "linger.ms": 50,
            "queue.buffering.max.messages": 200_000,
        }
    )
    failures: list[object] = []

    def confirm(error: object, _message: object) -> None:
        if error is not None:
            failures.append(error)

    count = 0
    for made in records:
        while True:
            try:
                producer.produce(
                    topic, made.value, made.key, headers=list(made.headers), on_delivery=confirm
                )
            except BufferError:
                producer.poll(0.1)
            else:
                break
        count += 1
        producer.poll(0)
    left = producer.flush(SEND_LIMIT_SECONDS)
    assert not left, f"{left} records were not confirmed"
    assert not failures, failures[0]
    return count


def sound(maker: Maker, count: int) -> Iterator[Made]:
    """Yield that many sound records."""
    return (maker.make(number) for number in range(1, count + 1))


def with_poison(maker: Maker, count: int) -> Iterator[Made]:
    """Yield that many records of which every hundredth is poison; never the last ones."""
    for number in range(1, count + 1):
        made = maker.make(number)
        yield poisoned(made) if number % POISON_EVERY == POISON_EVERY // 2 else made


def _new_id(chance: random.Random) -> bytes:
    return str(UUID(bytes=chance.randbytes(16), version=4)).encode()
