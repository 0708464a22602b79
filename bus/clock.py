"""Business time, injected.

Rules about policies and deadlines ask a `Clock`. Event ids, freshness limits and retries use
the real clock directly, also in a simulated run: a simulation must not make a slow consumer
look fresh.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from bus.errors import UnavailableError


class Clock(Protocol):
    """Tells business time."""

    def now(self) -> datetime:
        """Return the present business time, aware, in UTC."""
        ...


class SystemClock:
    """Business time is real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FileClock:
    """Business time is what a file says (ISO 8601 with offset): a simulated run.

    Only the scenario player writes the file, through `advance`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        try:
            return datetime.fromisoformat(self._path.read_text().strip()).astimezone(UTC)
        except (OSError, ValueError, OverflowError) as error:
            raise UnavailableError(
                f"the clock file {self._path} can't be read ({error}); "
                "the scenario player writes it: start the scenario again"
            ) from error

    def advance(self, moment: datetime) -> None:
        """Set business time. The file is replaced whole, so no reader sees half of it."""
        draft = self._path.with_suffix(".draft")
        draft.write_text(moment.astimezone(UTC).isoformat())
        draft.replace(self._path)
