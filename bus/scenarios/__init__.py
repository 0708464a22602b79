"""Scenarios: histories played on the real bus, by business time, with expectations.

A scenario is found by the entry point group `bus.scenarios`. It has tellings; each is played on
topics, a database and a clock of its own, so that tellings and runs can't meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import entry_points
from typing import Protocol

from bus.errors import UnknownNameError
from bus.scenarios.stage import Stage

ENTRY_POINTS = "bus.scenarios"


class Telling(Protocol):
    """One way in which a history goes."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def begins(self) -> datetime: ...

    async def play(self, stage: Stage) -> None:
        """Publish, advance the clock, and expect: in that order, day by day."""
        ...


@dataclass(frozen=True, slots=True)
class Scenario:
    """A history in one or more tellings."""

    name: str
    title: str
    tellings: Sequence[Telling]


def load_scenario(name: str) -> Scenario:
    """Return the scenario of that name; raise UnknownNameError with the names that exist."""
    points = entry_points(group=ENTRY_POINTS)
    found = next((point for point in points if point.name == name), None)
    if found is None:
        known = ", ".join(sorted(point.name for point in points))
        raise UnknownNameError(f"there is no scenario {name!r}; there are: {known}")
    scenario: Scenario = found.load()
    return scenario


def load_scenarios() -> list[Scenario]:
    """Return every scenario, by name."""
    names = sorted(point.name for point in entry_points(group=ENTRY_POINTS))
    return [load_scenario(name) for name in names]
