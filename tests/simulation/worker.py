"""A worker as the simulation runs it: the engine's machine and interpreter, as a session has them.

What `bus.consuming.session` and `bus.consuming.engine` do in asyncio, this does in coroutines that
the scheduler drives: one thing at a time, but claiming and watching beside it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from bus.backoff import Backoff
from bus.consuming.ahead import Ahead
from bus.consuming.attempt import Standing
from bus.consuming.claims import Slice, has_moved
from bus.consuming.inputs import Claimed, Fetched, Input, Lost, Released, Ticked
from bus.consuming.interpreter import Interpreter
from bus.consuming.ledger import Handling
from bus.consuming.limits import Limits
from bus.consuming.machine import Machine
from bus.consuming.records import ParsedRecord, Partition, StoredRecord
from bus.consuming.retries import Retries, RetryLimits
from bus.consuming.subscription import Order, Subscription
from bus.consuming.transaction import Transactions
from tests.simulation.contents import GROUP, TOPIC, Contents, SimulatedHandler
from tests.simulation.log import Broker, FakeLog
from tests.simulation.pacing import Pace, Sleep, Turn, Until
from tests.simulation.store import FakeStore, FakeTransaction
from tests.simulation.tables import Tables

TICK_SECONDS = 0.5
WATCH_SECONDS = 1.0
DRAIN_SECONDS = 2.0
BACKOFF_SECONDS = (0.05, 1.0)

RETRIES = RetryLimits(attempts=3, age=60.0, first=0.5, ceiling=2.0)

Started = Coroutine[Any, None, None]
"""A coroutine that the scheduler drives."""


class Scheduler(Protocol):
    """Runs a worker's coroutines."""

    def start(self, coroutine: Started) -> None:
        """Run it from now on, until its end."""
        ...

    def end(self, coroutine: Started) -> None:
        """Stop it where it is."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What all workers of a run have in common."""

    order: Order
    batch_records: int
    limits: Limits


@dataclass(frozen=True, slots=True)
class Ground:
    """What workers share: the world outside of them."""

    broker: Broker
    tables: Tables
    contents: Contents
    pace: Pace
    now: Callable[[], float]
    wall: Callable[[], datetime]
    chance: random.Random


@dataclass(frozen=True, slots=True)
class Kit:
    """What a worker is made of; a test of the simulator replaces a part by a broken one."""

    machine: type[Machine] = Machine
    interpreter: type[Interpreter] = Interpreter
    transaction: type[FakeTransaction] = FakeTransaction
    log: type[FakeLog] = FakeLog
    ahead: type[Ahead] = Ahead


class Silent:
    """Observes nothing."""

    def applied(self, slices: Sequence[Slice], standing: Standing) -> None:
        """Ignore it."""

    def amended(self, standing: Standing) -> None:
        """Ignore it."""

    def failed(self, text: str) -> None:
        """Ignore it."""


