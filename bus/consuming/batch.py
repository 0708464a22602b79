"""The transaction of one batch: inbox, effects, emitted events, dead letters, position.

All of it commits together or not at all, and only while every partition of the batch is still
ours. Each offset of the batch gets exactly one standing: applied, duplicate, dead-lettered, or
part of a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from bus.clock import Clock
from bus.consuming import store
from bus.consuming.announcements import dead_letter_draft, gap_finding_draft
from bus.consuming.core import Claim, Slice
from bus.consuming.records import Partition, Record, Rejected
from bus.consuming.subscription import RejectionHandler, Subscription, as_batch_handler
from bus.consuming.unit import OpenUnit
from bus.events import Event
from bus.publishing.outbox import Outbox
from bus.reasons import Reason
from bus.storage.connections import Connection, Database

Outcome = Event | Rejected


class Repetition(NamedTuple):
    """A record whose event was applied from another offset."""

    partition: Partition
    offset: int
    event_id: UUID


@dataclass(slots=True)
class Standing:
    """What became of a batch's records."""

    applied: list[Event] = field(default_factory=list)
    duplicates: list[Repetition] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


class BatchTransaction:
    """Applies batches of one subscription."""

    def __init__(
        self, subscription: Subscription, database: Database, outbox: Outbox, clock: Clock
    ) -> None:
        self._group = subscription.group
        self._handler = as_batch_handler(subscription.handler)
        self._rejection_handler = (
            subscription.handler if isinstance(subscription.handler, RejectionHandler) else None
        )
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def apply(
        self, slices: Sequence[Slice], outcomes: dict[Partition, list[Outcome]]
    ) -> Standing:
        """Apply the slices whose parsed records are `outcomes`; return what became of them.

        Raises FencedError when a partition was lost, SystemicError when the database is away,
        and whatever the handler raises; in each case nothing was written.
        """
        async with self._database.transaction() as connection:
            return await self._apply_within(connection, slices, outcomes)

    async def lost(self, claims: Sequence[Claim]) -> set[Partition]:
        """Return which of the claims no longer hold."""
        async with self._database.session() as connection:
            return await store.lost_claims(connection, self._group, claims)

    async def _apply_within(
        self,
        connection: Connection,
        slices: Sequence[Slice],
        outcomes: dict[Partition, list[Outcome]],
    ) -> Standing:
        accounts = accounts_of(slices)
        standing, repetitions = sort_out(
            outcome for part in slices for outcome in outcomes[part.claim.partition]
        )
        unit = OpenUnit(connection)
        await self._claim_ids(connection, slices, standing, repetitions)
        if standing.applied:
            await self._handler.handle_batch(standing.applied, unit)
            await self._resolve(unit, standing)
        await self._recognise(connection, standing)
        await self._park(unit, accounts, standing)
        await self._record_gaps(unit, slices)
        if standing.duplicates:
            await store.insert_duplicates(
                connection,
                [
                    (accounts[each.partition], each.offset, each.event_id)
                    for each in standing.duplicates
                ],
            )
        await unit.publish_to(self._outbox)
        moves = [(part.claim, part.next_offset) for part in slices]
        await store.advance_positions(connection, self._group, moves)
        return standing

    async def _claim_ids(
        self,
        connection: Connection,
        slices: Sequence[Slice],
        standing: Standing,
        repetitions: list[Event],
    ) -> None:
        """Write the inbox rows; what has an id that was applied before leaves `applied`."""
        if not standing.applied:
            return
        firsts = standing.applied
        accounts = accounts_of(slices)
        new = await store.insert_inbox(connection, self._group, accounts, firsts)
        digests = {event.id: event.digest for event in firsts}
        if len(new) < len(firsts):
            standing.applied = [event for event in firsts if event.id in new]
            known = [event for event in firsts if event.id not in new]
            digests |= await store.applied_digests(
                connection, self._group, [event.id for event in known]
            )
            repetitions = known + repetitions
        for event in repetitions:
            if digests[event.id] == event.digest:
                place = Partition(event.topic, event.partition)
                standing.duplicates.append(Repetition(place, event.offset, event.id))
            else:
                standing.rejected.append(reused_id(event, record_of(event, slices)))

    async def _recognise(self, connection: Connection, standing: Standing) -> None:
        """Count damaged copies of applied events as duplicates: nothing of them is missing.

        So it doesn't matter whether the damaged copy or the sound one comes first.
        """
        ids = {each.event_id for each in standing.rejected if each.event_id is not None}
        if not ids:
            return
        digests = await store.applied_digests(connection, self._group, list(ids))
        rejected, standing.rejected = standing.rejected, []
        for each in rejected:
            if each.event_id is not None and digests.get(each.event_id) == each.digest:
                standing.duplicates.append(
                    Repetition(each.partition, each.record.offset, each.event_id)
                )
            else:
                standing.rejected.append(each)

    async def _park(
        self, unit: OpenUnit, accounts: dict[Partition, int], standing: Standing
    ) -> None:
        if not standing.rejected:
            return
        parked = store.park(standing.rejected, accounts)
        await store.insert_dead_letters(unit.connection, self._group, parked)
        if self._rejection_handler is not None:
            await self._rejection_handler.handle_rejected(standing.rejected, unit)
        for letter in parked:
            unit.emit(dead_letter_draft(self._group, letter.change, self._clock.now()))

    async def _resolve(self, unit: OpenUnit, standing: Standing) -> None:
        resolved = await store.resolve_dead_letters(unit.connection, self._group, standing.applied)
        for change in resolved:
            unit.emit(dead_letter_draft(self._group, change, self._clock.now()))

    async def _record_gaps(self, unit: OpenUnit, slices: Sequence[Slice]) -> None:
        gaps = [(part.claim.account_id, gap) for part in slices for gap in part.gaps]
        if not gaps:
            return
        await store.insert_gaps(unit.connection, gaps)
        for account_id, gap in gaps:
            unit.emit(gap_finding_draft(self._group, account_id, gap, self._clock.now()))


def accounts_of(slices: Sequence[Slice]) -> dict[Partition, int]:
    """Return the account of each slice's partition."""
    return {part.claim.partition: part.claim.account_id for part in slices}


def sort_out(outcomes: Iterable[Outcome]) -> tuple[Standing, list[Event]]:
    """Separate events from rejected records, and first occurrences from repetitions in the batch.

    The inbox tells repetitions of earlier batches; within one batch the first in order counts.
    """
    standing = Standing()
    repetitions: list[Event] = []
    seen: set[UUID] = set()
    for outcome in outcomes:
        if isinstance(outcome, Rejected):
            standing.rejected.append(outcome)
        elif outcome.id in seen:
            repetitions.append(outcome)
        else:
            seen.add(outcome.id)
            standing.applied.append(outcome)
    return standing, repetitions


def record_of(event: Event, slices: Sequence[Slice]) -> Record:
    """Return the record that the event was decoded from."""
    partition = Partition(event.topic, event.partition)
    records = next(part.records for part in slices if part.claim.partition == partition)
    return next(record for record in records if record.offset == event.offset)


def reused_id(event: Event, record: Record) -> Rejected:
    """Return the rejection of an event whose id was applied with another source or content."""
    return Rejected(
        partition=Partition(event.topic, event.partition),
        record=record,
        reason=Reason.EVENT_ID_REUSED,
        detail="this id was applied before with another source or content",
        mode=event.mode,
        event_id=event.id,
        source=event.source,
        sequence=event.sequence,
        digest=event.digest,
        payload_key=event.key,
    )
