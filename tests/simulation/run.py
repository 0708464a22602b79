"""One run of the simulation: a seed decides about everything that happens in it.

First everything may go wrong; then comes a quiet phase, in which servers are up, handlers are
mended, operators close what stands in the way, and everything that is due is worked off. What must
be true then is checked by `tests.simulation.checking`.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

from bus.consuming.parking import LetterState
from bus.consuming.records import Partition
from bus.consuming.subscription import Order
from bus.errors import ContentionError, SystemicError
from tests.simulation.checking import Ended, violations_of
from tests.simulation.contents import BEGINNING, TOPIC, Contents
from tests.simulation.log import Broker
from tests.simulation.operating import Operators
from tests.simulation.pacing import HandPace
from tests.simulation.perils import PLENTY, limits_of, perils_of
from tests.simulation.schedule import Schedule
from tests.simulation.tables import Tables
from tests.simulation.worker import Ground, Kit, SimulatedWorker, Terms
from tests.simulation.writing import Writer

DATABASE = frozenset(
    {
        "advance_positions", "applied_digests", "begin", "blockers", "breaker", "change_breaker",
        "check_constraints", "claim_positions", "close", "commit", "drainable", "due_letters",
        "hold", "insert_duplicates", "insert_gaps", "insert_inbox", "keep", "lock_claim",
        "lost_claims", "park", "parked_count", "publish", "release", "resolve", "resolve_fields",
        "savepoint", "superseded_claims", "take_requests", "waiting",
    }
)  # fmt: skip
"""Where a statement may fail, and nothing of its transaction stay."""

QUIET_STEPS = 8_000
"""After so many steps of the quiet phase it should long have come to rest."""


class Simulation:
    """The world of one run."""

    def __init__(self, seed: int, kit: Kit | None = None) -> None:
        self.seed = seed
        self.chance = chance = random.Random(seed)
        self._kit = kit or Kit()
        self._perils = perils = perils_of(chance)
        order = Order.ORDERED if chance.random() < 0.8 else Order.INDEPENDENT
        batch = chance.choice((1, 3, 8, 20))
        self._terms = Terms(order, batch, limits_of(chance, 3 * batch))
        self._is_quiet = False
        self._is_database_away = False
        self._schedule = Schedule(chance, self._happens)
        partitions = [Partition(TOPIC, each) for each in range(chance.randint(1, 3))]
        pace = HandPace()
        self.ground = Ground(
            broker=Broker(partitions, self._reached),
            tables=Tables(pace, self._wall),
            contents=Contents(),
            pace=pace,
            now=lambda: self._schedule.now,
            wall=self._wall,
            chance=chance,
        )
        self._writer = Writer(self.ground, perils)
        self._operators = Operators(self.ground)
        self._workers: dict[str, SimulatedWorker | None] = {
            f"worker-{each}": None for each in range(chance.randint(1, 3))
        }
        self._crashed: list[str] = []

    @property
    def history(self) -> list[tuple[float, str, str]]:
        """Who came to which place when."""
        return self._schedule.history

    def _wall(self) -> datetime:
        return BEGINNING + timedelta(seconds=self._schedule.now)

    def _reached(self, partition: Partition) -> int:
        row = self.ground.tables.positions.rows.get(partition)
        return 0 if row is None else row.next_offset

    def run(self) -> list[str]:
        """Run to the end; return which promises were broken, in sentences."""
        try:
            for name in self._workers:
                self._begin(name)
            self._rebalance()
            steps = self.chance.randint(200, 1200)
            while steps > 0 or self._writer.left:
                steps -= 1
                self._step()
            is_at_rest = self._come_to_rest()
        finally:
            for name in self._workers:
                self._schedule.end_all(name)
        ground, is_ordered = self.ground, self._terms.order is Order.ORDERED
        ended = Ended(ground.tables, ground.broker, ground.contents, is_ordered, is_at_rest)
        return violations_of(ended)

    # Steps

    def _step(self) -> None:
        self._schedule.step()
        if self._crashed:
            for name in self._crashed:
                self._crash(name)
            self._crashed.clear()
        chance, perils = self.chance.random, self._perils
        if self._writer.left and chance() < 0.1:
            self._writer.write()
        if chance() > 0.15:  # what happens outside of workers happens more rarely than their steps
            return
        for likelihood, happen in (
            (perils.stall, self._stall),
            (perils.rebalance, self._rebalance),
            (perils.outage, self._turn_outage),
            (perils.truncate, self._truncate),
            (perils.hole, self._lose),
            (perils.fence, self._fence),
            (perils.reset, self._operators.reset),
            (perils.request, self._operators.request),
            (perils.breaker, self._operators.turn_breaker),
            (0.2, self._restart),
        ):
            if chance() < likelihood * 5:
                happen()

    def _happens(self, owner: str, place: str) -> Exception | None:
        """Decide what happens to a worker at this place."""
        if self._is_quiet:
            return None
        chance, perils = self.chance.random, self._perils
        if chance() < perils.crash:
            self._crashed.append(owner)
            return None
        if place == "begin" and self._is_database_away:
            return SystemicError("the database can't be reached")
        if place == "committed" and chance() < perils.severed:
            return SystemicError("the database can't be reached")  # and nobody knows what became
        if place not in DATABASE:
            return None
        if chance() < perils.severed:
            self._sever(owner)
            return SystemicError("the database can't be reached")
        if chance() < perils.contention:
            return ContentionError("another transaction was in the way")
        return None

    def _sever(self, owner: str) -> None:
        worker = self._workers[owner]
        if worker is not None:
            worker.store.sever()

    # Workers

    def _begin(self, name: str) -> None:
        own = self._schedule.owned_by(name)
        self._workers[name] = SimulatedWorker(name, self.ground, self._terms, self._kit, own)

    def _crash(self, name: str) -> None:
        self._schedule.end_all(name)
        self._workers[name] = None
        if self.chance.random() < 0.5:
            self._restart()

    def _restart(self) -> None:
        """Start what has crashed, as another member: the group deals anew."""
        dead = [name for name, worker in self._workers.items() if worker is None]
        for name in dead:
            self._begin(name)
        if dead:
            self._rebalance()

    def _stall(self) -> None:
        """Freeze a worker, for longer than its transactions may be idle or not."""
        name = self._any_worker()
        self._schedule.stall(name, self.chance.expovariate(0.3))
        if self.chance.random() < 0.3:
            self._sever(name)

    def _any_worker(self) -> str:
        return self.chance.choice(list(self._workers))

    def _rebalance(self) -> None:
        """Deal the partitions out among some of the workers, in any order."""
        alive = [name for name, worker in self._workers.items() if worker is not None]
        if alive:
            members = self.chance.sample(alive, self.chance.randint(1, len(alive)))
            self.ground.broker.assign(members)

    def _turn_outage(self) -> None:
        """A server or a handler goes away, or comes back."""
        match self.chance.randrange(3):
            case 0:
                self._is_database_away = not self._is_database_away
            case 1:
                self.ground.broker.is_away = not self.ground.broker.is_away
            case _:
                contents = self.ground.contents
                contents.is_outage = not contents.is_outage

    # The log

    def _truncate(self) -> None:
        log = self.chance.choice(list(self.ground.broker.logs.values()))
        log.truncate(log.start + self.chance.randint(1, 6))

    def _lose(self) -> None:
        log = self.chance.choice(list(self.ground.broker.logs.values()))
        first = self.chance.randint(log.start, log.end)
        for offset in range(first, first + self.chance.randint(1, 3)):
            log.lose(offset)

    # Operators, and workers that nobody knows of

    def _fence(self) -> None:
        """Somebody claims a partition, and is never heard of again."""
        partition = self.chance.choice(list(self.ground.broker.logs))
        positions = self.ground.tables.positions
        row = positions.rows.get(partition)
        if row is not None and partition not in positions.holders:
            positions.rows[partition] = replace(row, epoch=row.epoch + 1)

    # The quiet phase

    def _come_to_rest(self) -> bool:
        """Let everything be worked off; return whether it comes to rest."""
        self._is_quiet = True
        self._is_database_away = self.ground.broker.is_away = False
        self.ground.contents.is_outage = False
        self.ground.contents.is_mended = True
        self._operators.note_that_all_is_mended()
        self._schedule.unstall()
        self._crashed.clear()
        for name, worker in self._workers.items():
            if worker is None:
                self._begin(name)
        self.ground.broker.assign(list(self._workers))
        self._operators.override_breaker()
        is_scarce = self._terms.limits.parked < PLENTY
        closes_all = is_scarce or self.chance.random() < 0.3
        for step in range(QUIET_STEPS):
            self._schedule.step()
            if step % 50 == 0 and (is_scarce or self._is_at_rest()):
                is_done = not self._operators.operate(closes_all=closes_all) and self._is_at_rest()
                if is_done:
                    return True
        return False

    def _is_at_rest(self) -> bool:
        """Tell whether nothing is left that a worker would do by itself."""
        tables, logs = self.ground.tables, self.ground.broker.logs
        if any(not outcome for _, outcome in self._operators.items()):
            return False
        unclosed = {row.state for row in tables.letters.rows.values() if row.is_unclosed}
        if unclosed - {LetterState.OPEN}:
            return False
        reached = all(
            each in tables.positions.rows and tables.positions.rows[each].next_offset == log.end
            for each, log in logs.items()
        )
        return reached and not self._drainable()

    def _drainable(self) -> bool:
        tables = self.ground.tables
        holding = {row.place for row in tables.letters.rows.values() if row.is_holding}
        return any(row.place not in holding for row in tables.held.rows.values())


def violations(seed: int, kit: Kit | None = None) -> list[str]:
    """Run a seed; return which promises were broken."""
    return Simulation(seed, kit).run()
