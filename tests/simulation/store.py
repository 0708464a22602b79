"""The store of one group in memory: `bus.consuming.store` over `tests.simulation.tables`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from types import TracebackType
from typing import cast
from uuid import UUID

from bus.consuming.claims import Claim, Gap, LogBounds, Position
from bus.consuming.records import Partition
from bus.consuming.store import AppliedEvent, BreakerRow, Transaction
from bus.errors import FencedError, FieldFault, InvalidEventError
from bus.events import Draft
from bus.storage.connections import Connection
from tests.simulation.letters import LetterTransaction
from tests.simulation.tables import (
    AccountRow,
    ConstraintError,
    GapRow,
    InboxRow,
    PositionRow,
    Tables,
    Work,
)

REFUSED = "refused"
"""A field that no event may have: what a handler emits with it can't be published."""


class FakeStore:
    """One process's way to a group's tables."""

    def __init__(
        self, tables: Tables, transaction: Callable[[Work], FakeTransaction] | None = None
    ) -> None:
        self._tables = tables
        self._make = transaction or FakeTransaction
        self._open: list[Work] = []

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin; commit at the end, or roll back at an error."""
        return OpenTransaction(self)

    def begin(self) -> FakeTransaction:
        """Begin for real."""
        work = self._tables.begin()
        self._open = [each for each in self._open if not each.is_over] + [work]
        return self._make(work)

    async def turn(self, place: str) -> None:
        """Give others a turn."""
        await self._tables.pace.turn(place)

    def sever(self) -> None:
        """Let the server end every transaction of this process."""
        for work in self._open:
            work.sever()


class OpenTransaction(AbstractAsyncContextManager["FakeTransaction"]):
    """A transaction from its beginning to its end, either of which may fail."""

    def __init__(self, store: FakeStore) -> None:
        self._store = store

    async def __aenter__(self) -> FakeTransaction:
        await self._store.turn("begin")
        transaction = self._store.begin()
        self._work = transaction.work
        return transaction

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        work = self._work
        try:
            if error is None:
                await self._store.turn("commit")
                if work.is_aborted:
                    return  # as Postgres does: a commit of it is a silent rollback
                check_constraints(work)
                work.commit()
                await self._store.turn("committed")
        finally:
            work.roll_back()


class Savepoint(AbstractAsyncContextManager[None]):
    """A part of a transaction that can be undone by itself."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def __aenter__(self) -> None:
        await self._work.tables.pace.turn("savepoint")
        self._work.require_open()
        self._mark = self._work.mark()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._work.return_to(self._mark)


def check_constraints(work: Work) -> None:
    """Raise ConstraintError for what a handler wrote and may not stay."""
    if work.broken_constraints:
        work.abort()
        raise ConstraintError("a deferred constraint doesn't hold")


@dataclass(frozen=True, slots=True)
class FakeConnection:
    """What the simulation's handlers write through."""

    work: Work


