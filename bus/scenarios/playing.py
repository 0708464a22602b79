"""Playing a scenario: each telling on its own ground, then the proof that nothing was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bus.local.stack import Addresses
from bus.scenarios import Scenario, Telling
from bus.scenarios.running import Ground, prepared
from bus.scenarios.stage import Line


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one telling."""

    telling: Telling
    lines: tuple[Line, ...]

    @property
    def is_met(self) -> bool:
        """Whether every expectation was met."""
        return all(line.is_met for line in self.lines)


async def play(
    scenario: Scenario,
    addresses: Addresses,
    directory: Path,
    begin: Callable[[Telling], None],
    show: Callable[[Line], None],
) -> list[Played]:
    """Play every telling, one after the other; show each line as it comes."""
    ground = Ground(addresses, directory)
    played = []
    for telling in scenario.tellings:
        begin(telling)
        async with prepared(telling, ground, show) as stage:
            await telling.play(stage)
            await stage.expect("the audit explains every offset", stage.is_accounted_for)
            played.append(Played(telling, tuple(stage.lines)))
    return played
