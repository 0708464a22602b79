"""The committed dashboards, as Grafana reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3] / "deploy/grafana/dashboards"
FILES = sorted(FOLDER.glob("*.json"))

Json = dict[str, Any]


def dashboards() -> list[Json]:
    """Return each committed dashboard."""
    return [json.loads(path.read_text()) for path in FILES]


def panels() -> Iterator[tuple[Json, Json]]:
    """Yield each panel, with its dashboard."""
    for dashboard in dashboards():
        for panel in dashboard["panels"]:
            yield dashboard, panel


def expressions() -> Iterator[tuple[str, str]]:
    """Yield each expression and what asks it: of panels and of marks."""
    for dashboard, panel in panels():
        for target in panel["targets"]:
            yield f"{dashboard['uid']}: {panel['title']}", target["expr"]
    for dashboard in dashboards():
        for mark in dashboard["annotations"]["list"]:
            yield f"{dashboard['uid']}: {mark['name']}", mark["expr"]


def chosen(dashboard: Json) -> Iterator[tuple[str, str, str]]:
    """Yield the variable, the metric and the label of each `label_values(metric, label)`."""
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = re.fullmatch(
                r"label_values\((\w+), (\w+)\)", variable["query"]
            ).groups()
            yield variable["name"], metric, label


def interpolated(expression: str) -> str:
    """Return what Grafana would ask, with all of each variable chosen."""
    return re.sub(r"\$\w+", ".*", re.sub(r"\$__\w+", "5m", expression))
