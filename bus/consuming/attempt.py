"""One try at applying records within an open transaction: which of them apply, wait or fail.

`apply` takes all or raises. `search` applies whatever can be applied: a part that fails is undone
to its savepoint and halved, until a record that fails alone is the culprit. Both go through the
records in their order, so that behind a record that fails, the rest of its key waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from bus.consuming.parking import Blocker, DeadLetterChange, Held
from bus.consuming.records import (
    KeyPlace,
    Outcome,
    Partition,
    Record,
    Rejected,
    key_place,
    rejected_event,
)
from bus.consuming.store import AppliedEvent, Transaction
from bus.consuming.subscription import BatchHandler
from bus.consuming.unit import OpenUnit
from bus.errors import FaultKind, PoisonError, fault_of, safe_text
from bus.reasons import Reason

SEARCHABLE = frozenset({FaultKind.POISON, FaultKind.TRANSIENT})
"""Faults that may lie in one record. Others concern the whole transaction."""

REUSED = "this id was applied before with another source or content"


class Item(NamedTuple):
    """A record to apply: what it was parsed to, and the account that its offset counts in."""

    account_id: int
    partition: Partition
    record: Record
    outcome: Outcome

    @property
    def key_place(self) -> KeyPlace | None:
        """The key that it may be held by."""
        return key_place(self.partition, self.record)


class Repeated(NamedTuple):
    """A record whose event was applied from another offset."""

    account_id: int
    partition: Partition
    offset: int
    event_id: UUID


class FailedRecord(NamedTuple):
    """A record that can't be applied, or can't be applied now."""

    account_id: int
    rejected: Rejected
    is_transient: bool


@dataclass(slots=True)
class Standing:
    """What became of records, in their order, and which dead letters were closed on the way.

    `redriven` dead letters were applied because an operator asked; `failed_again` were not.
    """

    applied: list[AppliedEvent] = field(default_factory=list)
    repeated: list[Repeated] = field(default_factory=list)
    failed: list[FailedRecord] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    resolved: list[DeadLetterChange] = field(default_factory=list)
    redriven: int = 0
    failed_again: int = 0

    def add(self, other: Standing) -> None:
        """Take up what became of further records."""
        self.applied += other.applied
        self.repeated += other.repeated
        self.failed += other.failed
        self.held += other.held
        self.resolved += other.resolved


Blocked = dict[KeyPlace, Blocker]


class Attempt:
    """Applies records through one handler, within one transaction.

    `blocked` are the keys whose records wait; it grows with each record that fails. None where
    the subscription asks for no order.
    """

    def __init__(
        self,
        transaction: Transaction,
        handler: BatchHandler,
        unit: OpenUnit,
        blocked: Blocked | None,
    ) -> None:
        self._transaction = transaction
        self._handler = handler
        self._unit = unit
        self.blocked = blocked
        self.standing = Standing()

    async def apply(self, items: Sequence[Item]) -> None:
        """Apply all of them, or raise what the handler or the store raises."""
        standing, blocked = await self._take(items)
        self._keep(standing, blocked)

    async def search(self, items: Sequence[Item]) -> None:
        """Apply what can be applied; raise only faults that concern the whole transaction."""
        if not items:
            return
        mark = self._unit.mark()
        try:
            async with self._transaction.savepoint():
                standing, blocked = await self._take(items)
                self._transaction.check(self._unit.drafts[mark[0] :])
                await self._transaction.check_constraints()
        except Exception as error:  # whatever a handler raises: its class says what it means
            if fault_of(error) not in SEARCHABLE:
                raise
            self._unit.back_to(mark)
            if len(items) == 1:
                self._blame(items[0], error)
                return
            middle = len(items) // 2
            await self.search(items[:middle])
            await self.search(items[middle:])
        else:
            self._keep(standing, blocked)

    async def recognise(self) -> None:
        """Count damaged copies of applied events as repetitions: nothing of them is missing.

        So it doesn't matter whether the damaged copy or the sound one comes first.
        """
        ids = {each.rejected.event_id for each in self.standing.failed} - {None}
        if not ids:
            return
        digests = await self._transaction.applied_digests([each for each in ids if each])
        failed, self.standing.failed = self.standing.failed, []
        for each in failed:
            rejected = each.rejected
            if rejected.event_id and digests.get(rejected.event_id) == rejected.digest:
                offset = rejected.record.offset
                self.standing.repeated.append(
                    Repeated(each.account_id, rejected.partition, offset, rejected.event_id)
                )
            else:
                self.standing.failed.append(each)

    def _keep(self, standing: Standing, blocked: Blocked | None) -> None:
        self.standing.add(standing)
        self.blocked = blocked

    async def _take(self, items: Sequence[Item]) -> tuple[Standing, Blocked | None]:
        """Apply the records as if none of them could fail; return what to keep if none does."""
        standing, candidates, blocked = self._walk(items)
        firsts: dict[UUID, AppliedEvent] = {}
        repetitions = []
        for applied in candidates:
            if applied.event.id in firsts:
                repetitions.append(applied)
            else:
                firsts[applied.event.id] = applied
        if firsts:
            new = await self._claim_ids(firsts, repetitions)
            standing.applied = [each for each in firsts.values() if each.event.id in new]
            await self._sort_repetitions(standing, firsts, repetitions)
        if standing.applied:
            events = [each.event for each in standing.applied]
            async with self._transaction.attended():
                await self._handler.handle_batch(events, self._unit)
            standing.resolved += await self._transaction.resolve(standing.applied)
            corrections = [each.event for each in standing.applied if each.event.causation_id]
            if corrections:
                standing.resolved += await self._transaction.resolve_fields(corrections)
        return standing, blocked

    def _walk(self, items: Sequence[Item]) -> tuple[Standing, list[AppliedEvent], Blocked | None]:
        """Separate, in order, what can't be applied and what must wait from what may be applied."""
        standing = Standing()
        candidates: list[AppliedEvent] = []
        blocked = None if self.blocked is None else dict(self.blocked)
        for item in items:
            account_id, partition, record, outcome = item
            if blocked is not None and _must_wait(item, blocked):
                standing.held.append(Held(account_id, partition, record, _event_id_of(outcome)))
            elif isinstance(outcome, Rejected):
                standing.failed.append(FailedRecord(account_id, outcome, is_transient=False))
                if blocked is not None:
                    _block(item, outcome, blocked)
            else:
                candidates.append(AppliedEvent(outcome, account_id, record))
        return standing, candidates, blocked

    async def _claim_ids(
        self, firsts: dict[UUID, AppliedEvent], repetitions: list[AppliedEvent]
    ) -> set[UUID]:
        """Write the inbox rows; what was applied before joins the repetitions, first of all."""
        new = await self._transaction.insert_inbox(list(firsts.values()))
        if len(new) < len(firsts):
            repetitions[:0] = [each for each in firsts.values() if each.event.id not in new]
        return new

    async def _sort_repetitions(
        self,
        standing: Standing,
        firsts: dict[UUID, AppliedEvent],
        repetitions: Sequence[AppliedEvent],
    ) -> None:
        """Tell repetitions from second contents under a used id."""
        if not repetitions:
            return
        digests = {event_id: each.event.digest for event_id, each in firsts.items()}
        digests |= await self._transaction.applied_digests({each.event.id for each in repetitions})
        for event, account_id, record in repetitions:
            partition = Partition(event.topic, event.partition)
            if digests[event.id] == event.digest:
                offset = record.offset
                standing.repeated.append(Repeated(account_id, partition, offset, event.id))
            elif self.blocked is None:
                rejected = rejected_event(event, record, Reason.EVENT_ID_REUSED, REUSED)
                standing.failed.append(FailedRecord(account_id, rejected, is_transient=False))
            else:  # later records of its key have to wait: the search finds it, and blocks them
                raise PoisonError(Reason.EVENT_ID_REUSED, REUSED)

    def _blame(self, item: Item, error: Exception) -> None:
        """Take a record that failed alone out; behind it, its key waits."""
        event = item.outcome
        if isinstance(event, Rejected):
            raise error
        is_transient = fault_of(error) is FaultKind.TRANSIENT
        reason, detail = _told(error)
        rejected = rejected_event(event, item.record, reason, detail)
        self.standing.failed.append(FailedRecord(item.account_id, rejected, is_transient))
        if self.blocked is not None:
            _block(item, rejected, self.blocked)


def _event_id_of(outcome: Outcome) -> UUID | None:
    return outcome.event_id if isinstance(outcome, Rejected) else outcome.id


def _must_wait(item: Item, blocked: Blocked) -> bool:
    """Tell whether the record waits behind another of its key.

    A sound copy of the very event that is to be waited for doesn't: it takes its place.
    """
    place = item.key_place if blocked else None
    blocker = blocked.get(place) if place is not None else None
    if blocker is None:
        return False
    outcome = item.outcome
    if isinstance(outcome, Rejected) or blocker.event_id is None:
        return True
    return (outcome.id, outcome.digest) != (blocker.event_id, blocker.digest)


def _block(item: Item, rejected: Rejected, blocked: Blocked) -> None:
    place = item.key_place
    if place is not None:
        blocked.setdefault(place, Blocker(rejected.event_id, rejected.digest))


def _told(error: Exception) -> tuple[Reason, str]:
    """Return the reason and the detail of a dead letter, from what a handler raised."""
    if isinstance(error, PoisonError) and error.reason in Reason.__members__:
        return Reason(error.reason), error.detail
    if fault_of(error) is FaultKind.POISON:
        return Reason.HANDLER_REFUSED, str(error)
    return Reason.HANDLER_FAILED, safe_text(error)
