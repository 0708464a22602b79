"""One open transaction, and the events that it will publish if it commits."""

from __future__ import annotations

from bus.events import Draft
from bus.publishing.outbox import Outbox
from bus.storage.connections import Connection


class OpenUnit:
    """A unit of work: see `bus.consuming.subscription.Unit` for its contract."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.drafts: list[Draft] = []

    def emit(self, draft: Draft) -> None:
        """Publish an event if, and only if, this transaction commits."""
        self.drafts.append(draft)

    async def publish_to(self, outbox: Outbox) -> None:
        """Write what was emitted. Called once, by the engine, as the last thing but the position:

        the outbox holds the row locks of its sequences until the transaction ends.
        """
        if self.drafts:
            await outbox.publish(self.connection, self.drafts)