class WallClock:
    """Business time is the simulation's."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self.now = wall


class SimulatedWorker:
    """One process: what it knows is lost with it."""

    def __init__(self, name: str, ground: Ground, terms: Terms, kit: Kit, run: Scheduler) -> None:
        self.name = name
        self._ground = ground
        self._terms = terms
        self._run = run
        self._is_busy = False
        self._claiming: Started | None = None
        self._is_claiming = False
        self._ahead = kit.ahead(2 * terms.batch_records)
        self.log = kit.log(ground.broker, name, ground.pace, self._ahead.forget)
        self.store = FakeStore(ground.tables, kit.transaction)
        handler = SimulatedHandler(ground.contents, ground.pace)
        subscription = Subscription(GROUP, (TOPIC,), handler, terms.order)
        handling = Handling(
            subscription,
            ground.contents.parse,
            Retries(RETRIES, ground.chance),
            clock=WallClock(ground.wall),
            wall=ground.wall,
        )
        self._transactions = Transactions(handling, self.store)
        self.machine = kit.machine(terms.limits, Backoff(*BACKOFF_SECONDS, ground.chance))
        self._interpreter = kit.interpreter(
            self.machine,
            self.log,
            self._transactions,
            Silent(),
            monotonic=ground.now,
            wall=ground.wall,
            wait=self._sleep,
        )
        run.start(self._fetch())
        run.start(self._apply())
        run.start(self._tick())
        run.start(self._belong())
        run.start(self._watch())

    async def _sleep(self, seconds: float) -> None:
        await Sleep(self._ground.now() + seconds)

    async def _feed(self, happened: Input) -> None:
        """Do one thing at a time."""
        await self._begin()
        try:
            await self._interpreter.feed(happened)
        finally:
            self._is_busy = False

    async def _begin(self) -> None:
        while self._is_busy:
            await Until(self._is_free)
        self._is_busy = True

    def _is_free(self) -> bool:
        return not self._is_busy

    async def _fetch(self) -> None:
        """Read ahead, as `bus.consuming.reading` does: others have turns while it parses."""
        ahead, parse = self._ahead, self._ground.contents.parse
        while True:
            await Until(self.log.has_records)
            mark, fetched = ahead.mark, self.log.fetch(self._terms.batch_records)
            await Until(partial(self._has_room, fetched, mark))
            await Turn("fetched")
            parsed = {
                partition: [ParsedRecord(record, parse(record, partition)) for record in records]
                for partition, records in fetched.items()
            }
            ahead.add(ahead.fresh(parsed, mark))

    def _has_room(self, fetched: Mapping[Partition, Sequence[StoredRecord]], mark: int) -> bool:
        return self._ahead.has_room(self._ahead.fresh(fetched, mark))

    async def _apply(self) -> None:
        while True:
            await Until(lambda: len(self._ahead) > 0)
            await self._begin()
            try:
                if batch := self._ahead.take():
                    await self._interpreter.feed(Fetched(batch))
                    await self._interpreter.feed(Ticked())
            finally:
                self._is_busy = False

    async def _tick(self) -> None:
        while True:
            await self._sleep(TICK_SECONDS)
            if not self._is_busy:
                await self._feed(Ticked())

    # Membership

    async def _belong(self) -> None:
        """Follow the group: give back what was assigned, take and claim what is."""
        broker = self._ground.broker
        while True:
            await Until(lambda: broker.generation != self.log.generation and not broker.is_away)
            await self._give_back()
            assigned = broker.assignment.get(self.name, [])
            self.log.take_assignment(assigned, broker.generation)
            self._start_claim(assigned)

    async def _give_back(self) -> None:
        """Finish the batch in hand, for a while, then forget the partitions."""
        self._end_claim()
        await Turn("revoked")
        deadline = self._ground.now() + DRAIN_SECONDS
        while self._is_busy and self._ground.now() < deadline:
            await self._sleep(DRAIN_SECONDS / 10)
        self.machine.on(Released(self.log.assigned), self._ground.now())
        self._ahead.forget(self.log.assigned)

    def _start_claim(self, partitions: Collection[Partition]) -> None:
        if partitions:
            self._is_claiming = True
            self._claiming = self._claim(sorted(partitions))
            self._run.start(self._claiming)

    def _end_claim(self) -> None:
        if self._claiming is not None:
            self._run.end(self._claiming)
            self._claiming = None
            self._is_claiming = False

    async def _claim(self, partitions: Sequence[Partition]) -> None:
        backoff = Backoff(*BACKOFF_SECONDS, self._ground.chance)
        while True:
            try:
                bounds = await self.log.bounds(partitions)
                result = await self._transactions.claim(bounds)
            except Exception:
                await self._sleep(backoff.next())
                continue
            await self._feed(Claimed(result.claims, result.obstructed))
            self._is_claiming = False
            return

    async def _watch(self) -> None:
        while True:
            await self._sleep(WATCH_SECONDS)
            if self._is_claiming:
                continue
            try:
                await self._compare()
            except Exception:  # looked at again a second later
                continue

    async def _compare(self) -> None:
        """Compare the claims with the database and the log; claim anew what doesn't agree."""
        claims = dict(self.machine.claims)
        held = list(claims.values())
        lost = await self._transactions.superseded(held)
        if lost:
            await self._feed(Lost(held, lost))
        if self.machine.fenced:
            fenced = dict(self.machine.fenced)
            if await self.log.commit(fenced):
                self._start_claim(fenced)
            return
        bounds = await self.log.bounds(list(claims)) if claims else {}
        moved = {each for each, claim in claims.items() if has_moved(claim, bounds[each])}
        self._start_claim(moved | self.machine.obstructed.keys())
