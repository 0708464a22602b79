"""The long form: every fault many times, and a table of what came of it."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.arena import Arena, Ground, ImpossibleError
from tests.chaos.checker import Verdict
from tests.chaos.nemeses import NEMESES, Nemesis
from tests.chaos.nemeses.workers import kill_worker
from tests.chaos.rounds import play

TIMES_IN_ONE_ARENA = 100
"""A history is judged whole, in memory: a longer one is told in parts."""

COUNTS = ("published", "applied", "dead_lettered", "in_gaps")
VIOLATIONS = ("lost", "doubled", "reordered", "phantom")
COLUMNS = ("fault", "times", *COUNTS, *VIOLATIONS)


@dataclass(frozen=True, slots=True)
class Plan:
    """How often to kill a worker, and how often to cause each other fault."""

    kills: int
    rounds: int

    def times(self, nemesis: Nemesis) -> int:
        """Return how often to cause this fault."""
        return self.kills if nemesis.cause is kill_worker else self.rounds


@dataclass(slots=True)
class Row:
    """What came of one fault, over all its arenas. `trouble` is why it isn't a clean result."""

    fault: str
    times: int = 0
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS + VIOLATIONS, 0))
    trouble: list[str] = field(default_factory=list)
    skipped: str | None = None

    def add(self, verdict: Verdict, times: int) -> None:
        """Count in what one arena came to."""
        self.times += times
        for name in COUNTS:
            self.counts[name] += getattr(verdict, name)
        for name in VIOLATIONS:
            self.counts[name] += len(getattr(verdict, name))
        if not verdict.is_sound:
            self.trouble.append(str(verdict))

    def cells(self) -> list[str]:
        """Return the row as the table shows it."""
        if self.skipped:
            return [self.fault, f"not caused: {self.skipped}", *[""] * (len(COLUMNS) - 2)]
        return [self.fault, str(self.times), *(str(count) for count in self.counts.values())]


def run(ground: Ground, plan: Plan, say: Callable[[str], None]) -> list[Row]:
    """Cause every fault as planned; return a row for each. One that fails doesn't stop the rest."""
    rows = []
    for nemesis in NEMESES:
        row = _row_of(ground, nemesis, plan.times(nemesis))
        say(" | ".join([*row.cells(), f"{row.seconds:.0f} s"]))
        for trouble in row.trouble:
            say(trouble)
        rows.append(row)
    return rows


def _row_of(ground: Ground, nemesis: Nemesis, times: int) -> Row:
    row = Row(nemesis.name)
    began = time.monotonic()
    for part in _parts(times):
        try:
            row.add(_play(ground, nemesis, part), part)
        except ImpossibleError as reason:
            row.skipped = str(reason)
            break
        except Exception:
            row.trouble.append(traceback.format_exc())
            ground.repair()
    row.seconds = time.monotonic() - began
    return row


def _parts(times: int) -> Iterator[int]:
    while times > 0:
        yield min(times, TIMES_IN_ONE_ARENA)
        times -= TIMES_IN_ONE_ARENA


def _play(ground: Ground, nemesis: Nemesis, times: int) -> Verdict:
    """Cause the fault so often on a bus of its own."""
    arena = Arena(ground, random.Random())
    try:
        arena.open()
        return play(arena, [nemesis] * times)
    finally:
        arena.close()


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table in Markdown, with a sum."""
    lines = [
        f"| {' | '.join(name.replace('_', ' ') for name in COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *(f"| {' | '.join(row.cells())} |" for row in rows),
    ]
    total = Row("all", sum(row.times for row in rows))
    for row in rows:
        for name, count in row.counts.items():
            total.counts[name] += count
    return "\n".join([*lines, f"| {' | '.join(f'**{cell}**' for cell in total.cells())} |"])


def write_results(path: Path, rows: Sequence[Row], story: str) -> None:
    """Write the table, under what was run and on what machine."""
    troubled = [row.fault for row in rows if row.trouble]
    outcome = f"Not clean: {', '.join(troubled)}." if troubled else "Every row is clean."
    path.write_text(f"{story}\n\n{table(rows)}\n\n{outcome}\n", "utf-8")