class FakeTransaction(LetterTransaction):
    """One open transaction of the group."""

    @property
    def connection(self) -> Connection:
        return cast(Connection, FakeConnection(self.work))

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        return Savepoint(self.work)

    def attended(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def check_constraints(self) -> None:
        await self._turn("check_constraints")
        check_constraints(self.work)

    # Claims

    async def claim_positions(
        self, bounds: Mapping[Partition, LogBounds]
    ) -> dict[Partition, Position]:
        await self._turn("claim_positions")
        positions = self._tables.positions
        for partition in sorted(bounds):
            await self.work.lock(positions, partition)
            if self.work.get(positions, partition) is None:
                await self._open_account(partition, bounds[partition])
        found = {}
        for partition in bounds:
            row = self.work.get(positions, partition)
            assert row is not None
            raised = replace(row, epoch=row.epoch + 1)
            self.work.put(positions, partition, raised)
            account = self.work.get(self._tables.accounts, row.account_id)
            assert account is not None
            found[partition] = Position(
                row.account_id, account.topic_id, raised.epoch, row.next_offset
            )
        return found

    async def _open_account(self, partition: Partition, bounds: LogBounds) -> None:
        account_id = self._tables.next_account_id()
        account = AccountRow(account_id, partition, 1, bounds.topic_id, bounds.start)
        await self.work.insert(self._tables.accounts, account_id, account)
        position = PositionRow(account_id, 0, bounds.start)
        self.work.put(self._tables.positions, partition, position)

    async def superseded_claims(self, claims: Sequence[Claim]) -> set[Partition]:
        await self._turn("superseded_claims")
        rows = {each: self.work.get(self._tables.positions, each.partition) for each in claims}
        return {
            claim.partition
            for claim, row in rows.items()
            if row is None or row.epoch != claim.epoch
        }

    async def lost_claims(self, claims: Sequence[Claim]) -> set[Partition]:
        await self._turn("lost_claims")
        lost = set()
        for claim in claims:
            row = self.work.get(self._tables.positions, claim.partition)
            held = None if row is None else (row.epoch, row.next_offset)
            if held != (claim.epoch, claim.next_offset):
                lost.add(claim.partition)
        return lost

    async def lock_claim(self, claim: Claim) -> None:
        await self._turn("lock_claim")
        await self.work.lock(self._tables.positions, claim.partition)
        row = self.work.get(self._tables.positions, claim.partition)
        if row is None or row.epoch != claim.epoch:
            raise FencedError(f"{claim.partition} belongs to another worker now")

    async def advance_positions(self, moves: Sequence[tuple[Claim, int]]) -> None:
        await self._turn("advance_positions")
        if await self._move(moves) != len(moves):
            raise FencedError("a partition belongs to another worker now")

    async def _move(self, moves: Sequence[tuple[Claim, int]]) -> int:
        """Move the positions that are where their claims expect them; return how many."""
        positions, moved = self._tables.positions, 0
        for claim, next_offset in moves:
            await self.work.lock(positions, claim.partition)
            row = self.work.get(positions, claim.partition)
            if row is not None and self._is_ours(row, claim):
                self.work.put(positions, claim.partition, replace(row, next_offset=next_offset))
                moved += 1
        return moved

    def _is_ours(self, row: PositionRow, claim: Claim) -> bool:
        return (row.epoch, row.next_offset) == (claim.epoch, claim.next_offset)

    # The standing of offsets

    async def insert_inbox(self, applied: Sequence[AppliedEvent]) -> set[UUID]:
        await self._turn("insert_inbox")
        new = set()
        for event, account_id, _ in applied:
            row = InboxRow(event.digest, account_id, event.offset)
            if await self.work.insert(self._tables.inbox, event.id, row):
                new.add(event.id)
        return new

    async def applied_digests(self, event_ids: Collection[UUID]) -> dict[UUID, bytes]:
        await self._turn("applied_digests")
        rows = {each: self.work.get(self._tables.inbox, each) for each in event_ids}
        return {each: row.digest for each, row in rows.items() if row is not None}

    async def insert_duplicates(self, rows: Sequence[tuple[int, int, UUID]]) -> None:
        await self._turn("insert_duplicates")
        for account_id, offset, event_id in rows:
            await self._insert_new(self._tables.duplicates, (account_id, offset), event_id)

    async def insert_gaps(self, rows: Sequence[tuple[int, Gap]]) -> None:
        await self._turn("insert_gaps")
        for account_id, gap in rows:
            row = GapRow(gap.to_offset, gap.reason)
            await self._insert_new(self._tables.gaps, (account_id, gap.from_offset), row)

    # The breaker

    async def breaker(self) -> BreakerRow:
        await self._turn("breaker")
        return self.work.get(self._tables.breaker, None) or BreakerRow()

    async def change_breaker(self, was: BreakerRow, row: BreakerRow) -> bool:
        await self._turn("change_breaker")
        await self.work.lock(self._tables.breaker, None)
        known = self.work.get(self._tables.breaker, None) or BreakerRow()
        if (known.state, known.trial_at, known.overridden_until) != (
            was.state,
            was.trial_at,
            was.overridden_until,
        ):
            return False
        self.work.put(self._tables.breaker, None, row)
        return True

    # What is told

    async def publish(self, drafts: Sequence[Draft]) -> None:
        await self._turn("publish")
        self.check(drafts)
        for topic in sorted({draft.topic for draft in drafts}):
            await self.work.lock(self._tables.streams, topic)
        self.work.drafts += drafts

    def check(self, drafts: Sequence[Draft]) -> None:
        if any(REFUSED in draft.data for draft in drafts):
            raise InvalidEventError("an event", [FieldFault(REFUSED, "is refused", "leave it out")])
