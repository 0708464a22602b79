"""One membership of a group: from joining to leaving, its partitions claimed and watched.

The claim runs as a task of its own, never inside the rebalance listener: aiokafka starts its
heartbeat only after the listener returns, so a listener that waits for a database that is away
would lose the membership it was called for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bus.backoff import Backoff, pause
from bus.consuming.breaker import BreakerState
from bus.consuming.claims import has_moved
from bus.consuming.engine import FIRST_BACKOFF_SECONDS, TICK_SECONDS, Engine
from bus.consuming.kafka import GroupMember
from bus.consuming.ledger import Parse
from bus.consuming.limits import Limits
from bus.consuming.observing import BatchObserver
from bus.consuming.postgres import PostgresStore
from bus.consuming.reading import Reader
from bus.consuming.records import Partition
from bus.consuming.subscription import Subscription
from bus.consuming.transaction import Transactions
from bus.consuming.watchdog import Watchdog
from bus.errors import safe_text
from bus.publishing.tasks import end
from bus.settings import Settings
from bus.storage.connections import Database

logger = structlog.get_logger()

WATCH_SECONDS = 1.0
"""How often the positions are compared with the log."""

EXTEND_SECONDS = 3600.0
"""How often the inbox's partitions for the months to come are looked after."""

WATCH_LIMIT_SECONDS = 5.0
"""How long database and broker may take to answer before the session isn't ready."""

REJOIN_SECONDS = 30.0
"""How long a member may be without an assignment, beyond what a rebalance may take."""

DRAIN_SHARE = 0.5
"""Which part of the rebalance timeout a batch in hand may take to finish."""

STOP_SECONDS = 2.0
"""How long a batch in hand may take to finish when the service stops."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a session is made of, and what outlives it."""

    settings: Settings
    subscription: Subscription
    parse: Parse
    database: Database
    store: PostgresStore
    transactions: Transactions
    limits: Limits
    observer: BatchObserver


