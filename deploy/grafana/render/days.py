"""Which day each board is drawn on: a healthy one, and the broken one that it must tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.grafana.render import broken
from deploy.grafana.render.healthy import healthy
from deploy.grafana.render.history import History

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
"""When somebody looks. The days are made up, and so is their date."""

BROKEN: dict[str, Callable[[History], None]] = {
    "bus-told": broken.in_force_without_hhs,
    "bus-delivery": broken.intake_stopped,
    "bus-dead-letters": broken.schema_unknown,
    "bus-findings": broken.separations_cite_nothing,
}


@dataclass(frozen=True, slots=True)
class Day:
    """A day, and the boards to draw on it."""

    name: str
    boards: tuple[str, ...]
    break_it: Callable[[History], None] | None = None

    def history(self) -> History:
        """Return what was scraped on that day."""
        history = History(NOW.timestamp())
        healthy(history)
        if self.break_it is not None:
            self.break_it(history)
        return history


def days() -> tuple[Day, ...]:
    """Return the healthy day, for every board, and each board's broken one."""
    broken_days = (Day("broken", (board,), story) for board, story in BROKEN.items())
    return Day("healthy", tuple(BROKEN)), *broken_days
