"""When a record whose handling failed is tried again, and when no more."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """Up to `attempts` tries, none begun `age` seconds after the first failure.

    Between them is any time up to `first` seconds, twice as much after each, `ceiling` at most:
    exponential backoff with full jitter.
    """

    attempts: int = 5
    age: float = 600.0
    first: float = 1.0
    ceiling: float = 60.0


class Retries:
    """Decides on due times; `chance` is for whoever must be able to repeat a run."""

    def __init__(self, limits: RetryLimits, chance: random.Random | None = None) -> None:
        self._limits = limits
        self._chance = chance or random.Random()  # noqa: S311

    def due_at(self, now: datetime, first_seen: datetime, attempts: int) -> datetime | None:
        """Return when to try again after so many attempts; None when no more."""
        if attempts >= self._limits.attempts:
            return None
        ceiling = min(self._limits.first * 2.0 ** (attempts - 1), self._limits.ceiling)
        due_at = now + timedelta(seconds=self._chance.uniform(0, ceiling))
        return due_at if due_at < first_seen + timedelta(seconds=self._limits.age) else None
