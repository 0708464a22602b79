"""One open transaction, and what follows if it commits."""

from __future__ import annotations

from collections.abc import Callable

from bus.events import Draft
from bus.storage.connections import Connection


class OpenUnit:
    """A unit of work: see `bus.consuming.subscription.Unit` for its contract."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.drafts: list[Draft] = []
        self._following: list[Callable[[], None]] = []

    def emit(self, draft: Draft) -> None:
        """Publish an event if, and only if, this transaction commits."""
        self.drafts.append(draft)

    def afterwards(self, action: Callable[[], None]) -> None:
        """Do this once, and only if, this transaction has committed."""
        self._following.append(action)

    def mark(self) -> tuple[int, int]:
        """Return how much follows until now."""
        return len(self.drafts), len(self._following)

    def back_to(self, mark: tuple[int, int]) -> None:
        """Let nothing follow that was asked for since: a savepoint was undone."""
        del self.drafts[mark[0] :]
        del self._following[mark[1] :]

    def committed(self) -> None:
        """Do what was asked for: the transaction has committed."""
        for action in self._following:
            action()
