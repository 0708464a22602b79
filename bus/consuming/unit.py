"""One open transaction, and the events that it will publish if it commits."""

from __future__ import annotations

from bus.events import Draft
from bus.storage.connections import Connection


class OpenUnit:
    """A unit of work: see `bus.consuming.subscription.Unit` for its contract."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.drafts: list[Draft] = []

    def emit(self, draft: Draft) -> None:
        """Publish an event if, and only if, this transaction commits."""
        self.drafts.append(draft)
