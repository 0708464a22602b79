"""The engine's transactions: the claim, a batch, what waits, and what is asked between them.

Everything of one transaction commits together or not at all, and only while every partition
concerned is still ours. A batch is first applied as a whole. Only if that fails for a reason that
may lie in one of its records is it applied again carefully: see `bus.consuming.attempt`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bus.consuming.amending import Amendment
from bus.consuming.attempt import Blocked, Item, Standing
from bus.consuming.claims import Claim, LogBounds, Obstructed, Slice, decide_claim
from bus.consuming.ledger import Handling, Ledger
from bus.consuming.records import Partition, Unparsed
from bus.consuming.store import BreakerRow, Store, Transaction


class BreakerTrippedError(Exception):
    """So many records failed that the group must stop; the transaction was rolled back."""

    def __init__(self, failed: int, records: int) -> None:
        super().__init__(f"{failed} of {records} records failed")


class ParkingFullError(Exception):
    """There is no room to park or hold more; the transaction was rolled back."""

    def __init__(self, partitions: frozenset[Partition]) -> None:
        super().__init__(f"no more records can be parked, on {len(partitions)} partitions")
        self.partitions = partitions


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a transaction may commit.

    `may_fail` is how many records may become dead letters before the breaker opens; `room` how
    many may be parked or held. None is no limit.
    """

    is_careful: bool = False
    may_fail: int | None = None
    room: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is to do besides the log's records: where, how much is parked, and the breaker."""

    partitions: set[Partition]
    parked: int
    breaker: BreakerRow


@dataclass(slots=True)
class ClaimResult:
    """What a claim came to: the claims, and what keeps others from being one."""

    claims: list[Claim]
    obstructed: list[Obstructed]
    gaps: int = 0


class Transactions:
    """Applies the records of one subscription to its store."""

    def __init__(self, handling: Handling, store: Store) -> None:
        self._handling = handling
        self._store = store

    async def apply(self, slices: Sequence[Slice], terms: Terms) -> Standing:
        """Apply the slices and return what became of their records.

        Raises FencedError when a partition was lost, SystemicError when the database is away,
        BreakerTrippedError and ParkingFullError at the terms' limits, and whatever the handler
        or the parser raises; in each case nothing was written.
        """
        items = items_of(slices)
        async with self._store.transaction() as transaction:
            ledger = Ledger(transaction, self._handling)
            attempt = ledger.attempt(await self._blocked(transaction, items))
            if terms.is_careful:
                await attempt.search(items)
            else:
                await attempt.apply(items)
            await attempt.recognise()
            check_terms(attempt.standing, len(items), terms)
            await ledger.write(attempt.standing)
            await ledger.write_gaps(slices)
            await ledger.publish()
            await transaction.advance_positions([(part.claim, part.next_offset) for part in slices])
        ledger.unit.committed()
        return attempt.standing

    async def _blocked(self, transaction: Transaction, items: Sequence[Item]) -> Blocked | None:
        """Return which keys of these records wait already; None where nobody asks for order."""
        if not self._handling.subscription.is_ordered:
            return None
        keys = {place for item in items if (place := item.key_place) is not None}
        return await transaction.blockers(keys)

    async def waiting(self, partitions: Collection[Partition]) -> Waiting:
        """Return where something is due, to drain, or asked for, and what room is left."""
        async with self._store.transaction() as transaction:
            return Waiting(
                await transaction.waiting(partitions, self._handling.wall()),
                await transaction.parked_count(),
                await transaction.breaker(),
            )

    async def amend(self, claim: Claim) -> tuple[int, Standing]:
        """Work off what waits of the claim's partition.

        Returns how many records it looked at, and what became of those that are settled now.

        0 means that nothing can be done now. Raises as `apply`, but nothing about terms.
        """
        async with self._store.transaction() as transaction:
            await transaction.lock_claim(claim)
            ledger = Ledger(transaction, self._handling)
            amendment = Amendment(ledger, self._handling, claim)
            records = await amendment.work_off()
            await ledger.publish()
        ledger.unit.committed()
        return records, amendment.standing

    async def claim(self, bounds: dict[Partition, LogBounds]) -> ClaimResult:
        """Raise the epochs of these partitions and decide, against the log, how to go on.

        One transaction: where offsets are gone, their gap and its finding are written with it.
        """
        result = ClaimResult([], [])
        async with self._store.transaction() as transaction:
            ledger = Ledger(transaction, self._handling)
            positions = await transaction.claim_positions(bounds)
            for partition, position in positions.items():
                decision = decide_claim(partition, position, bounds[partition])
                if isinstance(decision, Obstructed):
                    result.obstructed.append(decision)
                    continue
                claim, gap = decision
                result.claims.append(claim)
                if gap is not None:
                    result.gaps += 1
                    behind = Slice(claim.advanced(gap.from_offset), (), (gap,))
                    await ledger.write_gaps([behind])
                    await transaction.advance_positions([(behind.claim, gap.to_offset)])
            await ledger.publish()
        ledger.unit.committed()
        return result

    async def lost(self, claims: Sequence[Claim]) -> set[Partition]:
        """Return which of the claims no longer hold."""
        async with self._store.transaction() as transaction:
            return await transaction.lost_claims(claims)

    async def superseded(self, claims: Sequence[Claim]) -> set[Partition]:
        """Return which of the partitions another worker has claimed, or an operator reset."""
        async with self._store.transaction() as transaction:
            return await transaction.superseded_claims(claims)

    async def breaker(self) -> BreakerRow:
        """Return how the group's breaker stands."""
        async with self._store.transaction() as transaction:
            return await transaction.breaker()

    async def change_breaker(self, was: BreakerRow, row: BreakerRow) -> bool:
        """Store the breaker's new state; return whether it was as expected until now."""
        async with self._store.transaction() as transaction:
            return await transaction.change_breaker(was, row)


def items_of(slices: Sequence[Slice]) -> list[Item]:
    """Return the records of all slices, each with the account that its offset counts in.

    Raises what the parser raised at one of them.
    """
    items = []
    for part in slices:
        account_id, partition = part.claim.account_id, part.claim.partition
        for record, outcome in part.records:
            if isinstance(outcome, Unparsed):
                raise outcome.error
            items.append(Item(account_id, partition, record, outcome))
    return items


def check_terms(standing: Standing, records: int, terms: Terms) -> None:
    """Raise BreakerTrippedError or ParkingFullError where the terms don't allow so much."""
    failed, waiting = len(standing.failed), len(standing.failed) + len(standing.held)
    if terms.may_fail is not None and failed > terms.may_fail:
        raise BreakerTrippedError(failed, records)
    if terms.room is not None and waiting > terms.room:
        stuck = frozenset(
            [each.rejected.partition for each in standing.failed]
            + [each.partition for each in standing.held]
        )
        raise ParkingFullError(stuck)
