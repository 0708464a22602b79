"""Nine defects to be found: parts of the engine, or of its store, that are wrong in one way each.

They show that a run of seeds which finds nothing means something.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from bus.consuming.ahead import Ahead
from bus.consuming.claims import Claim, LogBounds, Position, Slice
from bus.consuming.effects import Effect, Transact
from bus.consuming.inputs import Fetched, Input
from bus.consuming.interpreter import Interpreter
from bus.consuming.machine import Machine
from bus.consuming.parking import Held, Parked
from bus.consuming.records import Partition
from bus.consuming.store import AppliedEvent
from tests.simulation.log import FakeLog
from tests.simulation.store import FakeTransaction
from tests.simulation.tables import InboxRow, PositionRow
from tests.simulation.worker import Kit


class CommitsFirst(Interpreter):
    """Tells Kafka how far it is before the transaction, not after it."""

    async def _transact(self, effect: Transact) -> Input:
        await self._log.commit({part.claim.partition: part.next_offset for part in effect.slices})
        return await super()._transact(effect)


class ChecksNoEpoch(FakeTransaction):
    """Lets whoever once held a partition write, if only the offset fits."""

    def _is_ours(self, row: PositionRow, claim: Claim) -> bool:
        return row.next_offset == claim.next_offset

    async def lock_claim(self, claim: Claim) -> None:
        await self.work.lock(self._tables.positions, claim.partition)


class TakesAnyBatch(Machine):
    """Applies what was fetched under whichever claim there is now, wherever it begins."""

    def _fetched(self, happened: Fetched, now: float) -> list[Effect]:
        slices = [
            Slice(self._claims[partition], records)
            for partition, records in happened.batch.items()
            if partition in self._claims
        ]
        return [] if self._is_stopped() else self._transact(slices, now)


class CountsNoRows(FakeTransaction):
    """Commits although a position was another worker's."""

    async def advance_positions(self, moves: Sequence[tuple[Claim, int]]) -> None:
        await self._turn("advance_positions")
        await self._move(moves)


class DrainsTheNewestFirst(FakeTransaction):
    """Gives back what was held in the wrong order, once a redrive has freed it."""

    async def drainable(self, partition: Partition, limit: int) -> list[Held]:
        return list(reversed(await super().drainable(partition, limit)))


@dataclass(frozen=True, slots=True)
class BoundsAndHint(LogBounds):
    """What the broker says of a partition, and what was committed there."""

    committed: int


class TellsWhatIsCommitted(FakeLog):
    """Hands out the offset that was committed to Kafka, as if it were more than a hint."""

    async def bounds(self, partitions: Collection[Partition]) -> dict[Partition, LogBounds]:
        bounds = await super().bounds(partitions)
        committed = self._broker.committed
        return {
            each: BoundsAndHint(of.topic_id, of.start, of.end, committed.get(each, of.start))
            for each, of in bounds.items()
        }


class AppliesWhatIsNotCommitted(FakeTransaction):
    """Goes on from the offset in Kafka, and doesn't ask the inbox what was applied."""

    async def claim_positions(
        self, bounds: Mapping[Partition, LogBounds]
    ) -> dict[Partition, Position]:
        positions = await super().claim_positions(bounds)
        for partition, position in positions.items():
            hint = bounds[partition]
            assert isinstance(hint, BoundsAndHint)
            next_offset = min(position.next_offset, hint.committed)
            row = PositionRow(position.account_id, position.epoch, next_offset)
            self.work.put(self._tables.positions, partition, row)
            positions[partition] = replace(position, next_offset=next_offset)
        return positions

    async def insert_inbox(self, applied: Sequence[AppliedEvent]) -> set[UUID]:
        await self._turn("insert_inbox")
        for event, account_id, _ in applied:
            row = InboxRow(event.digest, account_id, event.offset)
            await self.work.lock(self._tables.inbox, event.id)
            self.work.put(self._tables.inbox, event.id, row)
        return {each.event.id for each in applied}


class DropsASuccessor(FakeTransaction):
    """Forgets the last of several records that it should hold."""

    async def hold(self, records: Sequence[Held]) -> None:
        await super().hold(records[:-1])


class RemembersWhatItParks(FakeTransaction):
    """Writes the inbox row of a record that is parked, as if it had been applied."""

    async def park(self, letters: Sequence[Parked]) -> None:
        await super().park(letters)
        for each in letters:
            event_id, digest = each.rejected.event_id, each.rejected.digest
            if event_id is not None and digest is not None:
                await self.work.insert(self._tables.inbox, event_id, InboxRow(digest))


class KeepsWhatWasReadAhead(Ahead):
    """Hands over what was fetched before a seek: the machine takes the second such for a hole."""

    def forget(self, partitions: Collection[Partition]) -> None:
        """Forget nothing."""


DEFECTS = {
    "commit before the transaction": Kit(interpreter=CommitsFirst),
    "no epoch check": Kit(transaction=ChecksNoEpoch),
    "epoch checked at write, batch from another epoch": Kit(machine=TakesAnyBatch),
    "row count not compared": Kit(transaction=CountsNoRows),
    "reorder on redrive": Kit(transaction=DrainsTheNewestFirst),
    "effects twice after a crash between transaction and commit": Kit(
        transaction=AppliesWhatIsNotCommitted, log=TellsWhatIsCommitted
    ),
    "a held successor dropped": Kit(transaction=DropsASuccessor),
    "inbox row written at parking": Kit(transaction=RemembersWhatItParks),
    "read ahead, and kept at a seek": Kit(ahead=KeepsWhatWasReadAhead),
}
