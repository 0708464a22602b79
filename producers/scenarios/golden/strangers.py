"""Records that no library of the bus would write: what somebody else's program might send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

from fastavro import schemaless_writer

from bus.codec.framing import single_object
from bus.codec.schemas import packaged
from bus.scenarios.stage import RawRecord
from bus.topics import find_topic
from producers.dhs import CUSTODY
from producers.scenarios.cast import day, new_id

IMPOSSIBLE_DAYS = 2**31 - 1
"""Days since 1970, as Avro counts dates: more than any calendar of ours has."""

SEQUENCE = "ce_sequence"


def impossible_birth_date() -> RawRecord:
    """Return a custody event that is sound but for a birth date in the year 5,881,580."""
    topic = find_topic(CUSTODY)
    schema = packaged().latest(topic.schema)
    group, occurred_at = new_id(), day(2018, 6, 5)
    payload = {
        "event_kind": "SEPARATED",
        "family_group_id": group,
        "subject_id": new_id(),
        "agency": "dhs.cbp.usbp",
        "occurred_at": int(occurred_at.timestamp() * 1_000_000),
        "subject": {"role": "CHILD", "birth_date": IMPOSSIBLE_DAYS},
    }
    body = BytesIO()
    schemaless_writer(body, schema.layout, payload)
    value = single_object(schema.fingerprint, body.getvalue())
    return RawRecord(topic.name, group.encode(), value, headers_of(group, occurred_at))


def unreadable_records() -> list[RawRecord]:
    """Return a record whose value is no Avro, and one with a header that is no text.

    Each stands on a key of its own, and neither has a sequence number.
    """
    sound = impossible_birth_date()
    unnumbered = [header for header in sound.headers if header[0] != SEQUENCE]
    return [
        replace(sound, key=new_id().encode(), value=b"not Avro at all", headers=unnumbered),
        replace(sound, key=new_id().encode(), headers=[*unnumbered, ("x-origin", b"\xff\xfe")]),
    ]


def headers_of(group: str, at: datetime) -> list[tuple[str, bytes]]:
    """Return the attributes that a careful stranger would give an event of its own."""
    topic = find_topic(CUSTODY)
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": new_id(),
        "ce_source": f"dhs.legacy/{new_id()}",
        "ce_type": topic.event_type,
        "ce_time": at.isoformat(),
        "ce_subject": group,
        SEQUENCE: f"{1:019d}",
        "ce_recordedtime": at.astimezone(UTC).isoformat(),
        "ce_mode": "ACTUAL",
        "content-type": "application/avro",
    }
    return [(name, text.encode()) for name, text in attributes.items()]
