"""A CUSUM of beta-binomial counts: one-sided, upward, a day at a time.

Each day gives k events in n trials. The sum grows by the logarithm of how much better the day fits
a share whose odds have risen than the baseline, and never falls below zero (E. S. Page, "Continuous
inspection schemes", Biometrika 41, 1954; as a sum of log-likelihood ratios for counts of a varying
size: S. H. Steiner et al., "Monitoring surgical performance using risk-adjusted cumulative sum
charts", Biostatistics 1, 2000). Both shares vary from day to day by a beta distribution (J. G.
Skellam, "A probability distribution derived from the binomial distribution …", J. R. Stat. Soc. B
10, 1948): a chart that takes overdispersed counts for binomial ones alarms without a cause (D. J.
Spiegelhalter, "Handling over-dispersion of performance indicators", Qual. Saf. Health Care 14,
2005).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import lgamma, sqrt

REFERENCE_DAYS = 90
"""From so many days with trials a baseline is estimated."""

PRIOR_TRIALS = 25
"""As if so many had been seen before with half an event: a window without trials proves nothing."""

MIN_SHARE = 0.002
MAX_SHARE = 0.95
MIN_OVERDISPERSION = 0.005
MAX_OVERDISPERSION = 0.3
"""Bounds of what a reference window can show: 90 days without an event don't prove a share of 0,
nor that every day is alike."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a day brought: `events` of `trials`. An event of an earlier day's trial is one too."""

    day: date
    events: int
    trials: int

    @property
    def size(self) -> int:
        return max(self.events, self.trials)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A share under the old practice; `overdispersion` is the correlation within a day, 0 to 1."""

    share: float
    overdispersion: float

    def __post_init__(self) -> None:
        if not (0 < self.share < 1 and 0 < self.overdispersion < 1):
            raise ValueError(f"a share and an overdispersion lie between 0 and 1: {self}")

    def shifted(self, odds_ratio: float) -> Baseline:
        """Return it with the share's odds multiplied."""
        odds = self.share / (1 - self.share) * odds_ratio
        return Baseline(odds / (1 + odds), self.overdispersion)

    def log_likelihood(self, events: int, trials: int) -> float:
        """Return the beta-binomial log-likelihood, but for the part that no share changes."""
        spread = (1 - self.overdispersion) / self.overdispersion
        a, b = self.share * spread, (1 - self.share) * spread
        return (
            lgamma(events + a) - lgamma(a)
            + lgamma(trials - events + b) - lgamma(b)
            + lgamma(spread) - lgamma(trials + spread)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What a chart watches for: `odds_ratio` is the shift, `threshold` the sum that shows it."""

    odds_ratio: float
    threshold: float

    def bounded(self, weight: float) -> float:
        """Return what a day may add: half of the threshold, so that no day alone is a shift."""
        return min(weight, self.threshold / 2)


PLAN = Plan(odds_ratio=3.0, threshold=6.0)
"""Calibrated by simulation: deploy/decisions/practice-detector.md."""


def estimate(counts: Iterable[Count]) -> Baseline:
    """Return the baseline of a reference window: the pooled share, overdispersion by moments.

    The share is read one standard error above its estimate: a chart on a baseline that is too low
    by chance would alarm again and again (A. Gandy and J. T. Kvaløy, "Guaranteed conditional
    performance of control charts via bootstrap methods", Scand. J. Stat. 40, 2013).
    """
    days = [(each.events, each.size) for each in counts if each.size > 0]
    trials = sum(size for _, size in days) + PRIOR_TRIALS
    share = max(MIN_SHARE, (sum(events for events, _ in days) + 0.5) / trials)
    overdispersion = _overdispersion(days, share)
    inflation = 1 + overdispersion * sum(size * (size - 1) for _, size in days) / trials
    error = sqrt(share * (1 - share) * inflation / trials)
    return Baseline(min(share + error, MAX_SHARE), overdispersion)


def _overdispersion(days: Sequence[tuple[int, int]], share: float) -> float:
    """The squared Pearson residuals of binomial days would sum to their number, less one."""
    variance = share * (1 - share)
    residuals = sum((events - size * share) ** 2 / (size * variance) for events, size in days)
    spare_trials = sum(size - 1 for _, size in days)
    excess = (residuals - (len(days) - 1)) / max(spare_trials, 1)
    return min(max(excess, MIN_OVERDISPERSION), MAX_OVERDISPERSION)


def weights(counts: Sequence[Count], baseline: Baseline, odds_ratio: float) -> list[float]:
    """Return each day's log-likelihood ratio of the shifted share against the baseline."""
    shifted = baseline.shifted(odds_ratio)
    return [
        shifted.log_likelihood(each.events, each.size)
        - baseline.log_likelihood(each.events, each.size)
        for each in counts
    ]


def first_crossing(day_weights: Iterable[float], plan: Plan) -> int | None:
    """Return the index of the first day on which the sum reaches the threshold."""
    total = 0.0
    for index, weight in enumerate(day_weights):
        total = max(0.0, total + plan.bounded(weight))
        if total >= plan.threshold:
            return index
    return None
