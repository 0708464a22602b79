"""Playing a scenario: each telling on its own ground, then the proof that nothing was lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bus.local.stack import Addresses
from bus.scenarios import Scenario, Telling
from bus.scenarios.running import Ground, prepared
from bus.scenarios.stage import Line, Stage


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
    """Play every telling, each on a ground of its own; show each line as it comes."""
    ground = Ground(addresses, directory)
    played = []
    for telling in scenario.tellings:
        played += await play_together([telling], ground, begin, show)
    return played


async def play_together(
    tellings: Sequence[Telling],
    ground: Ground,
    begin: Callable[[Telling], None],
    show: Callable[[Line], None],
) -> list[Played]:
    """Play tellings on one bus, in the order in which they begin.

    They must be about policies of their own, and none may begin before another has ended.
    """
    ordered = sorted(tellings, key=lambda telling: telling.begins)
    played = []
    async with prepared(ordered[0], ground, show) as bare:
        for telling in ordered:
            begin(telling)
            stage = bare.anew()
            stage.advance(telling.begins)
            await telling.play(stage)
            await stage.expect("the audit explains every offset", Stage.is_accounted_for)
            played.append(Played(telling, tuple(stage.lines)))
    return played
