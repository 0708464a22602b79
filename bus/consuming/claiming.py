"""The claim: how a worker comes to own the partitions that its group assigned to it.

Kafka's assignment alone can't fence: a worker that was stopped for a while still believes in
its partitions. So every claim raises the position's epoch in the database, and a batch's
transaction moves the position only under the epoch that it was claimed with.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bus.clock import Clock
from bus.consuming import store
from bus.consuming.announcements import gap_finding_draft
from bus.consuming.core import Claim, Gap, LogBounds, Obstructed, decide_claim
from bus.consuming.records import Partition
from bus.consuming.unit import OpenUnit
from bus.publishing.outbox import Outbox
from bus.storage.connections import Database


@dataclass(slots=True)
class ClaimResult:
    """What a claim came to."""

    claims: list[Claim] = field(default_factory=list)
    obstructed: list[Obstructed] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


class Claimer:
    """Claims partitions for one group."""

    def __init__(self, group: str, database: Database, outbox: Outbox, clock: Clock) -> None:
        self._group = group
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def claim(self, bounds: dict[Partition, LogBounds]) -> ClaimResult:
        """Raise the epochs of these partitions and decide, against the log, how to go on.

        One transaction: where offsets are gone, their gap and its finding are written with it.
        """
        result = ClaimResult()
        async with self._database.transaction() as connection:
            unit = OpenUnit(connection)
            positions = await store.claim_positions(connection, self._group, bounds)
            for partition, position in positions.items():
                decision = decide_claim(partition, position, bounds[partition])
                if isinstance(decision, Obstructed):
                    result.obstructed.append(decision)
                    continue
                claim, gap = decision
                result.claims.append(claim)
                if gap is not None:
                    result.gaps.append(gap)
                    await self._pass_over(unit, claim, gap)
            await unit.publish_to(self._outbox)
        return result

    async def extend_inbox(self) -> None:
        """Make the inbox's partitions for the months to come."""
        async with self._database.transaction() as connection:
            await store.extend_inbox(connection)

    async def _pass_over(self, unit: OpenUnit, claim: Claim, gap: Gap) -> None:
        await store.insert_gaps(unit.connection, [(claim.account_id, gap)])
        unit.emit(gap_finding_draft(self._group, claim.account_id, gap, self._clock.now()))
        behind = claim.advanced(gap.from_offset)
        await store.advance_positions(unit.connection, self._group, [(behind, gap.to_offset)])
