"""The outbox: events become durable with the caller's own transaction, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from bus.clock import Clock
from bus.codec.schemas import SchemaStore
from bus.errors import UsageError
from bus.events import Draft
from bus.publishing.entries import (
    Published,
    encode_drafts,
    entries_of,
    published_at,
    require_owner,
)
from bus.publishing.observing import note_published, prepare
from bus.publishing.streams import insert, open_store, take_sequences
from bus.storage.connections import Connection


class Outbox:
    """Takes events for one owner, in that owner's schema, within the caller's transaction."""

    def __init__(self, owner: str, clock: Clock, schemas: SchemaStore) -> None:
        self._owner = require_owner(owner)
        prepare(owner)
        self._clock = clock
        self._schemas = schemas

    async def publish(self, connection: Connection, drafts: Sequence[Draft]) -> list[Published]:
        """Store these events, in this order; they are published when the transaction commits.

        Call it once, as the transaction's last statement: from here to the commit, nobody else
        publishes from the same sources on the same topics. Raises InvalidEventError with every
        fault of every event, before anything is written, and UsageError outside a transaction.
        """
        if not _is_in_transaction(connection):
            raise UsageError(
                "publish needs the caller's open transaction, so that the events are stored with "
                "what they tell of: wrap both in `async with connection.transaction()`"
            )
        if not drafts:
            return []
        encoded = encode_drafts(self._owner, self._schemas, drafts)
        recorded_at = self._clock.now()
        store_id = await open_store(connection, self._owner)
        entries = entries_of(encoded, self._owner, store_id, recorded_at)
        places = await take_sequences(connection, self._owner, entries)
        await insert(connection, self._owner, entries, places, recorded_at)
        note_published(self._owner, (entry.topic for entry in entries))
        return published_at(entries, places)

    def check(self, drafts: Sequence[Draft]) -> None:
        """Raise InvalidEventError with every fault of every event that `publish` would refuse."""
        encode_drafts(self._owner, self._schemas, drafts)


def _is_in_transaction(connection: Connection) -> bool:
    """Whether a commit is still to come: without autocommit, psycopg begins by itself."""
    status = connection.info.transaction_status.name
    return status == "INTRANS" or (status == "IDLE" and not connection.autocommit)
