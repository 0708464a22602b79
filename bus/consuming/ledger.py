"""What a transaction writes down of its records, and what it tells of them.

Each offset gets exactly one standing: applied, duplicate, dead-lettered, held, or part of a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bus.clock import Clock
from bus.consuming.announcements import OFFSET_GAP, dead_letter_draft, gap_finding_draft
from bus.consuming.attempt import Attempt, Blocked, FailedRecord, Standing
from bus.consuming.claims import Slice
from bus.consuming.parking import (
    DeadLetterChange,
    LetterKind,
    LetterState,
    Parked,
)
from bus.consuming.records import (
    Outcome,
    Partition,
    Record,
    Rejected,
    key_place,
    rejected_event,
)
from bus.consuming.retries import Retries
from bus.consuming.store import AppliedEvent, Transaction
from bus.consuming.subscription import (
    BatchHandler,
    RejectionHandler,
    Subscription,
    as_batch_handler,
)
from bus.consuming.unit import OpenUnit
from bus.events import Mode, new_event_id
from bus.metrics.counted import FINDINGS
from bus.reasons import Reason

Parse = Callable[[Record, Partition], Outcome]


class Handling:
    """How the records of one subscription are handled.

    `clock` gives business time, for what is told; `wall` the real time, for retries.
    """

    def __init__(
        self,
        subscription: Subscription,
        parse: Parse,
        retries: Retries,
        *,
        clock: Clock,
        wall: Callable[[], datetime],
    ) -> None:
        self.subscription = subscription
        self.handler: BatchHandler = as_batch_handler(subscription.handler)
        self.parse = parse
        self.retries = retries
        self.clock = clock
        self.wall = wall


class Ledger:
    """The book of one open transaction."""

    def __init__(self, transaction: Transaction, handling: Handling) -> None:
        self.transaction = transaction
        self.unit = OpenUnit(transaction.connection)
        self._handling = handling
        self._group = handling.subscription.group

    def attempt(self, blocked: Blocked | None) -> Attempt:
        """Return an attempt to apply records; `blocked` are the keys whose records wait."""
        return Attempt(self.transaction, self._handling.handler, self.unit, blocked)

    async def write(self, standing: Standing) -> None:
        """Write what became of records of the log."""
        await self.write_applied(standing)
        if standing.failed:
            parked = [self._parked(each) for each in standing.failed]
            await self._park(parked)
            await self._tell_handler([each.rejected for each in parked])
        if standing.held:
            await self.transaction.hold(standing.held)

    async def write_applied(self, standing: Standing) -> None:
        """Write what belongs to applied records: repetitions, wrong fields, closed dead letters."""
        if standing.repeated:
            rows = [(each.account_id, each.offset, each.event_id) for each in standing.repeated]
            await self.transaction.insert_duplicates(rows)
        faulty = [each for each in standing.applied if each.event.faults]
        if faulty:
            await self._park([parked_fields(each) for each in faulty])
        self.tell(standing.resolved)

    async def write_gaps(self, slices: Sequence[Slice]) -> None:
        """Write which offsets can't be read any more, and find each."""
        gaps = [(part.claim.account_id, gap) for part in slices for gap in part.gaps]
        if not gaps:
            return
        await self.transaction.insert_gaps(gaps)
        now = self._handling.clock.now()
        for account_id, gap in gaps:
            self.unit.emit(gap_finding_draft(self._group, account_id, gap, now))
            self.unit.afterwards(count_gap)

    def tell(self, changes: Sequence[DeadLetterChange]) -> None:
        """Tell of dead letters that came into a state."""
        for change in changes:
            self.unit.emit(dead_letter_draft(self._group, change, self._handling.clock.now()))

    async def publish(self) -> None:
        """Hand what was emitted to the outbox. The last thing but the positions."""
        await self.transaction.publish(self.unit.drafts)

    def due_at(self, failed: FailedRecord, first_seen: datetime, attempts: int) -> datetime | None:
        """Return when a record is tried again after so many attempts; None when by nobody."""
        if not failed.is_transient:
            return None
        return self._handling.retries.due_at(self._handling.wall(), first_seen, attempts)

    def _parked(self, failed: FailedRecord) -> Parked:
        """Return the dead letter of a record that failed: tried again later, or by an operator."""
        due_at = self.due_at(failed, self._handling.wall(), attempts=1)
        rejected = failed.rejected
        has_key = key_place(rejected.partition, rejected.record) is not None
        return Parked(
            dead_letter_id=new_event_id(),
            account_id=failed.account_id,
            rejected=rejected,
            state=LetterState.OPEN if due_at is None else LetterState.RETRYING,
            due_at=due_at,
            holds=self._handling.subscription.is_ordered and has_key,
        )

    async def _park(self, parked: Sequence[Parked]) -> None:
        await self.transaction.park(parked)
        self.tell([letter.change for letter in parked])

    async def _tell_handler(self, rejected: Sequence[Rejected]) -> None:
        handler = self._handling.subscription.handler
        if isinstance(handler, RejectionHandler):
            await handler.handle_rejected(rejected, self.unit)


def count_gap() -> None:
    """Count the finding that tells of a gap."""
    FINDINGS.labels(OFFSET_GAP, Mode.ACTUAL).inc()


def parked_fields(applied: AppliedEvent) -> Parked:
    """Return the dead letter of an applied event's wrong fields."""
    event, account_id, record = applied
    detail = "; ".join(f"{fault.path}: {fault.rule}" for fault in event.faults)
    rejected = rejected_event(event, record, Reason.FIELDS_INVALID, detail)
    return Parked(new_event_id(), account_id, rejected, kind=LetterKind.FIELDS)
