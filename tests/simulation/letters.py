"""Dead letters, held records and operators' requests, as a transaction in memory knows them.

The first half of `tests.simulation.store.FakeTransaction`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from bus.consuming.parking import (
    Blocker,
    DeadLetterChange,
    Held,
    Letter,
    LetterKind,
    LetterState,
    Parked,
    Retried,
)
from bus.consuming.records import KeyPlace, Partition, Record, StoredRecord, key_place
from bus.consuming.requests import STATES, allowance
from bus.consuming.store import AppliedEvent
from bus.events import Event
from tests.simulation.tables import (
    ConstraintError,
    HeldRow,
    InboxRow,
    Key,
    LetterRow,
    RequestRow,
    Row,
    Table,
    Work,
)


class LetterTransaction:
    """What one open transaction reads and writes of dead letters and held records."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._tables = work.tables

    async def _turn(self, place: str) -> None:
        await self._tables.pace.turn(place)
        self.work.require_open()

    async def _insert_new(self, table: Table[Key, Row], key: Key, row: Row) -> None:
        if not await self.work.insert(table, key, row):
            self.work.abort()
            raise ConstraintError(f"there is a row {key} already")

    # What is parked and held

    async def park(self, letters: Sequence[Parked]) -> None:
        await self._turn("park")
        for parked in letters:
            row = letter_row(parked, self._tables.wall())
            await self._insert_new(self._tables.letters, row.dead_letter_id, row)

    async def hold(self, records: Sequence[Held]) -> None:
        await self._turn("hold")
        for each in records:
            key = (each.account_id, each.record.offset)
            place = key_place(each.partition, each.record)
            row = HeldRow(each.partition, stored(each.record), place)
            await self._insert_new(self._tables.held, key, row)

    async def release(self, records: Sequence[Held]) -> None:
        await self._turn("release")
        for each in records:
            key = (each.account_id, each.record.offset)
            await self.work.lock(self._tables.held, key)
            self.work.put(self._tables.held, key, None)

    def _letters(self) -> list[LetterRow]:
        rows = [row for _, row in self.work.rows(self._tables.letters)]
        return sorted(rows, key=lambda row: row.order)

    def _first_holding(self) -> dict[KeyPlace, LetterRow]:
        """Return, for each key that has one, its first unclosed dead letter that holds."""
        first: dict[KeyPlace, LetterRow] = {}
        for row in self._letters():
            if row.is_holding and row.place is not None:
                first.setdefault(row.place, row)
        return first

    async def blockers(self, keys: Collection[KeyPlace]) -> dict[KeyPlace, Blocker]:
        await self._turn("blockers")
        first = self._first_holding()
        found = {
            key: Blocker(first[key].event_id, first[key].digest) for key in keys if key in first
        }
        held = {row.place for _, row in self.work.rows(self._tables.held)}
        return {key: Blocker() for key in keys if key in held} | found

    async def resolve(self, applied: Sequence[AppliedEvent]) -> list[DeadLetterChange]:
        await self._turn("resolve")
        closing: dict[tuple[UUID, bytes | None], AppliedEvent] = {
            (each.event.id, each.event.digest): each for each in applied
        }
        changes = []
        letters = [
            row
            for row in self._letters()
            if row.kind is LetterKind.RECORD and row.is_unclosed and row.event in closing
        ]
        for row in await self._still_unclosed(letters):
            by = closing[row.event]
            if row.order != (by.account_id, by.event.offset):
                await self._insert_new(self._tables.duplicates, row.order, by.event.id)
            changes.append(self._resolve(row))
        return changes

    async def resolve_fields(self, corrections: Sequence[Event]) -> list[DeadLetterChange]:
        await self._turn("resolve_fields")
        corrected = {(each.causation_id, content_of(each.topic)) for each in corrections}
        letters = [
            row
            for row in self._letters()
            if row.kind is LetterKind.FIELDS
            and row.is_unclosed
            and (row.event_id, content_of(row.partition.topic)) in corrected
        ]
        return [self._resolve(row) for row in await self._still_unclosed(letters)]

    async def close(self, letters: Sequence[Letter]) -> set[UUID]:
        await self._turn("close")
        unclosed = await self._still_unclosed(letters)
        for row in unclosed:
            self._resolve(row)
        return {row.dead_letter_id for row in unclosed}

    async def _still_unclosed(self, letters: Sequence[Letter | LetterRow]) -> list[LetterRow]:
        """Lock these dead letters; return those that are unclosed by then."""
        found = []
        for each in letters:
            await self.work.lock(self._tables.letters, each.dead_letter_id)
            row = self.work.get(self._tables.letters, each.dead_letter_id)
            if row is not None and row.is_unclosed:
                found.append(row)
        return found

    def _resolve(self, row: LetterRow) -> DeadLetterChange:
        self._change(row, LetterState.RESOLVED)
        return letter_of(row).changed(LetterState.RESOLVED)

    def _change(self, row: LetterRow, state: LetterState) -> None:
        changed = replace(row, state=state, due_at=None)
        self.work.put(self._tables.letters, row.dead_letter_id, changed)

    async def keep(self, retried: Sequence[Retried]) -> set[UUID]:
        await self._turn("keep")
        kept_ids = set()
        for each in retried:
            for row in await self._still_unclosed([each.letter]):
                kept = replace(
                    row,
                    state=each.state,
                    due_at=each.due_at,
                    attempts=each.attempts,
                    reason=each.rejected.reason.value,
                    detail=each.rejected.detail,
                )
                self.work.put(self._tables.letters, row.dead_letter_id, kept)
                kept_ids.add(row.dead_letter_id)
        return kept_ids

    async def due_letters(self, partition: Partition, at: datetime, limit: int) -> list[Letter]:
        await self._turn("due_letters")
        waiting_for: dict[KeyPlace, set[tuple[UUID, bytes | None]]] = {}
        due = []
        for row in self._letters():
            before: set[tuple[UUID, bytes | None]] = set()
            if row.is_holding and row.place is not None:
                before = waiting_for.setdefault(row.place, set())
            if row.partition == partition and is_due(row, at) and before <= {row.event}:
                due.append(row)
            if row.is_holding:
                before.add(row.event)
        return [letter_of(row) for row in due[:limit]]

    async def drainable(self, partition: Partition, limit: int) -> list[Held]:
        await self._turn("drainable")
        return self._drainable(partition)[:limit]

    def _drainable(self, partition: Partition) -> list[Held]:
        first = self._first_holding()
        free = [
            (row.place.digest if row.place else b"", key, row)
            for key, row in self.work.rows(self._tables.held)
            if row.partition == partition and row.place not in first
        ]
        free.sort(key=lambda each: each[:2])
        return [Held(key[0], row.partition, row.record) for _, key, row in free]

    # Requests

    async def take_requests(
        self, partition: Partition, at: datetime, limit: int
    ) -> tuple[list[Letter], list[Letter]]:
        await self._turn("take_requests")
        taken: dict[LetterState, list[Letter]] = {state: [] for state in STATES.values()}
        for number in self._requests_of(partition):
            await self.work.lock(self._tables.requests, number)
        for number in self._requests_of(partition):
            request = self.work.get(self._tables.requests, number)
            assert request is not None
            await self._end_idle(request, partition)
            seconds = (at - request.requested_at).total_seconds()
            allowed = allowance(request.per_second, request.taken, seconds, limit)
            state = STATES[request.action]
            taken[state] += await self._take(request, partition, state, allowed)
        discarded = taken[LetterState.DISCARDED]
        await self._remember_discarded(discarded)
        return taken[LetterState.REDRIVING], discarded

    def _open_items(self, partition: Partition) -> list[tuple[int, LetterRow]]:
        """Return the requests' letters of this partition that nobody has taken up."""
        found = []
        for (number, letter_id), outcome in self.work.rows(self._tables.items):
            row = self.work.get(self._tables.letters, letter_id)
            if not outcome and row is not None and row.partition == partition:
                found.append((number, row))
        return sorted(found, key=lambda each: (each[0], each[1].order))

    def _requests_of(self, partition: Partition) -> list[int]:
        return list(dict.fromkeys(number for number, _ in self._open_items(partition)))

    async def _end_idle(self, request: RequestRow, partition: Partition) -> None:
        """End requests for what isn't open any more, or can't be applied again."""
        for number, row in self._open_items(partition):
            is_idle = row.state is not LetterState.OPEN or (
                row.kind is LetterKind.FIELDS and request.action == "REDRIVE"
            )
            if number == request.number and is_idle:
                await self._end_item(number, row, row.state.value)

    async def _end_item(self, number: int, row: LetterRow, outcome: str) -> None:
        await self.work.lock(self._tables.items, (number, row.dead_letter_id))
        self.work.put(self._tables.items, (number, row.dead_letter_id), outcome)

    async def _take(
        self, request: RequestRow, partition: Partition, state: LetterState, limit: int
    ) -> list[Letter]:
        rows = [row for number, row in self._open_items(partition) if number == request.number]
        taken = []
        for row in await self._still_unclosed(rows[:limit]):
            await self._end_item(request.number, row, "TAKEN")
            self._change(row, state)
            letter = letter_of(replace(row, state=state))
            taken.append(replace(letter, actor_role=request.requested_by.partition(":")[0]))
        counted = replace(request, taken=request.taken + len(taken))
        self.work.put(self._tables.requests, request.number, counted)
        return taken

    async def _remember_discarded(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            row = self.work.get(self._tables.letters, letter.dead_letter_id)
            if row is not None and row.event_id is not None and row.digest is not None:
                await self.work.insert(self._tables.inbox, row.event_id, InboxRow(row.digest))

    async def waiting(self, partitions: Collection[Partition], at: datetime) -> set[Partition]:
        await self._turn("waiting")
        due = {row.partition for row in self._letters() if is_due(row, at)}
        return {
            each
            for each in partitions
            if each in due or self._open_items(each) or self._drainable(each)
        }

    async def parked_count(self) -> int:
        await self._turn("parked_count")
        parked = [
            row for row in self._letters() if row.kind is LetterKind.RECORD and row.is_unclosed
        ]
        return len(parked) + len(self.work.rows(self._tables.held))


def letter_row(parked: Parked, now: datetime) -> LetterRow:
    """Return the row of a new dead letter."""
    rejected = parked.rejected
    return LetterRow(
        dead_letter_id=parked.dead_letter_id,
        account_id=parked.account_id,
        partition=rejected.partition,
        record=stored(rejected.record),
        place=key_place(rejected.partition, rejected.record),
        reason=rejected.reason.value,
        detail=rejected.detail,
        event_id=rejected.event_id,
        digest=rejected.digest,
        mode=rejected.mode,
        kind=parked.kind,
        holds=parked.holds,
        state=parked.state,
        due_at=parked.due_at,
        first_seen=now,
    )


def letter_of(row: LetterRow) -> Letter:
    """Return the dead letter as the engine knows it."""
    return Letter(
        dead_letter_id=row.dead_letter_id,
        account_id=row.account_id,
        partition=row.partition,
        record=row.record,
        reason=row.reason,
        attempts=row.attempts,
        state=row.state,
        first_seen=row.first_seen,
        holds=row.holds,
        mode=row.mode,
    )


def stored(record: Record) -> StoredRecord:
    """Return the record as a store gives it back."""
    return StoredRecord(record.offset, record.timestamp, record.key, record.value, record.headers)


def is_due(row: LetterRow, at: datetime) -> bool:
    """Tell whether a dead letter is to be tried now, if none of its key stands before it."""
    if row.state is LetterState.REDRIVING:
        return True
    return row.state is LetterState.RETRYING and row.due_at is not None and row.due_at <= at


def content_of(topic: str) -> str:
    """Return the topic's middle part: the same content comes on topics of several agencies."""
    return topic.split(".")[1]
