"""Records that are not applied: parked as dead letters, or held behind one of their key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bus.consuming.records import Partition, Record, Rejected, StoredRecord
from bus.events import Mode


class LetterState(StrEnum):
    """How far a dead letter's story has come.

    RETRYING → RETRYING | RESOLVED | OPEN; OPEN → REDRIVING → RESOLVED | OPEN; OPEN → DISCARDED. A
    sound copy of its event, or a correction of wrong fields, resolves it from any unclosed state.
    """

    RETRYING = "RETRYING"  # tried again by itself, at its due time
    OPEN = "OPEN"  # waits for an operator
    REDRIVING = "REDRIVING"  # an operator asked for another try
    RESOLVED = "RESOLVED"  # applied
    DISCARDED = "DISCARDED"  # closed with a reason, by two officers


UNCLOSED = (LetterState.RETRYING, LetterState.OPEN, LetterState.REDRIVING)
"""The states in which a dead letter isn't closed; one that holds, holds its key so long."""


class LetterKind(StrEnum):
    """Whether the record itself is missing, or only some fields of it."""

    RECORD = "RECORD"
    FIELDS = "FIELDS"  # the event was applied without them


@dataclass(frozen=True, slots=True)
class Parked:
    """A record as the dead letter that it becomes."""

    dead_letter_id: UUID
    account_id: int
    rejected: Rejected
    state: LetterState = LetterState.OPEN
    due_at: datetime | None = None
    kind: LetterKind = LetterKind.RECORD
    holds: bool = False
    attempts: int = 1

    @property
    def change(self) -> DeadLetterChange:
        """The change that this is: a new dead letter."""
        return DeadLetterChange(
            dead_letter_id=self.dead_letter_id,
            partition=self.rejected.partition,
            offset=self.rejected.record.offset,
            reason=self.rejected.reason.value,
            attempts=self.attempts,
            state=self.state,
            mode=self.rejected.mode,
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as its store gives it back, with its record.

    `actor_role` is the role of the officer who asked for what is done with it now.
    """

    dead_letter_id: UUID
    account_id: int
    partition: Partition
    record: StoredRecord
    reason: str
    attempts: int
    state: LetterState
    first_seen: datetime
    holds: bool
    mode: Mode
    actor_role: str | None = None

    def changed(self, state: LetterState) -> DeadLetterChange:
        """Return the change into this state, the rest as it was."""
        return DeadLetterChange(
            dead_letter_id=self.dead_letter_id,
            partition=self.partition,
            offset=self.record.offset,
            reason=self.reason,
            attempts=self.attempts,
            state=state,
            mode=self.mode,
            actor_role=self.actor_role,
        )


@dataclass(frozen=True, slots=True)
class DeadLetterChange:
    """A dead letter that came into a state; `actor_role` is the role of whoever asked for it."""

    dead_letter_id: UUID
    partition: Partition
    offset: int
    reason: str
    attempts: int
    state: LetterState
    mode: Mode
    actor_role: str | None = None


@dataclass(frozen=True, slots=True)
class Retried:
    """A dead letter that was tried again and failed: what it is from now on."""

    letter: Letter
    rejected: Rejected
    state: LetterState
    due_at: datetime | None

    @property
    def attempts(self) -> int:
        """How often it has been tried."""
        return self.letter.attempts + 1

    @property
    def change(self) -> DeadLetterChange:
        """The change to tell of."""
        changed = self.letter.changed(self.state)
        return replace(changed, reason=self.rejected.reason.value, attempts=self.attempts)


@dataclass(frozen=True, slots=True)
class Held:
    """A record that waits behind a dead letter of its key, and its event's id if it has one."""

    account_id: int
    partition: Partition
    record: Record
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a key's records are held: the event of its first unclosed dead letter, if it had an id.

    A sound copy of that very event isn't a later record of its key: it takes the letter's place.
    None in both where the letter is closed and held records are still to be applied.
    """

    event_id: UUID | None = None
    digest: bytes | None = None
