"""The series of a day, as OpenMetrics text. Only metrics of the catalogue can be written."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from bus.metrics.catalogue import metrics
from bus.metrics.kinds import Kind
from deploy.grafana.render.curves import Curve, Moment

HOUR = 3600
STEP_SECONDS = 60
HOURS = 25
"""A day, and an hour before it for what looks back."""

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class History:
    """What was scraped until `now`, in seconds since 1970.

    A series that is written again takes the place of the first: a broken day starts from a
    healthy one.
    """

    now: float
    _curves: dict[str, dict[Labels, Curve]] = field(default_factory=dict)

    def gauge(self, name: str, curve: Curve, **labels: str) -> None:
        """Let a gauge follow the curve."""
        self._write(name, Kind.GAUGE, curve, labels)

    def moment(self, name: str, moment: Moment, **labels: str) -> None:
        """Let a gauge hold a moment; 0 where there is none."""

        def value(hour: float) -> float:
            found = moment(hour)
            return 0.0 if found is None else self.now + found * HOUR

        self._write(name, Kind.GAUGE, value, labels)

    def counter(self, name: str, per_second: Curve, **labels: str) -> None:
        """Let a counter count at the rate of the curve."""
        self._write(name, Kind.COUNTER, per_second, labels)

    def histogram(self, name: str, per_second: Curve, median: Curve, **labels: str) -> None:
        """Let a histogram observe at a rate, log-logistically around the median."""
        buckets = metrics()[name].buckets
        for bound in (*buckets, float("inf")):
            bucket = _within(bound, per_second, median)
            self._write(name, Kind.HISTOGRAM, bucket, labels | {"le": _number(bound)})

    def lines(self) -> Iterator[str]:
        """Yield the text, metric by metric."""
        for name, curves in self._curves.items():
            kind = metrics()[name].kind
            yield f"# TYPE {name.removesuffix('_total')} {kind}\n"
            for labels, curve in curves.items():
                yield from self._samples(name, kind, labels, curve)
        yield "# EOF\n"

    def _write(self, name: str, kind: Kind, curve: Curve, labels: dict[str, str]) -> None:
        metric = metrics()[name]
        if metric.kind is not kind or set(metric.label_names) != labels.keys() - {"le"}:
            raise ValueError(f"{name} is a {metric.kind} with labels {metric.label_names}")
        self._curves.setdefault(name, {})[tuple(sorted(labels.items()))] = curve

    def _samples(self, name: str, kind: Kind, labels: Labels, curve: Curve) -> Iterator[str]:
        shown = ",".join(f'{label}="{value}"' for label, value in labels)
        series = f"{name}{'_bucket' if kind is Kind.HISTOGRAM else ''}{{{shown}}}"
        count = 0.0
        for index in range(HOURS * HOUR // STEP_SECONDS + 1):
            hour = index * STEP_SECONDS / HOUR - HOURS
            count += curve(hour) * STEP_SECONDS
            value = _exported(kind, curve(hour), count)
            yield f"{series} {value} {self.now + hour * HOUR:.0f}\n"


def _exported(kind: Kind, value: float, count: float) -> float:
    if kind is Kind.GAUGE:
        return value
    # Whole numbers in each bucket would let quantiles tremble as they never do in a real one.
    return math.floor(count) if kind is Kind.COUNTER else count


def _within(bound: float, per_second: Curve, median: Curve) -> Curve:
    def rate(hour: float) -> float:
        if bound == float("inf"):
            return per_second(hour)
        return per_second(hour) / (1 + (median(hour) / bound) ** 3)

    return rate


def _number(bound: float) -> str:
    return "+Inf" if bound == float("inf") else str(float(bound))
