"""Events: CloudEvents attributes around an Avro payload.

A *record* is what Kafka stores; an *event* is what we decoded from it. A `Draft` is an event
that nobody has published yet: the store that takes it gives it an id, a source, a sequence
number and a recorded time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from bus.errors import FieldFault

Payload = Mapping[str, Any]
"""A record's fields by name, as its schema describes them.

Timestamps are aware datetimes in UTC, dates are `date`, decimals `Decimal`, enums and UUIDs
text, records nested mappings, arrays lists. What a schema says, a type checker can't: this is
the one place where `Any` is meant.
"""


class Mode(StrEnum):
    """Whether an event is real. Only ACTUAL clears a gate or counts in a real figure."""

    ACTUAL = "ACTUAL"
    EXERCISE = "EXERCISE"
    TEST = "TEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event to publish.

    `topic` is a name of the catalogue, without prefix. `system` names what publishes within
    its agency ("dhs.e3") and becomes the first half of `ce_source`; the topic's owner, when
    None. `time` is when the thing happened; the time of publishing, when None. The record's
    key is taken from the payload, as the catalogue says; `subject` is the key, when None.
    `headers` go on the record after those of the event itself.
    """

    topic: str
    data: Payload
    mode: Mode = Mode.ACTUAL
    system: str | None = None
    time: datetime | None = None
    subject: str | None = None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event read from a topic.

    `time` is when the thing happened, by its sender's word; `recorded_time` when its store took
    it; `appended_at` when the broker did. `faults` names the optional fields that were wrong:
    they are None in `data`. With `mode_is_sound` false the mode was missing, repeated, unknown
    or contradictory: `mode` is then ACTUAL, for alarms, and the event may clear nothing.
    `digest` is the SHA-256 of source, key and value as they stood in the record.
    """

    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    recorded_time: datetime
    sequence: int
    mode: Mode
    mode_is_sound: bool
    dataschema: str
    data: Payload
    faults: tuple[FieldFault, ...] = ()
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    topic: str
    partition: int
    offset: int
    key: str
    appended_at: datetime
    digest: bytes = field(repr=False)


def new_event_id() -> UUID:
    """Return a UUIDv7 by the real clock, whatever business time says."""
    return uuid7()
