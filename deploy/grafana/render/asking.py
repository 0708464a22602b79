"""Asks a Prometheus what each panel of a dashboard asks, as Grafana would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx

from bus.errors import UnavailableError

Json = dict[str, Any]

HOURS = 24
STEP_SECONDS = 120
BUILT_IN = {"__rate_interval": "5m", "__range": f"{HOURS}h", "__interval": "2m"}


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a board shows, in seconds since 1970; it ends when somebody looks."""

    end: float

    @property
    def start(self) -> float:
        """When it begins."""
        return self.end - HOURS * 3600


def answered(client: httpx.Client, dashboard: Json, window: Window) -> Json:
    """Return the dashboard with a `result` in each target and each mark."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            ask = _at_once if target["instant"] else _over_time
            target["result"] = ask(client, interpolated(target["expr"]), window)
    for mark in dashboard["annotations"]["list"]:
        mark["result"] = _over_time(client, mark["expr"], window, step_seconds=60)
    return dashboard


def interpolated(expression: str) -> str:
    """Return the expression with Grafana's variables filled in, and all of every choice."""
    return re.sub(r"\$(\w+)", lambda found: BUILT_IN.get(found[1], ".*"), expression)


def _at_once(client: httpx.Client, expression: str, window: Window) -> list[Json]:
    return _ask(client, "query", {"query": expression, "time": window.end})


def _over_time(
    client: httpx.Client, expression: str, window: Window, step_seconds: int = STEP_SECONDS
) -> list[Json]:
    bounds = {"start": window.start, "end": window.end, "step": step_seconds}
    return _ask(client, "query_range", {"query": expression} | bounds)


def _ask(client: httpx.Client, path: str, question: dict[str, Any]) -> list[Json]:
    answer = client.post(f"/api/v1/{path}", data=question).json()
    if answer["status"] != "success":
        raise UnavailableError(f"Prometheus refused {question['query']}: {answer['error']}")
    found: list[Json] = answer["data"]["result"]
    return found
