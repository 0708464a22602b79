"""`python -m tests.benchmarks.practice`: what `make calibrate` runs.

Simulates years for the practice detector: how often it alarms without a cause, and how many days
it takes to see shifts like those of 2017 and 2018.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from statistics import quantiles

from bus.notices.practice import PLAN, REFERENCE_DAYS, Count, DayCount, Plan, estimate
from bus.notices.practice.chart import weights
from bus.notices.practice.counts import STREAMS, counts_of, split_reference
from tests.benchmarks.practice_model import START, Sector, Shift, Year, peak_year_sectors

THRESHOLDS = (4.0, 5.0, 6.0, 7.0, 8.0, 10.0)
JUDGED_DAYS = 365
WATCHED_DAYS = 60
UNSEEN = WATCHED_DAYS + 1

MEAN_SEASON = 0.65
"""A simulated year's mean volume, as a share of its peak."""

FAMILY_MEMBERS_2018 = {
    "Big Bend": 741,
    "Del Rio": 2_829,
    "El Centro": 3_539,
    "El Paso": 12_312,
    "Laredo": 597,
    "Rio Grande": 63_278,
    "San Diego": 4_408,
    "Tucson": 4_954,
    "Yuma": 14_554,
}
"""Apprehended family-unit members by sector, fiscal year 2018 (U.S. Border Patrol, cbp.gov)."""

FAMILY_MEMBERS_EL_PASO_2017 = 8_609
"""The same, fiscal year 2017."""


@dataclass(frozen=True)
class Case:
    """A shift to be seen: from one share of adults referred, and of members separated."""

    name: str
    family_members: Sequence[int]
    referred_share: float
    separated_share: float

    @property
    def sectors(self) -> list[Sector]:
        return [Sector(each / 365 / MEAN_SEASON) for each in self.family_members]


CASES = (
    Case("El Paso 2017, modest: 2 % to 6 %", [FAMILY_MEMBERS_EL_PASO_2017], 0.06, 0.04),
    Case("El Paso 2017, larger: 2 % to 12 %", [FAMILY_MEMBERS_EL_PASO_2017], 0.12, 0.09),
    Case("2018-04: 2 % to 14 %", list(FAMILY_MEMBERS_2018.values()), 0.14, 0.10),
    Case("2018-05: 2 % to 46 %", list(FAMILY_MEMBERS_2018.values()), 0.46, 0.40),
)


@dataclass(frozen=True)
class Weighed:
    """One stream of a simulated sector: its judged days, and what each says."""

    counts: list[Count]
    weights: list[float]

    def crossings(self, plan: Plan) -> Iterator[int]:
        """Yield the days on which the sum reaches the threshold; it starts anew after each."""
        total = 0.0
        for count, weight in zip(self.counts, self.weights, strict=True):
            total = max(0.0, total + plan.bounded(weight))
            if total >= plan.threshold:
                total = 0.0
                yield (count.day - START).days


def weigh(counts: Iterable[DayCount], odds_ratio: float = PLAN.odds_ratio) -> list[Weighed]:
    """Weigh every stream of a sector, by baselines from its own reference window."""
    reference, judged = split_reference(counts)
    weighed = []
    for stream in STREAMS:
        days = counts_of(stream, judged)
        baseline = estimate(counts_of(stream, reference))
        weighed.append(Weighed(days, weights(days, baseline, odds_ratio)))
    return weighed


def false_alarms(weighed: Iterable[Weighed], plan: Plan) -> int:
    """Count the alarms over all streams."""
    return sum(1 for stream in weighed for _ in stream.crossings(plan))


def delay_of(weighed: Iterable[Weighed], plan: Plan, shift_day: int) -> int:
    """Return on which day of the shift, from 1, the first stream shows it."""
    shown = (day for stream in weighed for day in stream.crossings(plan) if day >= shift_day)
    return min((day - shift_day + 1 for day in shown), default=UNSEEN)


def alarms_per_sector_year(years: int, seed: int, odds_ratio: float) -> dict[float, float]:
    """Return the false alarms per sector-year at each threshold, at the peak year's volume."""
    random = Random(seed)
    alarms = dict.fromkeys(THRESHOLDS, 0)
    sectors = [sector for _ in range(years) for sector in peak_year_sectors(random)]
    for sector in sectors:
        weighed = weigh(Year(sector, random, REFERENCE_DAYS + JUDGED_DAYS).counts(), odds_ratio)
        for threshold in THRESHOLDS:
            alarms[threshold] += false_alarms(weighed, Plan(odds_ratio, threshold))
    return {threshold: count / len(sectors) for threshold, count in alarms.items()}


def delays(case: Case, runs: int, seed: int, odds_ratio: float) -> dict[float, list[list[int]]]:
    """Return, at each threshold, the sectors' delays of each run."""
    random = Random(seed)
    found: dict[float, list[list[int]]] = {threshold: [] for threshold in THRESHOLDS}
    for _ in range(runs):
        day = REFERENCE_DAYS + random.randrange(60, 200)
        shift = Shift(day, case.referred_share, case.separated_share)
        weighed = [
            weigh(Year(sector, random, day + WATCHED_DAYS, shift).counts(), odds_ratio)
            for sector in case.sectors
        ]
        for threshold in THRESHOLDS:
            plan = Plan(odds_ratio, threshold)
            found[threshold].append([delay_of(each, plan, day) for each in weighed])
    return found


def median_and_90th(values: Sequence[int]) -> str:
    """Return both, for a table."""
    cuts = quantiles(values, n=10, method="inclusive")
    return " / ".join(f"{cut:.0f}" if cut < UNSEEN else f"> {WATCHED_DAYS}" for cut in cuts[4::4])


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.practice")
    parser.add_argument("--years", type=int, default=50, help="years of 20 sectors each")
    parser.add_argument("--runs", type=int, default=200, help="of each shift")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--odds-ratio", type=float, default=PLAN.odds_ratio)
    options = parser.parse_args()
    alarms = alarms_per_sector_year(options.years, options.seed, options.odds_ratio)
    rows = [[f"false alarms, {options.years * 20} sector-years", *_shown(alarms)]]
    for case in CASES:
        found = delays(case, options.runs, options.seed, options.odds_ratio)
        for label, delay in (("first sector", min), ("last sector", max)):
            if label == "first sector" or len(case.sectors) > 1:
                cells = [median_and_90th([delay(run) for run in found[t]]) for t in THRESHOLDS]
                rows.append([f"{case.name}, {label}", *cells])
    sys.stdout.write(_table(rows))
    return 0


def _shown(alarms: dict[float, float]) -> list[str]:
    return [f"{alarms[threshold]:.2f}" for threshold in THRESHOLDS]


def _table(rows: Iterable[Sequence[str]]) -> str:
    head = ["threshold", *(f"{threshold:g}" for threshold in THRESHOLDS)]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
