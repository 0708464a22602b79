"""The port to the store: what a transaction of the engine reads and writes.

`bus.consuming.postgres` is the store that runs. The simulation has one in memory, and both pass
the same tests, so that what is simulated is what runs. What happens to each record is on
arrays: a batch of a thousand costs as many statements as a batch of one, but for what is parked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from bus.consuming.breaker import BreakerState
from bus.consuming.claims import Claim, Gap, LogBounds, Position
from bus.consuming.parking import Blocker, DeadLetterChange, Held, Letter, Parked, Retried
from bus.consuming.records import KeyPlace, Partition, Record
from bus.events import Draft, Event
from bus.storage.connections import Connection


class AppliedEvent(NamedTuple):
    """An event, and the record and account that it was applied from."""

    event: Event
    account_id: int
    record: Record


@dataclass(frozen=True, slots=True)
class BreakerRow:
    """A group's breaker as it is stored: see `bus.consuming.breaker`."""

    state: BreakerState = BreakerState.CLOSED
    openings: int = 0
    trial_at: datetime | None = None
    overridden_until: datetime | None = None
    reason: str = ""
    changed_by: str = "engine"


class Transaction(Protocol):
    """One open transaction of one group. What it wrote is durable when it ends without an error."""

    @property
    def connection(self) -> Connection:
        """What the handlers write their effects through."""
        ...

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """Undo what is written inside if it ends with an error; errors come translated."""
        ...

    def attended(self) -> AbstractAsyncContextManager[None]:
        """Keep the transaction from being ended as idle while a handler is at work."""
        ...

    async def check_constraints(self) -> None:
        """Check now what would otherwise be checked at the commit."""
        ...

    # Claims

    async def claim_positions(
        self, bounds: Mapping[Partition, LogBounds]
    ) -> dict[Partition, Position]:
        """Raise the epoch of these partitions, which fences off whoever held them.

        A partition that the group never read gets an account that begins at the log's start.
        """
        ...

    async def superseded_claims(self, claims: Sequence[Claim]) -> set[Partition]:
        """Return which partitions have another epoch: claimed by another worker, or reset.

        Unlike `lost_claims` it may be asked while a batch of these claims is being committed.
        """
        ...

    async def lost_claims(self, claims: Sequence[Claim]) -> set[Partition]:
        """Return which partitions have another epoch, or stand elsewhere than the claim says."""
        ...

    async def lock_claim(self, claim: Claim) -> None:
        """Keep the claim until the end; raise FencedError if its epoch is over."""
        ...

    async def advance_positions(self, moves: Sequence[tuple[Claim, int]]) -> None:
        """Move each claimed position from where the claim expects it to the new offset.

        Raise FencedError unless every one of them was ours and stood where we left it.
        """
        ...

    # The standing of offsets

    async def insert_inbox(self, applied: Sequence[AppliedEvent]) -> set[UUID]:
        """Record the events as applied; return the ids that were new. The ids must be distinct."""
        ...

    async def applied_digests(self, event_ids: Collection[UUID]) -> dict[UUID, bytes]:
        """Return the digest under which each of these ids was applied, or discarded."""
        ...

    async def insert_duplicates(self, rows: Sequence[tuple[int, int, UUID]]) -> None:
        """Record repetitions, as (account id, offset, event id)."""
        ...

    async def insert_gaps(self, rows: Sequence[tuple[int, Gap]]) -> None:
        """Record offsets that can't be read, as (account id, gap)."""
        ...

    async def park(self, letters: Sequence[Parked]) -> None:
        """Store the records, whole, as dead letters."""
        ...

    async def hold(self, records: Sequence[Held]) -> None:
        """Store the records, whole, behind the dead letters of their keys."""
        ...

    async def release(self, records: Sequence[Held]) -> None:
        """Forget held records, which have another standing from now on."""
        ...

    # Dead letters

    async def blockers(self, keys: Collection[KeyPlace]) -> dict[KeyPlace, Blocker]:
        """Return which of these keys have an unclosed dead letter that holds, or held records."""
        ...

    async def resolve(self, applied: Sequence[AppliedEvent]) -> list[DeadLetterChange]:
        """Close the unclosed dead letters of these events: same id, same digest.

        The offset of each becomes a duplicate, unless it is the one that the event was applied
        from.
        """
        ...

    async def resolve_fields(self, corrections: Sequence[Event]) -> list[DeadLetterChange]:
        """Close the dead letters of wrong fields that these events correct.

        A correction's causation_id is the event's, and its content (the topic's middle part) too.
        """
        ...

    async def close(self, letters: Sequence[Letter]) -> set[UUID]:
        """Close these dead letters as resolved: their offsets have another standing.

        Return which were unclosed until now.
        """
        ...

    async def keep(self, retried: Sequence[Retried]) -> set[UUID]:
        """Store what became of dead letters that were tried and failed.

        Return which were unclosed until now; others are left as they are.
        """
        ...

    async def due_letters(self, partition: Partition, at: datetime, limit: int) -> list[Letter]:
        """Return the dead letters to try now, in order: REDRIVING ones, RETRYING ones that are due.

        Of letters that hold, only the first unclosed one of its key.
        """
        ...

    async def drainable(self, partition: Partition, limit: int) -> list[Held]:
        """Return held records, in order, whose keys have no unclosed dead letter that holds."""
        ...

    async def take_requests(
        self, partition: Partition, at: datetime, limit: int
    ) -> tuple[list[Letter], list[Letter]]:
        """Take up operators' requests: return the letters to redrive, and those to discard.

        The redriven are REDRIVING from now on, the discarded DISCARDED, with their events' ids in
        the inbox unless they are there. Requests whose letter is no longer open end with what it
        is. A request's rate bounds how many of its letters are taken.
        """
        ...

    async def waiting(self, partitions: Collection[Partition], at: datetime) -> set[Partition]:
        """Return which partitions have something due, to drain, or asked for."""
        ...

    async def parked_count(self) -> int:
        """Return how many records the group has parked, not yet closed, or held."""
        ...

    # The breaker

    async def breaker(self) -> BreakerRow:
        """Return the group's breaker; one that never opened is closed."""
        ...

    async def change_breaker(self, was: BreakerRow, row: BreakerRow) -> bool:
        """Store the breaker's new state; return False, and change nothing, if it wasn't as `was`.

        What counts is state, trial_at and overridden_until: an operator's word isn't overwritten.
        """
        ...

    # What is told

    async def publish(self, drafts: Sequence[Draft]) -> None:
        """Write drafts to the outbox. The last thing but the positions: it locks its streams."""
        ...

    def check(self, drafts: Sequence[Draft]) -> None:
        """Raise InvalidEventError if one of these drafts could not be published."""
        ...


class Store(Protocol):
    """The state of one group, beside its handler's effects."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin; commit at the end, or roll back at an error, which comes translated."""
        ...
