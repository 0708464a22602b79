"""Simulated years of what sectors do, to calibrate the practice detector on.

Volumes have a season, a weekend and surges. The shares that are watched have a season, a weekend
(courts are closed), a drift from week to week, and a beta-binomial scatter within each day: more
unrest than the detector's own model knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import cos, exp, log, pi, sin
from random import Random

from bus.notices.practice import DayCount, Population
from bus.notices.practice.counts import APPREHENDED, SEPARATION_REASONS

START = date(2020, 10, 1)
ADULT_SHARE = 0.45
FAMILY_SHARE = 0.31
PEAK_ENCOUNTERS = 5_559
SEPARATED_SHARE = 0.012
REASON_WEIGHTS = (20, 12, 2, 2, 1, 1, 6, 2, 8, 8, 20, 10, 4, 4)


@dataclass(frozen=True)
class Sector:
    """What is typical of a sector: family members a day at its peak, and shares without a shift."""

    family_members: float
    referred_share: float = 0.02
    separated_share: float = SEPARATED_SHARE
    has_surges: bool = True


@dataclass(frozen=True)
class Shift:
    """From this day the shares are these."""

    first_day: int
    referred_share: float
    separated_share: float


def peak_year_sectors(random: Random) -> list[Sector]:
    """Return 20 sectors of unequal size that together make the peak's volume."""
    sizes = [1 / rank for rank in range(1, 21)]
    total = PEAK_ENCOUNTERS * FAMILY_SHARE
    return [
        Sector(
            family_members=total * size / sum(sizes),
            referred_share=random.uniform(0.005, 0.04),
            separated_share=random.uniform(0.006, 0.018),
        )
        for size in sizes
    ]


@dataclass
class Year:
    """One simulated run of a sector; every draw comes from `random`."""

    sector: Sector
    random: Random
    days: int
    shift: Shift | None = None
    _phase: float = field(init=False)
    _drift: dict[str, float] = field(init=False)
    _surges: list[tuple[int, int, float]] = field(init=False)

    def __post_init__(self) -> None:
        self._phase = self.random.uniform(0, 2 * pi)
        self._drift = {"referred": 0.0, "separated": 0.0}
        self._surges = []
        if self.sector.has_surges:
            for _ in range(3):
                first = self.random.randrange(self.days)
                length = self.random.randint(14, 42)
                self._surges.append((first, first + length, self.random.uniform(1.5, 3)))

    def counts(self) -> Iterator[DayCount]:
        """Yield the days' counts."""
        for index in range(self.days):
            yield from self._day(index)

    def _day(self, index: int) -> Iterator[DayCount]:
        day = START + timedelta(days=index)
        members = self._members(index)
        adults = binomial(self.random, members, ADULT_SHARE)
        referred, separated = self._shares(index)
        numbers: Mapping[tuple[str, str | None, Population], int] = {
            (APPREHENDED, None, Population.ADULT): adults,
            (APPREHENDED, None, Population.CHILD): members - adults,
            ("REFERRED_FOR_PROSECUTION", None, Population.ADULT): self._draw(
                adults, "referred", referred, index
            ),
        }
        for (kind, reason, population), number in numbers.items():
            if number:
                yield DayCount(day, kind, reason, population, number)
        separations = self._draw(members, "separated", separated, index)
        weights = self._reason_weights(index)
        for reason in self.random.choices(SEPARATION_REASONS, weights, k=separations):
            yield DayCount(day, "SEPARATED", reason, Population.CHILD, 1)

    def _reason_weights(self, index: int) -> tuple[float, ...]:
        """After a shift, what was added is by the reason of a referral."""
        shift = self.shift
        if shift is None or index < shift.first_day:
            return REASON_WEIGHTS
        old = self.sector.separated_share
        added = max(0.0, shift.separated_share - old) / old * sum(REASON_WEIGHTS)
        named = SEPARATION_REASONS.index("REFERRED_FOR_PROSECUTION")
        return tuple(w + added * (i == named) for i, w in enumerate(REASON_WEIGHTS))

    def _shares(self, index: int) -> tuple[float, float]:
        if self.shift is not None and index >= self.shift.first_day:
            return self.shift.referred_share, self.shift.separated_share
        return self.sector.referred_share, self.sector.separated_share

    def _members(self, index: int) -> int:
        season = 0.65 + 0.35 * cos(2 * pi * (index - 170) / 365)
        surge = max([1.0, *(factor for a, b, factor in self._surges if a <= index < b)])
        mean = self.sector.family_members * season * surge * (0.9 if index % 7 > 4 else 1.03)
        return round(self.random.gammavariate(8, mean / 8))

    def _draw(self, trials: int, name: str, share: float, index: int) -> int:
        drift = 0.9 * self._drift[name] + self.random.gauss(0, 0.08)
        self._drift[name] = drift
        weekend = -0.4 if index % 7 > 4 else 0.13
        season = 0.15 * sin(2 * pi * index / 365 + self._phase)
        odds = exp(log(share / (1 - share)) + drift + weekend + season)
        return beta_binomial(self.random, trials, odds / (1 + odds), 0.01)


def beta_binomial(random: Random, trials: int, share: float, overdispersion: float) -> int:
    """Draw the events of a day whose share is itself drawn."""
    spread = (1 - overdispersion) / overdispersion
    return binomial(random, trials, random.betavariate(share * spread, (1 - share) * spread))


def binomial(random: Random, trials: int, share: float) -> int:
    """Draw by the lengths of gaps between events."""
    if share > 0.5:
        return trials - binomial(random, trials, 1 - share)
    if share < 1e-9:
        return 0
    events, place, scale = 0, 0, log(1 - share)
    while True:
        place += 1 + int(log(1 - random.random()) / scale)
        if place > trials:
            return events
        events += 1
