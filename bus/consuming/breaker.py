"""The breaker: stop a group whose records fail too often, before a topic is emptied into dead
letters by a bad deployment.

    CLOSED → OPEN        too large a share of enough records failed within the window
    OPEN → HALF_OPEN     after a while, one worker tries a few records
    HALF_OPEN → CLOSED   the trial went well
    HALF_OPEN → OPEN     it didn't, and the next one is later

A batch that would open the breaker is rolled back: its records are read again after it closes.
Times are in seconds of a clock that never goes back.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from math import ceil


class BreakerState(StrEnum):
    """Whether the group consumes."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When it opens: at `share` of at least `minimum` records within `window` seconds.

    It stays open for `pause` seconds, twice as long after each trial that failed, `pause_limit` at
    most. A trial takes `trial` records at most.
    """

    share: float = 0.2
    minimum: int = 200
    window: float = 60.0
    pause: float = 30.0
    pause_limit: float = 600.0
    trial: int = 100

    def pause_after(self, openings: int) -> float:
        """Return how long it stays open the n-th time in a row, from 1."""
        return min(self.pause * 2.0 ** min(openings - 1, 30), self.pause_limit)

    def affordable(self, records: int) -> int:
        """Return how many of so many records may fail without opening it."""
        return ceil(self.share * records) - 1


class Window:
    """What a worker's records came to, within the last seconds."""

    def __init__(self, limits: BreakerLimits) -> None:
        self._limits = limits
        self._entries: deque[tuple[float, int, int]] = deque()
        self._records = 0
        self._failed = 0

    def add(self, now: float, records: int, failed: int) -> None:
        """Note a batch that was committed."""
        self._forget(now)
        self._entries.append((now, records, failed))
        self._records += records
        self._failed += failed

    def allowance(self, now: float, records: int) -> int | None:
        """Return how many of the next so many records may fail; None where any number may."""
        self._forget(now)
        total = self._records + records
        if total < self._limits.minimum:
            return None
        return max(0, self._limits.affordable(total) - self._failed)

    def clear(self) -> None:
        """Begin anew."""
        self._entries.clear()
        self._records = self._failed = 0

    def _forget(self, now: float) -> None:
        while self._entries and self._entries[0][0] <= now - self._limits.window:
            _, records, failed = self._entries.popleft()
            self._records -= records
            self._failed -= failed
