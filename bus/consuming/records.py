"""Records as the engine sees them, and records that can't become events."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from bus.events import Event, Mode, Payload
from bus.reasons import Reason
from bus.topics import find_topic


class Partition(NamedTuple):
    """A partition of a topic; the topic is a name of the catalogue, without prefix."""

    topic: str
    number: int


class Record(Protocol):
    """What the client hands over. Anything may stand in key, value and headers.

    `timestamp` is in milliseconds since 1970, given by the broker for fact topics. Header names
    that aren't UTF-8 come with surrogate escapes.
    """

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that can't be applied, with whatever of it could be read.

    `detail` says what is wrong without any value from the record. `mode` is ACTUAL where nobody can
    be sure of another. `payload` is None where it couldn't be decoded.
    """

    partition: Partition
    record: Record
    reason: Reason
    detail: str
    mode: Mode = Mode.ACTUAL
    event_id: UUID | None = None
    source: str | None = None
    sequence: int | None = None
    digest: bytes | None = None
    payload: Payload | None = None

    @property
    def payload_key(self) -> str | None:
        """The key that its payload asks for: it may differ from the record's own."""
        return find_topic(self.partition.topic).key_of(self.payload) if self.payload else None

    @property
    def key(self) -> str | None:
        """The record's key, if it is text."""
        try:
            return self.record.key.decode() if self.record.key is not None else None
        except UnicodeDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record that a store gave back as it came."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


Outcome = Event | Rejected


class Unparsed(NamedTuple):
    """What the parser raised. It says nothing of the record, which is read again."""

    error: Exception


class ParsedRecord(NamedTuple):
    """A record, and what it was parsed to."""

    record: Record
    outcome: Outcome | Unparsed

    @property
    def offset(self) -> int:
        """Where it stands in its partition."""
        return self.record.offset


def rejected_event(event: Event, record: Record, reason: Reason, detail: str) -> Rejected:
    """Return the rejection of a record whose event was sound and could not be applied."""
    return Rejected(
        partition=Partition(event.topic, event.partition),
        record=record,
        reason=reason,
        detail=detail,
        mode=event.mode,
        event_id=event.id,
        source=event.source,
        sequence=event.sequence,
        digest=event.digest,
        payload=event.data,
    )


class KeyPlace(NamedTuple):
    """A key on its partition, by its SHA-256: what records may be held behind.

    A key has one partition as long as its writers agree on the partitioner; where they don't, its
    records have no common order to keep.
    """

    partition: Partition
    digest: bytes


def key_place(partition: Partition, record: Record) -> KeyPlace | None:
    """Return the record's key; None where it has none, or none that is text."""
    if record.key is None:
        return None
    try:
        record.key.decode()
    except UnicodeDecodeError:
        return None
    return KeyPlace(partition, hashlib.sha256(record.key).digest())


def appended_at(record: Record) -> datetime:
    """Return when the broker appended the record."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def digest_of(source: str, key: bytes, value: bytes) -> bytes:
    """Return the SHA-256 by which a repetition is told from a second content of one id."""
    return hashlib.sha256(b"\0".join((source.encode(), key, value))).digest()
