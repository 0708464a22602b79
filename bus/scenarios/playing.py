"""Playing a scenario: each telling on its own ground, then the proof that nothing was lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bus.audit import run_audit
from bus.local.stack import Addresses
from bus.scenarios import Scenario, Telling
from bus.scenarios.running import Ground, prepared
from bus.scenarios.stage import Line, Stage
from bus.topics import OWNERS


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
            await stage.expect("the audit explains every offset", audit_is_clean(stage))
            played.append(Played(telling, tuple(stage.lines)))
    return played


def audit_is_clean(stage: Stage) -> Callable[[], Awaitable[bool]]:
    """Return whether all is sent, read and accounted for."""

    async def check() -> bool:
        audit = await run_audit(stage.settings, OWNERS)
        unread = sum(each.count for each in audit.unread or ())
        unsent = sum(stream.unsent for stream in audit.streams)
        return audit.is_sound and audit.unread is not None and unread == 0 and unsent == 0

    return check
