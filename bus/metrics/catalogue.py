"""All metrics of the bus."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import ModuleType

from bus.metrics import counted, states
from bus.metrics.kinds import Metric

CLIENT_METRICS = (
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
)
"""What prometheus-client adds of the process itself."""


@cache
def metrics() -> dict[str, Metric]:
    """Return every metric by name, in the catalogue's order."""
    return {each.name: each for module in (counted, states) for each in _metrics_of(module)}


def _metrics_of(module: ModuleType) -> Iterator[Metric]:
    return (value for value in vars(module).values() if isinstance(value, Metric))
