"""A counter, a gauge, a histogram: what each metric says of itself.

Prometheus's object is made when a process first uses the metric. So a process exports what it
counts, and no zeros of what it doesn't know.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import ClassVar

import prometheus_client
from prometheus_client import disable_created_metrics

disable_created_metrics()


class Kind(StrEnum):
    """What Prometheus makes of it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Exporter(StrEnum):
    """Who exports a metric."""

    EVERY = "every process"
    PUBLISHER = "each process that publishes"
    CONSUMER = "each consuming service"
    TRACKER = "tracker"
    GATE = "gate"
    RELAY = "relay"
    MONITOR = "monitor"


class Metric:
    """A metric of the catalogue; `unit` is what one of it is, `labels` are of `bus.metrics.labels`.

    Nothing of it is exported before it is used.
    """

    kind: ClassVar[Kind]

    def __init__(
        self,
        name: str,
        help_text: str,
        unit: str,
        *labels: str,
        by: Exporter,
        buckets: tuple[float, ...] = (),
    ) -> None:
        self.name = name
        self.help = help_text
        self.unit = unit
        self.label_names = labels
        self.exporter = by
        self.buckets = buckets


class Counter(Metric):
    """Counts what happens; `name` ends with `_total`."""

    kind = Kind.COUNTER

    def labels(self, *values: str) -> prometheus_client.Counter:
        """Return the counter of these label values; it is exported from now on."""
        return self.exported.labels(*values) if values else self.exported

    @cached_property
    def exported(self) -> prometheus_client.Counter:
        """What this process exports."""
        return prometheus_client.Counter(self.name, self.help, self.label_names)


class Gauge(Metric):
    """Tells how something stands."""

    kind = Kind.GAUGE

    def labels(self, *values: str) -> prometheus_client.Gauge:
        """Return the gauge of these label values; it is exported from now on."""
        return self.exported.labels(*values) if values else self.exported

    @cached_property
    def exported(self) -> prometheus_client.Gauge:
        """What this process exports."""
        return prometheus_client.Gauge(self.name, self.help, self.label_names)


class Histogram(Metric):
    """Tells how long things took, by `buckets` in seconds."""

    kind = Kind.HISTOGRAM

    def labels(self, *values: str) -> prometheus_client.Histogram:
        """Return the histogram of these label values; it is exported from now on."""
        return self.exported.labels(*values) if values else self.exported

    @cached_property
    def exported(self) -> prometheus_client.Histogram:
        """What this process exports."""
        return prometheus_client.Histogram(
            self.name, self.help, self.label_names, buckets=self.buckets
        )
