"""Waiting between tries: twice as long after each failure, up to a limit, with jitter."""

from __future__ import annotations

import asyncio
import contextlib
import random


class Backoff:
    """The waits of one thing that is tried again and again. Times are in seconds.

    A wait is any time between half the first ceiling and the present one, which doubles with
    each wait: so many that lost the same server don't come back at the same moment. `chance` is
    for whoever must be able to repeat a run.
    """

    def __init__(self, first: float, limit: float, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()  # noqa: S311
        self._first = first
        self._limit = limit
        self._ceiling = first

    def next(self) -> float:
        """Return how long to wait now."""
        ceiling = min(self._ceiling, self._limit)
        self._ceiling = min(self._ceiling * 2, self._limit)
        return self._chance.uniform(min(self._first / 2, ceiling), ceiling)

    def reset(self) -> None:
        """Begin again with short waits."""
        self._ceiling = self._first


async def pause(interrupt: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until the event is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(interrupt.wait(), seconds)
