"""Parked and held records as rows give them back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bus.consuming.headers import pack_headers, unpack_headers
from bus.consuming.parking import DeadLetterChange, Letter, LetterState, Parked
from bus.consuming.records import Partition, StoredRecord, appended_at
from bus.events import Mode

MAX_DETAIL_CHARACTERS = 2000


def letter_from(
    letter_id: UUID,
    account_id: int,
    topic: str,
    number: int,
    offset: int,
    moment: datetime,
    key: bytes | None,
    value: bytes | None,
    headers: bytes,
    reason: str,
    attempts: int,
    state: str,
    first_seen: datetime,
    holds: bool,
    mode: str,
) -> Letter:
    """Return the dead letter of a row of `bus.consuming.sql.LETTER`."""
    return Letter(
        letter_id,
        account_id,
        Partition(topic, number),
        record_from(offset, moment, key, value, headers),
        reason,
        attempts,
        LetterState(state),
        first_seen,
        holds,
        Mode(mode),
    )


def record_from(
    offset: int, moment: datetime, key: bytes | None, value: bytes | None, headers: bytes
) -> StoredRecord:
    """Return a record as it came from the topic."""
    milliseconds = round(moment.timestamp() * 1000)
    return StoredRecord(offset, milliseconds, key, value, unpack_headers(headers))


def storable(detail: str) -> str:
    """Return the detail as a store can hold it: a handler may say anything, at any length."""
    return detail.replace("\0", "\\0")[:MAX_DETAIL_CHARACTERS]


def row_of(group: str, letter: Parked) -> tuple[object, ...]:
    """Return the values that `bus.consuming.sql.PARK` takes."""
    rejected = letter.rejected
    record = rejected.record
    return (
        letter.dead_letter_id,
        group,
        *rejected.partition,
        letter.account_id,
        record.offset,
        appended_at(record),
        record.key,
        record.value,
        pack_headers(record.headers),
        rejected.reason.value,
        storable(rejected.detail),
        rejected.event_id,
        rejected.digest,
        rejected.mode.value,
        letter.kind.value,
        letter.holds,
        letter.state.value,
        letter.due_at,
    )


def resolved_from(row: tuple[UUID, str, int, int, str, int, str]) -> DeadLetterChange:
    """Return the change of a dead letter that a statement has resolved."""
    letter_id, topic, number, offset, reason, attempts, mode = row
    place = Partition(topic, number)
    state = LetterState.RESOLVED
    return DeadLetterChange(letter_id, place, offset, reason, attempts, state, Mode(mode))