class Session:
    """Consumes as one member of the group. Made anew after each loss of the broker."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._assigned: set[Partition] | None = None
        limit = parts.settings.rebalance_timeout + parts.settings.session_timeout + REJOIN_SECONDS
        self._watchdog = Watchdog(limit, time.monotonic())
        self._claiming: asyncio.Task[None] | None = None
        self._claim_fault: str | None = None
        self._watch_fault: str | None = None
        self._extend_at = 0.0
        self._reader = Reader(parts.parse, parts.settings.batch_records)
        self._member = GroupMember(
            parts.settings,
            parts.subscription,
            on_batch=self._reader.put,
            on_seek=self._reader.forget,
            assigned=self._on_assigned,
            revoked=self._on_revoked,
        )
        self._engine = Engine(
            self._member.log,
            parts.transactions,
            parts.observer,
            parts.limits,
            backoff_limit=parts.settings.backoff_limit,
            wall=parts.store.wall.now,
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Join, consume and watch until `stopping` is set, or it is better to join anew.

        Raises UnavailableError if the broker can't be reached at the start.
        """
        applying = asyncio.create_task(self._apply())
        try:
            await self._member.start()
            async with self._ticking(stopping) as ticking:
                while not (stopping.is_set() or ticking.done() or applying.done()):
                    if not self._is_member():
                        break
                    await self._watch_until(stopping)
                    await pause(stopping, WATCH_SECONDS)
        finally:
            await self._leave(applying)
        raise_what_ended(applying)

    def _is_member(self) -> bool:
        """Tell whether this membership still works; a member that can't rejoin begins anew.

        So does one whose batch takes longer than the group allows between polls: Kafka sees only
        that it goes on polling.
        """
        now, since = time.monotonic(), self._engine.busy_since
        is_stuck = self._watchdog.is_stuck(now)
        if is_stuck:
            logger.warning("consumer.rejoin_stuck")
        is_late = since is not None and now > since + self._parts.settings.max_poll_interval
        if is_late:
            logger.warning("consumer.batch_stuck")
        return self._member.is_polling and not (is_stuck or is_late)

    async def _apply(self) -> None:
        """Hand over to the engine what was read, until the reader is closed."""
        while await self._reader.has_more():
            await self._engine.process(self._reader.take)

    @asynccontextmanager
    async def _ticking(self, stopping: asyncio.Event) -> AsyncIterator[asyncio.Task[None]]:
        """Tell the engine that time goes by, until it is time to stop."""
        ticking = asyncio.create_task(self._tick())
        stop = asyncio.create_task(stopping.wait())
        stop.add_done_callback(lambda _: ticking.cancel())
        try:
            yield ticking
        finally:
            stop.cancel()
            await end(ticking)
        raise_what_ended(ticking)

    async def _tick(self) -> None:
        while True:
            await self._engine.tick()
            await asyncio.sleep(TICK_SECONDS)

    @property
    def claimed(self) -> frozenset[Partition]:
        """The partitions that this member consumes now; a member may have none, and be ready."""
        return frozenset(self._engine.machine.claims)

    def unready(self) -> list[str]:
        """Return why this member isn't consuming now."""
        machine = self._engine.machine
        reasons = [reason for reason in (machine.fault, self._watch_fault) if reason]
        if not self._member.is_polling:
            reasons.append("the consumer is not polling")
        if self._assigned is None:
            reasons.append("the group has assigned nothing to this member yet")
        else:
            reasons += self._unclaimed(self._assigned)
        reasons += [
            f"{each.partition.topic}/{each.partition.number}: {each.obstacle}, {each.detail}; "
            "see `bus positions reset`"
            for each in machine.obstructed.values()
        ]
        return reasons + self._stopped()

    def _stopped(self) -> list[str]:
        """Return what keeps fetched records from being applied until an operator looks."""
        machine, group = self._engine.machine, self._parts.subscription.group
        reasons = [
            f"{each.topic}/{each.number}: no room to park a record that failed; redrive or discard "
            f"dead letters of {group} (`bus deadletters list`)"
            for each in sorted(machine.full)
        ]
        if machine.breaker.state is not BreakerState.CLOSED:
            reasons.append(
                f"the breaker of {group} is {machine.breaker.state}: {machine.breaker.reason}; "
                "see `bus breaker list`"
            )
        return reasons

    def _unclaimed(self, assigned: set[Partition]) -> list[str]:
        machine = self._engine.machine
        waiting = assigned - machine.claims.keys() - machine.obstructed.keys()
        if not waiting:
            is_blind = bool(machine.claims) and not machine.has_looked
            return ["the breaker and the room to park are not looked at yet"] if is_blind else []
        cause = f": {self._claim_fault}" if self._claim_fault else ""
        return [f"{len(waiting)} of {len(assigned)} partitions are not claimed yet{cause}"]

    async def _on_assigned(self, partitions: set[Partition]) -> None:
        await self._end_claim()
        self._assigned = partitions
        self._watchdog.assigned()
        self._parts.observer.rebalanced()
        logger.info("consumer.assigned", partitions=len(partitions))
        self._start_claim(partitions)

    async def _on_revoked(self, partitions: set[Partition]) -> None:
        self._assigned = None
        self._watchdog.revoked(time.monotonic())
        await self._end_claim()
        await self._engine.release(partitions, self._parts.settings.rebalance_timeout * DRAIN_SHARE)
        self._reader.forget(partitions)

    def _start_claim(self, partitions: Collection[Partition]) -> None:
        """Claim these, if they are still ours and no claim is under way.

        Whoever saw a reason may have waited since; the watch looks again a second later.
        """
        ours = (self._assigned or set()).intersection(partitions)
        if ours and (self._claiming is None or self._claiming.done()):
            self._claiming = asyncio.create_task(self._claim(ours))

    async def _end_claim(self) -> None:
        if self._claiming is not None:
            await end(self._claiming)
            self._claiming = None

    async def _claim(self, partitions: set[Partition]) -> None:
        """Claim until it succeeds: without a claim there is nothing else to do."""
        backoff = Backoff(FIRST_BACKOFF_SECONDS, self._parts.settings.backoff_limit)
        while True:
            try:
                bounds = await self._member.log.bounds(partitions)
                result = await self._parts.transactions.claim(bounds)
            except Exception as error:  # aiokafka would swallow it, and the partitions stay paused
                self._claim_fault = safe_text(error)
                logger.warning("consumer.claim_failed", error=self._claim_fault)
                await asyncio.sleep(backoff.next())
                continue
            self._claim_fault = None
            self._parts.observer.claimed(result.claims)
            await self._engine.take(result.claims, result.obstructed)
            logger.info(
                "consumer.claimed",
                partitions=len(result.claims),
                gaps=result.gaps,
                obstructed=len(result.obstructed),
            )
            return

    async def _watch_until(self, stopping: asyncio.Event) -> None:
        """Watch once, but no longer than its limit, and not once it is time to stop.

        A server that is frozen refuses nothing and answers nothing: without a limit nobody would
        hear of it, and the service would not end.
        """
        watching = asyncio.create_task(self._watch())
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait(
            [watching, stop], timeout=WATCH_LIMIT_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if not (watching.done() or stop.done()):
            self._watch_fault = f"database or broker gave no answer for {WATCH_LIMIT_SECONDS:g} s"
            logger.warning("consumer.watch_failed", error=self._watch_fault)
        stop.cancel()
        await end(watching)

    async def _watch(self) -> None:
        """Look for what no fetch would tell: a log that moved away, a broker or database gone."""
        if self._claiming is not None and not self._claiming.done():
            await asyncio.wait([self._claiming])  # what takes too long is told by `_watch_until`
            return
        try:
            await self._compare()
        except Exception as error:  # told by `unready`, and looked at again a second later
            self._watch_fault = safe_text(error)
            logger.warning("consumer.watch_failed", error=self._watch_fault)
        else:
            self._watch_fault = None

    async def _compare(self) -> None:
        """Compare the claims with the database and the log; claim anew what doesn't agree."""
        if time.monotonic() >= self._extend_at:
            await self._parts.store.extend_inbox()
            self._extend_at = time.monotonic() + EXTEND_SECONDS
        machine = self._engine.machine
        claims = dict(machine.claims)
        held = list(claims.values())
        await self._engine.lose(held, await self._parts.transactions.superseded(held))
        if machine.fenced:
            await self._claim_fenced()
            return
        bounds = await self._member.log.bounds(claims.keys()) if claims else {}
        self._parts.observer.watched(held)
        moved = {each for each, claim in claims.items() if has_moved(claim, bounds[each])}
        self._start_claim(moved | machine.obstructed.keys())

    async def _claim_fenced(self) -> None:
        """Claim again what was lost to another worker, if the group still says it is ours.

        A commit that the broker accepts proves that this member's generation is the present one.
        """
        fenced = dict(self._engine.machine.fenced)
        if await self._member.log.commit(fenced):
            self._start_claim(fenced)

    async def _leave(self, applying: asyncio.Task[None]) -> None:
        await self._end_claim()
        self._reader.close()
        await self._engine.release(set(self._engine.machine.claims), STOP_SECONDS)
        await asyncio.gather(end(applying), self._member.stop())


def raise_what_ended(task: asyncio.Task[None]) -> None:
    """Raise what the task raised, if it did."""
    if task.done() and not task.cancelled():
        task.result()
