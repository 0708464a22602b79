"""Does what the state machine decides, and tells it what came of it.

It knows only ports, so that the simulation drives the same code over a log and a store in memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bus.consuming.attempt import Standing
from bus.consuming.breaker import BreakerState
from bus.consuming.claims import Claim, Slice
from bus.consuming.effects import (
    Amend,
    AskLost,
    CloseBreaker,
    CommitOffsets,
    Effect,
    Look,
    OpenBreaker,
    Pause,
    Probe,
    Resume,
    Seek,
    TakeTrial,
    Transact,
)
from bus.consuming.inputs import (
    Amended,
    Applied,
    BreakerChanged,
    Failed,
    Input,
    Looked,
    Lost,
    NotAmended,
    Overfull,
    Probed,
    Tripped,
)
from bus.consuming.log import Log
from bus.consuming.machine import Machine
from bus.consuming.records import Partition
from bus.consuming.store import BreakerRow
from bus.consuming.transaction import (
    BreakerTrippedError,
    ParkingFullError,
    Terms,
    Transactions,
)
from bus.errors import fault_of, safe_text

logger = structlog.get_logger()

BreakerChange = OpenBreaker | TakeTrial | CloseBreaker
Question = Transact | AskLost | Look | Amend | Probe | BreakerChange


class Observer(Protocol):
    """Who is told of the work, for metrics and logs."""

    def applied(self, slices: Sequence[Slice], standing: Standing) -> None:
        """A batch was committed."""
        ...

    def amended(self, standing: Standing) -> None:
        """Dead letters and held records were worked off; this is settled now."""
        ...

    def failed(self, text: str) -> None:
        """A transaction was rolled back."""
        ...


class Interpreter:
    """Carries out effects, one after the other.

    `monotonic` gives seconds that never go back, `wall` the real time; `wait` lets so many seconds
    go by, and may end early.
    """

    def __init__(
        self,
        machine: Machine,
        log: Log,
        transactions: Transactions,
        observer: Observer,
        *,
        monotonic: Callable[[], float],
        wall: Callable[[], datetime],
        wait: Callable[[float], Awaitable[None]],
    ) -> None:
        self.machine = machine
        self._log = log
        self._transactions = transactions
        self._observer = observer
        self._monotonic = monotonic
        self._wall = wall
        self._wait = wait

    async def feed(self, happened: Input) -> None:
        """Tell the machine what happened, and do what follows until nothing does."""
        effects = deque(self.machine.on(happened, self._monotonic()))
        while effects:
            answer = await self._do(effects.popleft())
            if answer is not None:
                effects.extendleft(reversed(self.machine.on(answer, self._monotonic())))

    async def _do(self, effect: Effect) -> Input | None:
        match effect:
            case CommitOffsets(positions):
                await self._log.commit(positions)
            case Seek(positions):
                self._log.seek(positions)
            case Pause(partitions):
                self._log.pause(partitions)
            case Resume(partitions):
                self._log.resume(partitions)
            case _:
                return await self._ask(effect)
        return None

    async def _ask(self, effect: Question) -> Input:
        """Do what has an answer."""
        match effect:
            case Transact():
                return await self._transact(effect)
            case AskLost():
                return await self._ask_lost(effect)
            case Look(partitions):
                return await self._look(partitions)
            case Amend(claim):
                return await self._amend(claim)
            case Probe():
                return await self._probe()
            case OpenBreaker() | TakeTrial() | CloseBreaker():
                return await self._change_breaker(effect)

    async def _transact(self, effect: Transact) -> Input:
        if effect.after:
            await self._wait(effect.after)
        slices = effect.slices
        terms = Terms(effect.is_careful, effect.may_fail, effect.room)
        try:
            standing = await self._transactions.apply(slices, terms)
        except BreakerTrippedError as error:
            return Tripped(slices, str(error))
        except ParkingFullError as error:
            return Overfull(slices, error.partitions, effect.is_careful)
        except Exception as error:  # whatever a handler raises: nothing may be passed over
            text = f"a batch failed and is tried again: {safe_text(error)}"
            self._observer.failed(safe_text(error))
            return Failed(slices, fault_of(error), text, effect.is_careful, effect.repeats)
        self._observer.applied(slices, standing)
        failed, held = len(standing.failed), len(standing.held)
        records = sum(len(part.records) for part in slices)
        return Applied(slices, records, failed, failed + held)

    async def _ask_lost(self, effect: AskLost) -> Input:
        try:
            lost = await self._transactions.lost(effect.claims)
        except Exception as error:  # the database may be away by now
            slices = effect.retry.slices if effect.retry else ()
            text = f"the claims can't be looked at: {safe_text(error)}"
            return Failed(slices, fault_of(error), text, was_careful=True)
        if lost:
            logger.warning("consumer.fenced", partitions=len(lost))
        return Lost(effect.claims, lost, effect.retry)

    async def _look(self, partitions: Collection[Partition]) -> Input:
        try:
            waiting = await self._transactions.waiting(partitions)
        except Exception as error:  # told, and looked at again after a probe
            text = f"what waits can't be looked at: {safe_text(error)}"
            return NotAmended(None, fault_of(error), text)
        breaker, now = waiting.breaker, self._wall()
        return Looked(
            waiting.partitions,
            waiting.parked,
            breaker,
            is_trial_due=breaker.trial_at is not None and breaker.trial_at <= now,
            is_overridden=self._is_overridden(breaker),
        )

    async def _amend(self, claim: Claim) -> Input:
        try:
            records, standing = await self._transactions.amend(claim)
        except Exception as error:  # whatever a handler raises: it comes again
            self._observer.failed(safe_text(error))
            text = f"dead letters or held records can't be applied: {safe_text(error)}"
            return NotAmended(claim, fault_of(error), text)
        self._observer.amended(standing)
        return Amended(claim, records)

    async def _probe(self) -> Input:
        try:
            await self._transactions.lost([])
        except Exception as error:  # the database is still away, whatever the driver says
            return Probed(f"the database is waited for: {safe_text(error)}")
        return Probed(None)

    async def _change_breaker(self, effect: BreakerChange) -> Input:
        was = effect.was
        row = self._breaker_row(effect)
        try:
            if await self._transactions.change_breaker(was, row):
                logger.warning("consumer.breaker", state=row.state.value, reason=row.reason)
                return BreakerChanged(row, is_ours=True)
            breaker = await self._transactions.breaker()
        except Exception as error:  # it stands as it stood, and is looked at again
            return NotAmended(None, fault_of(error), f"the breaker: {safe_text(error)}")
        return BreakerChanged(breaker, is_ours=False, is_overridden=self._is_overridden(breaker))

    def _is_overridden(self, breaker: BreakerRow) -> bool:
        """Tell whether an operator keeps it closed."""
        return breaker.overridden_until is not None and breaker.overridden_until > self._wall()

    def _breaker_row(self, effect: BreakerChange) -> BreakerRow:
        now = self._wall()
        match effect:
            case OpenBreaker(_, openings, pause, reason):
                trial_at = now + timedelta(seconds=pause)
                return BreakerRow(BreakerState.OPEN, openings, trial_at, reason=reason)
            case TakeTrial(was, seconds):
                trial_at = now + timedelta(seconds=seconds)
                return replace(was, state=BreakerState.HALF_OPEN, trial_at=trial_at)
            case CloseBreaker():
                return BreakerRow(reason="a trial went well")
