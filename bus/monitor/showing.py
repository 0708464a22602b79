"""States as gauges: what has no value now is 0, and never stays as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from bus.metrics.kinds import Gauge

Labels = tuple[str, ...]
AnyLabels = TypeVar("AnyLabels", bound=Labels)


class Shown:
    """Shows values, and knows which label sets it has shown."""

    def __init__(self) -> None:
        self._known: dict[str, set[Labels]] = {}

    def prepare(self, gauge: Gauge, every: Iterable[Labels] = ((),)) -> None:
        """Make these label sets, at 0."""
        known = self._known.setdefault(gauge.name, set())
        for labels in every:
            known.add(labels)
            gauge.labels(*labels).set(0)

    def show(self, gauge: Gauge, values: Mapping[AnyLabels, float]) -> None:
        """Show these values; every other label set of the gauge is 0."""
        known = self._known.setdefault(gauge.name, set())
        for labels in known.difference(values):
            gauge.labels(*labels).set(0)
        for labels, value in values.items():
            known.add(labels)
            gauge.labels(*labels).set(value)
