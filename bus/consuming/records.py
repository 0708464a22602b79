"""Records as the engine sees them, and records that can't become events."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from bus.events import Mode
from bus.reasons import Reason


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

    `detail` says what is wrong without any value from the record. `payload_key` is the key that
    its payload asks for, where that could be decoded: it may differ from the record's own.
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
    payload_key: str | None = None

    @property
    def key(self) -> str | None:
        """The record's key, if it is text."""
        try:
            return self.record.key.decode() if self.record.key is not None else None
        except UnicodeDecodeError:
            return None


def appended_at(record: Record) -> datetime:
    """Return when the broker appended the record."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def digest_of(source: str, key: bytes, value: bytes) -> bytes:
    """Return the SHA-256 by which a repetition is told from a second content of one id."""
    return hashlib.sha256(b"\0".join((source.encode(), key, value))).digest()
