"""The catalogue as a page: what deploy/metrics.md holds."""

from __future__ import annotations

from bus.metrics.catalogue import CLIENT_METRICS, metrics
from bus.metrics.kinds import Exporter, Metric
from bus.metrics.labels import LABELS

HEAD = """# Metrics

`bus metrics page` makes this page from `bus/metrics`; `bus metrics list` shows the same in a
terminal. Each service has them at `/metrics`.

- State comes from `bus serve monitor` alone, also while the services are down. Of an outbox it
  comes from the relay: the database is the agency's. Counters come from where things happen.
- Every label set is there at 0 when its service starts; labels are enumerated.
- Moments are seconds since 1970, and 0 is none: write `time() - metric` where `metric > 0`.
- `mode="ACTUAL"` is real. Exercises and tests have series of their own, and alarm nobody.
"""


def page() -> str:
    """Return the page as Markdown: the metrics by who exports them, and the labels."""
    parts = [HEAD, *map(_section, Exporter), _labels()]
    return "\n".join(parts)


def _section(exporter: Exporter) -> str:
    rows = [_row(each) for each in metrics().values() if each.exporter is exporter]
    title = exporter.value[0].upper() + exporter.value[1:]
    lines = [f"## {title}", "", "| metric | type | unit | labels | what it tells |"]
    lines += ["|---|---|---|---|---|", *rows]
    if exporter is Exporter.EVERY:
        names = ", ".join(f"`{name}`" for name in CLIENT_METRICS)
        lines += ["", f"And of the process itself, from prometheus-client: {names}."]
    return "\n".join([*lines, ""])


def _row(metric: Metric) -> str:
    labels = ", ".join(metric.label_names) or "-"
    unit = metric.unit or "-"
    return f"| `{metric.name}` | {metric.kind} | {unit} | {labels} | {metric.help} |"


def _labels() -> str:
    rows = [f"| {name} | {meaning} |" for name, meaning in LABELS.items()]
    return "\n".join(["## Labels", "", "| label | what it names |", "|---|---|", *rows, ""])
