"""A custody event from a record, as one writes it by hand: every header and the payload are read.

Nothing is guarded: a bad record raises. The schema's logical types are left to fastavro.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from fastavro import parse_schema, schemaless_reader

BATCH_RECORDS = 1000
EVENT_TYPE = "interagency.custody.CustodyEvent.v1"
FRAME_BYTES = 10
CORE = frozenset({"event_kind", "family_group_id", "subject_id", "agency", "occurred_at"})
COLUMNS = (
    "event_id, source, sequence, mode, event_kind, family_group_id, subject_id, agency,"
    " occurred_at, recorded_at, details"
)


class Row(NamedTuple):
    """What is stored of an event: the columns of the bus's own table, without its flags."""

    event_id: UUID
    source: str
    sequence: int
    mode: str
    event_kind: str
    family_group_id: UUID
    subject_id: UUID
    agency: str
    occurred_at: datetime
    recorded_at: datetime
    details: str


@dataclass(frozen=True, slots=True)
class Task:
    """What a peer is told: where to read and where to write."""

    bootstrap: str
    topic: str
    group: str
    database_url: str

    @classmethod
    def from_environment(cls) -> Task:
        """Read the variables that the benchmark sets."""
        names = ("bootstrap", "topic", "group", "database_url")
        return cls(*(os.environ[f"BENCH_{name.upper()}"] for name in names))


SCHEMA = parse_schema(json.loads(Path(os.environ["BENCH_SCHEMA"]).read_text("utf-8")))


def row_of(headers: Iterable[tuple[str, bytes]], value: bytes, timestamp_milliseconds: int) -> Row:
    """Read one record."""
    attributes = {name: text.decode() for name, text in headers}
    if attributes["ce_type"] != EVENT_TYPE or attributes["ce_specversion"] != "1.0":
        raise ValueError("another type of event")
    datetime.fromisoformat(attributes["ce_time"])
    datetime.fromisoformat(attributes["ce_recordedtime"])
    data = schemaless_reader(BytesIO(value[FRAME_BYTES:]), SCHEMA, None)
    details = {
        name: field for name, field in data.items() if field is not None and name not in CORE
    }
    return Row(
        event_id=UUID(attributes["ce_id"]),
        source=attributes["ce_source"],
        sequence=int(attributes["ce_sequence"]),
        mode=attributes["ce_mode"],
        event_kind=data["event_kind"],
        family_group_id=data["family_group_id"],
        subject_id=data["subject_id"],
        agency=data["agency"],
        occurred_at=data["occurred_at"],
        recorded_at=datetime.fromtimestamp(timestamp_milliseconds / 1000, UTC),
        details=json.dumps(details, default=str),
    )
