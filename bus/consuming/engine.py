"""The consuming engine: carries out what `bus.consuming.core` decides.

    assigned → paused → claimed → (fetched → planned → parsed → transaction → commit)* → revoked

The database decides who owns a partition, by the epoch of its position; Kafka's group only
proposes. The offset committed to Kafka is a hint: every claim seeks to the database's position.
A fault rolls the batch back, seeks back, waits and tries again, for ever: nothing is skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence

import structlog

from bus.backoff import Backoff, pause
from bus.consuming.batch import BatchTransaction, Outcome
from bus.consuming.core import Claim, Obstructed, Slice, plan_batch
from bus.consuming.log import Log
from bus.consuming.observing import BatchObserver
from bus.consuming.records import Partition, Record
from bus.errors import FencedError, safe_text

logger = structlog.get_logger()

Parse = Callable[[Record, Partition], Outcome]

FIRST_BACKOFF_SECONDS = 0.05


class Engine:
    """Applies fetched batches of the partitions that are claimed."""

    def __init__(
        self,
        log: Log,
        transactions: BatchTransaction,
        parse: Parse,
        observer: BatchObserver,
        *,
        backoff_limit: float,
    ) -> None:
        self._log = log
        self._transactions = transactions
        self._parse = parse
        self._observer = observer
        self._backoff = Backoff(FIRST_BACKOFF_SECONDS, backoff_limit)
        self._claims: dict[Partition, Claim] = {}
        self._sought: set[Partition] = set()
        self._busy = asyncio.Lock()
        self._interrupt = asyncio.Event()
        self.fenced: dict[Partition, int] = {}
        self.obstructed: dict[Partition, Obstructed] = {}
        self.fault: str | None = None

    @property
    def claims(self) -> Mapping[Partition, Claim]:
        """The partitions that this worker holds, with their next offsets."""
        return self._claims

    def take(self, claims: Collection[Claim]) -> None:
        """Go on from these claims: seek there and fetch. A fault from before is over."""
        if claims:
            self.fault = None
        for claim in claims:
            self._claims[claim.partition] = claim
            self.fenced.pop(claim.partition, None)
            self.obstructed.pop(claim.partition, None)
        positions = {claim.partition: claim.next_offset for claim in claims}
        self._log.seek(positions)
        self._log.resume(positions)

    def obstruct(self, obstructed: Collection[Obstructed]) -> None:
        """Fetch no more of these partitions until an operator resets them."""
        self._log.pause([each.partition for each in obstructed])
        for each in obstructed:
            self._claims.pop(each.partition, None)
            self.obstructed[each.partition] = each

    def fence(self, lost: Collection[Partition]) -> None:
        """Stop working on partitions that another worker has claimed."""
        for partition in lost:
            claim = self._claims.pop(partition, None)
            if claim is not None:
                self.fenced[partition] = claim.next_offset
        if lost:
            self._log.pause(lost)
            logger.warning("consumer.fenced", partitions=len(lost))

    async def release(self, partitions: Collection[Partition], drain_seconds: float) -> None:
        """Finish the batch in hand, for so long at most, then forget these partitions.

        A transaction that outlasts the drain is fenced off by whoever claims next.
        """
        self._interrupt.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(drain_seconds), self._busy:
                pass
        self._interrupt.clear()
        for partition in partitions:
            self._claims.pop(partition, None)
            self._sought.discard(partition)
            self.fenced.pop(partition, None)
            self.obstructed.pop(partition, None)

    async def process(self, batch: Mapping[Partition, Sequence[Record]]) -> None:
        """Apply fetched records, or stand back from them; never raises for their content."""
        async with self._busy:
            plan = plan_batch(batch, self._claims, self._sought)
            self._sought = (self._sought - batch.keys()) | plan.seeks.keys()
            self._log.seek(plan.seeks)
            if plan.slices:
                await self._apply(plan.slices)

    async def _apply(self, slices: list[Slice]) -> None:
        outcomes = {
            part.claim.partition: [
                self._parse(record, part.claim.partition) for record in part.records
            ]
            for part in slices
        }
        while slices:
            try:
                standing = await self._transactions.apply(slices, outcomes)
            except FencedError as error:
                slices = await self._without_lost(slices, error)
            except Exception as error:  # whatever a handler raises: nothing may be passed over
                await self._stand_back(slices, error)
                return
            else:
                self._advance(slices)
                self._observer.applied(slices, standing)
                await self._commit(slices)
                return

    def _advance(self, slices: Sequence[Slice]) -> None:
        self._backoff.reset()
        self.fault = None
        for part in slices:
            if self._claims.get(part.claim.partition) == part.claim:
                self._claims[part.claim.partition] = part.claim.advanced(part.next_offset)

    async def _commit(self, slices: Sequence[Slice]) -> None:
        await self._log.commit({part.claim.partition: part.next_offset for part in slices})

    async def _without_lost(self, slices: list[Slice], fenced: FencedError) -> list[Slice]:
        """Drop the partitions that another worker holds now; return the slices that are left."""
        try:
            lost = await self._transactions.lost([part.claim for part in slices])
        except Exception as error:  # the database may be away by now
            await self._stand_back(slices, error)
            return []
        if not lost:
            await self._stand_back(slices, fenced)
            return []
        self.fence(lost)
        return [part for part in slices if part.claim.partition not in lost]

    async def _stand_back(self, slices: Sequence[Slice], error: Exception) -> None:
        """Seek back and wait: the same records come again."""
        self.fault = f"a batch failed and is tried again: {safe_text(error)}"
        self._observer.failed()
        logger.warning("consumer.batch_failed", error=safe_text(error))
        await pause(self._interrupt, self._backoff.next())
        self._log.seek({part.claim.partition: part.claim.next_offset for part in slices})
