"""Runs coroutines one step at a time, in an order that a seed decides. Time is its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulation.pacing import Sleep, Turn, Until

if TYPE_CHECKING:
    from tests.simulation.worker import Started

TURN_SECONDS = 0.002


class Job:
    """A coroutine, and what it waits for."""

    def __init__(self, coroutine: Started, owner: str) -> None:
        self.coroutine = coroutine
        self.owner = owner
        self.wakes_at = 0.0
        self.is_so: Callable[[], bool] | None = None
        self.error: Exception | None = None


class Schedule:
    """The coroutines of all workers. `happens` is asked, at each turn, what is to happen there.

    It may return an error, which the coroutine gets at that place. `history` says who came to which
    place when: the same for each run of a seed.
    """

    def __init__(
        self, chance: random.Random, happens: Callable[[str, str], Exception | None]
    ) -> None:
        self._chance = chance
        self._happens = happens
        self._jobs: list[Job] = []
        self._stalls: dict[str, float] = {}
        self.now = 0.0
        self.history: list[tuple[float, str, str]] = []

    def owned_by(self, owner: str) -> OwnSchedule:
        """Return the way in which this owner starts and ends coroutines."""
        return OwnSchedule(self, owner)

    def start(self, coroutine: Started, owner: str) -> None:
        """Run it from now on, until its end."""
        self._jobs.append(Job(coroutine, owner))

    def end(self, coroutine: Started) -> None:
        """Stop it where it is: it is thrown away, with what it had open."""
        self._jobs = [job for job in self._jobs if job.coroutine is not coroutine]
        coroutine.close()

    def end_all(self, owner: str) -> None:
        """Stop everything of this owner's: it crashed."""
        for job in [job for job in self._jobs if job.owner == owner]:
            self.end(job.coroutine)
        self._stalls.pop(owner, None)

    def stall(self, owner: str, seconds: float) -> None:
        """Give this owner no turn for so long."""
        self._stalls[owner] = self.now + seconds

    def unstall(self) -> None:
        """Let everybody go on."""
        self._stalls.clear()

    def step(self) -> None:
        """Give one coroutine a turn; let time go by where none can have one."""
        ready = self._ready()
        if ready:
            self.now += TURN_SECONDS
            self._advance(ready[int(self._chance.random() * len(ready))])
        else:
            self.now = min(self._next_wakes(), default=self.now + 1.0)

    def _ready(self) -> list[Job]:
        """Return whoever could have a turn now. No calls: much of a run is spent here."""
        now, stalls, ready = self.now, self._stalls, []
        for job in self._jobs:
            if job.wakes_at > now or (stalls and stalls.get(job.owner, 0.0) > now):
                continue
            if job.is_so is None or job.is_so():
                ready.append(job)
        return ready

    def _next_wakes(self) -> list[float]:
        times = [job.wakes_at for job in self._jobs] + list(self._stalls.values())
        return [each for each in times if each > self.now]

    def _advance(self, job: Job) -> None:
        error, job.error, job.is_so = job.error, None, None
        try:
            told = job.coroutine.send(None) if error is None else job.coroutine.throw(error)
        except StopIteration:
            self._jobs = [each for each in self._jobs if each is not job]
            return
        match told:
            case Turn(place):
                self.history.append((self.now, job.owner, place))
                job.error = self._happens(job.owner, place)
            case Until(is_so):
                job.is_so = is_so
            case Sleep(until):
                job.wakes_at = until


class OwnSchedule:
    """Starts and ends the coroutines of one owner."""

    def __init__(self, schedule: Schedule, owner: str) -> None:
        self._schedule = schedule
        self._owner = owner

    def start(self, coroutine: Started) -> None:
        """Run it from now on, until its end."""
        self._schedule.start(coroutine, self._owner)

    def end(self, coroutine: Started) -> None:
        """Stop it where it is."""
        self._schedule.end(coroutine)
