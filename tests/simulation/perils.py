"""What may happen in a run, and how often: a seed decides."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bus.consuming.breaker import BreakerLimits
from bus.consuming.limits import Limits

PLENTY = 1_000
"""A limit of parking that no run reaches."""


@dataclass(frozen=True, slots=True)
class Perils:
    """How likely, at each step or turn, each thing is to happen in this run."""

    bad: float  # of the records
    copies: float
    crash: float
    severed: float
    contention: float
    stall: float
    rebalance: float
    outage: float
    truncate: float
    hole: float
    fence: float
    reset: float
    request: float
    breaker: float


def some(chance: random.Random, most: float) -> float:
    """Return how likely something is: in some runs it never happens, in others often."""
    return chance.choice((0.0, most / 10, most / 3, most))


def perils_of(chance: random.Random) -> Perils:
    """Draw what happens in this run."""
    return Perils(
        bad=some(chance, 0.5),
        copies=some(chance, 0.3),
        crash=some(chance, 0.01),
        severed=some(chance, 0.02),
        contention=some(chance, 0.02),
        stall=some(chance, 0.02),
        rebalance=some(chance, 0.01),
        outage=some(chance, 0.004),
        truncate=some(chance, 0.01),
        hole=some(chance, 0.005),
        fence=some(chance, 0.01),
        reset=some(chance, 0.005),
        request=some(chance, 0.03),
        breaker=some(chance, 0.004),
    )


def limits_of(chance: random.Random, batch: int) -> Limits:
    """Return how much may be parked, and when the breaker opens: seldom little and soon.

    There is always room for the largest batch, once what was parked before is closed.
    """
    parked = chance.choice((100_000, 100_000, 100_000, batch, batch + 6))
    minimum = chance.choice((10_000, 10_000, 5))
    breaker = BreakerLimits(share=0.3, minimum=minimum, window=20.0, pause=2.0, pause_limit=8.0)
    return Limits(parked, breaker)
