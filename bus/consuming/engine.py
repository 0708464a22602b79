"""The engine of one member, in asyncio: one thing at a time, and an end to it when asked.

What is done is decided by `bus.consuming.machine` and carried out by `bus.consuming.interpreter`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from bus.backoff import Backoff, pause
from bus.consuming.claims import Claim, Obstructed
from bus.consuming.inputs import Claimed, Fetched, Input, Lost, Released, Ticked
from bus.consuming.interpreter import Interpreter, Observer
from bus.consuming.limits import Limits
from bus.consuming.log import Log
from bus.consuming.machine import Machine
from bus.consuming.records import ParsedRecord, Partition
from bus.consuming.transaction import Transactions

FIRST_BACKOFF_SECONDS = 0.05

LAST_COMMIT_SECONDS = 1.0
"""How long the last commit of released partitions may take. It is a hint, and no reason to wait."""

TICK_SECONDS = 0.05
"""How often the machine is told that time goes by."""


class Engine:
    """Applies fetched batches of the partitions that are claimed, and works off what waits.

    `busy_since` says since when something is in hand, by the monotonic clock; None if nothing is.
    """

    def __init__(
        self,
        log: Log,
        transactions: Transactions,
        observer: Observer,
        limits: Limits,
        *,
        backoff_limit: float,
        wall: Callable[[], datetime],
    ) -> None:
        self.machine = Machine(limits, Backoff(FIRST_BACKOFF_SECONDS, backoff_limit))
        self.busy_since: float | None = None
        self._interrupt = asyncio.Event()
        self._busy = asyncio.Lock()
        self._interpreter = Interpreter(
            self.machine,
            log,
            transactions,
            observer,
            monotonic=time.monotonic,
            wall=wall,
            wait=self._wait,
        )

    async def process(self, take: Callable[[], Mapping[Partition, Sequence[ParsedRecord]]]) -> None:
        """Apply what was fetched, or stand back from it; never raises for its content.

        `take` gives it when nothing else is in hand: until then it may grow, or be out of date.
        Then do what is due. While a log is replayed the next batch is there at once, and `tick`
        would never find the engine free.
        """
        async with self._busy:
            if batch := take():
                await self._do(Fetched(batch))
                await self._do(Ticked())

    async def take(self, claims: Sequence[Claim], obstructed: Sequence[Obstructed]) -> None:
        """Go on from these claims, and leave the others to an operator."""
        await self._feed(Claimed(claims, obstructed))

    async def lose(self, claims: Sequence[Claim], lost: Collection[Partition]) -> None:
        """Stop working on partitions that another worker has claimed."""
        if lost:
            await self._feed(Lost(claims, lost))

    async def tick(self) -> None:
        """Do what is due by now, unless a batch is in hand."""
        if not self._busy.locked():
            await self._feed(Ticked())

    async def release(self, partitions: Collection[Partition], drain_seconds: float) -> None:
        """Finish the batch in hand, for so long at most, then forget these partitions.

        A transaction that outlasts the drain is fenced off by whoever claims next.
        """
        self._interrupt.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(drain_seconds), self._busy:
                pass
        self._interrupt.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_COMMIT_SECONDS):
                await self._interpreter.feed(Released(partitions))

    async def _feed(self, happened: Input) -> None:
        async with self._busy:
            await self._do(happened)

    async def _do(self, happened: Input) -> None:
        self.busy_since = time.monotonic()
        try:
            await self._interpreter.feed(happened)
        finally:
            self.busy_since = None

    async def _wait(self, seconds: float) -> None:
        await pause(self._interrupt, seconds)
