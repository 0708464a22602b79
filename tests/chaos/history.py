"""What happened, as plain data: what was published, what stands in the log, what took effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Outcome(StrEnum):
    """What the publisher knows of a transaction. UNKNOWN: the commit was sent, no answer came."""

    COMMITTED = "COMMITTED"
    UNKNOWN = "UNKNOWN"
    ROLLED_BACK = "ROLLED_BACK"


class Place(NamedTuple):
    """One offset of the log."""

    topic: str
    partition: int
    offset: int


class Attempt(NamedTuple):
    """One event that somebody tried to publish."""

    topic: str
    outcome: Outcome


class LogRecord(NamedTuple):
    """One record as it stands in Kafka; a bad one may have neither id nor source nor sequence."""

    place: Place
    key: bytes | None
    event_id: UUID | None
    source: str | None
    sequence: int | None


class Effect(NamedTuple):
    """One row that a group's handler wrote; `number` grows in the order of writing."""

    number: int
    group: str
    event_id: UUID


class DeadLetter(NamedTuple):
    """One record that a group parked."""

    group: str
    place: Place
    reason: str


class Gap(NamedTuple):
    """Offsets that a group says it could not read: from the first up to before the second."""

    group: str
    topic: str
    partition: int
    lower: int
    upper: int


class Message(NamedTuple):
    """An event that a group published about its work; `identity` is what it may say once."""

    topic: str
    identity: tuple[object, ...]


@dataclass(slots=True)
class History:
    """Everything that was recorded on one bus.

    `attempts` holds the tried events by id; `stored` those that the outboxes hold, with the place
    that Kafka gave them; `planted` the keys of bad records, each used once; `starts` where each
    partition's log begins; `readers` which groups read a topic; `gap_findings` the ids of findings
    that tell of a gap.
    """

    readers: Mapping[str, Sequence[str]]
    attempts: dict[UUID, Attempt] = field(default_factory=dict)
    planted: set[bytes] = field(default_factory=set)
    stored: dict[UUID, Place | None] = field(default_factory=dict)
    starts: dict[tuple[str, int], int] = field(default_factory=dict)
    log: list[LogRecord] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    gap_findings: set[str] = field(default_factory=set)
