"""Synthetic events and raw records for tests."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from bus.codec.encoding import encode
from bus.codec.schemas import packaged
from bus.events import Payload, new_event_id
from bus.topics import find_topic

Headers = list[tuple[str, bytes | None]]

SOURCE = "dhs.e3/00000000-0000-7000-8000-000000000001"
MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

_sequences = itertools.count(1)


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as a test writes it to a topic; any part may be bent first."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers

    def header(self, name: str, value: bytes | None) -> RawRecord:
        """Return the record with this header's value replaced."""
        headers = [(each, value if each == name else old) for each, old in self.headers]
        return replace(self, headers=headers)

    def without(self, name: str) -> RawRecord:
        """Return the record without this header."""
        return replace(self, headers=[row for row in self.headers if row[0] != name])

    def adding(self, name: str, value: bytes | None) -> RawRecord:
        """Return the record with one more header."""
        return replace(self, headers=[*self.headers, (name, value)])

    @property
    def event_id(self) -> UUID:
        """The id in `ce_id`."""
        value = dict(self.headers)["ce_id"]
        assert value is not None
        return UUID(value.decode())


def custody_data(**changes: object) -> dict[str, object]:
    """Return a sound custody event's payload with some fields changed."""
    schema = packaged().latest("interagency.custody.CustodyEvent")
    data: dict[str, object] = {field["name"]: None for field in schema.definition["fields"]}
    data |= {
        "event_kind": "SEPARATED",
        "family_group_id": str(uuid4()),
        "subject_id": str(uuid4()),
        "agency": "dhs.cbp.usbp",
        "occurred_at": MOMENT,
    }
    return data | changes


def raw_record(
    data: Payload,
    *,
    topic: str = "dhs.custody-event.v1",
    source: str = SOURCE,
    sequence: int | None = None,
    event_id: UUID | None = None,
    mode: str = "ACTUAL",
    value: bytes | None = None,
) -> RawRecord:
    """Return the record that the bus would write for this payload."""
    entry = find_topic(topic)
    schema = packaged().latest(entry.schema)
    key = entry.key_of(data)
    assert key is not None
    attributes: Mapping[str, str] = {
        "ce_specversion": "1.0",
        "ce_id": str(event_id or new_event_id()),
        "ce_source": source,
        "ce_type": entry.event_type,
        "ce_time": MOMENT.isoformat(),
        "ce_subject": key,
        "ce_dataschema": schema.dataschema,
        "ce_sequence": f"{sequence or next(_sequences):019d}",
        "ce_recordedtime": MOMENT.isoformat(),
        "ce_mode": mode,
        "content-type": "application/avro",
    }
    return RawRecord(
        topic=topic,
        key=key.encode(),
        value=encode(schema, data) if value is None else value,
        headers=[(name, text.encode()) for name, text in attributes.items()],
    )


def custody_record(**changes: object) -> RawRecord:
    """Return a sound custody event's record."""
    return raw_record(custody_data(**changes))
