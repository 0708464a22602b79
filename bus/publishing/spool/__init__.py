"""The spool: an outbox in a file, for programs that have no database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from bus.clock import Clock
from bus.codec.schemas import SchemaStore
from bus.errors import UsageError
from bus.events import Draft, new_event_id
from bus.publishing.entries import (
    Published,
    encode_drafts,
    entries_of,
    published_at,
    require_owner,
)
from bus.publishing.observing import note_published, prepare
from bus.publishing.spool.connections import SpoolConnection, connect
from bus.publishing.spool.mark import Mark, find_break
from bus.publishing.spool.streams import insert, take_sequences


class Spool:
    """Takes events for one owner, in one file, within the caller's transaction:

        spool = Spool(Path("/var/lib/agency/events.spool"), "dhs", SystemClock(), packaged())
        with closing(spool.connect()) as connection, connection.transaction():
            connection.execute("INSERT INTO …")  # your own tables may be in the same file
            spool.publish(connection, drafts)

    Any number of threads and processes may do so, each with a connection of its own. Calls
    return when the disk has answered; a program with an event loop makes them in a thread.
    `bus serve relay` sends on what is stored, given BUS_SPOOL_<OWNER>.
    """

    def __init__(self, path: Path, owner: str, clock: Clock, schemas: SchemaStore) -> None:
        self.path = path
        self._owner = require_owner(owner)
        prepare(owner)
        self._clock = clock
        self._schemas = schemas

    def connect(self) -> SpoolConnection:
        """Open the file, and make it if there is none; for the present thread only.

        Raises UnavailableError where it can't be used, or is damaged.
        """
        return connect(self.path, self._owner)

    def publish(self, connection: SpoolConnection, drafts: Sequence[Draft]) -> list[Published]:
        """Store these events, in this order; they are published when the transaction commits.

        Raises InvalidEventError with every fault of every event, before anything is written;
        UsageError outside of `connection.transaction()`; UnavailableError if the file can't take
        them. None of these events is stored then, whatever the caller does next.
        """
        if not connection.is_publishable:
            raise UsageError(
                "publish needs the caller's open transaction, so that the events are stored with "
                "what they tell of: wrap both in `with connection.transaction()`"
            )
        if not drafts:
            return []
        encoded = encode_drafts(self._owner, self._schemas, drafts)
        recorded_at = self._clock.now()
        with connection.all_or_nothing():
            store_id = open_store(connection)
            entries = entries_of(encoded, self._owner, store_id, recorded_at)
            places = take_sequences(connection, entries)
            insert(connection, entries, places, recorded_at)
            connection.execute("UPDATE spool_state SET generation = generation + 1")
        note_published(self._owner, (entry.topic for entry in entries))
        return published_at(entries, places)


def open_store(connection: SpoolConnection) -> UUID:
    """Return the id of the store that this connection writes to; a copy gets one of its own.

    A new id stands in the mark before it is committed, so that nobody doubts it from then on.
    """
    connection.refuse_replacement()
    state = connection.state()
    reason = find_break(state, connection.mark.read())
    if state.store_id is not None and reason is None:
        return state.store_id
    store_id = new_event_id()
    connection.mark.begin(Mark(store_id, state.generation))
    connection.execute(
        "INSERT INTO spool_store (store_id, reason, opened_at) VALUES (?, ?, ?)",
        [str(store_id), reason, datetime.now(UTC).isoformat()],
    )
    connection.execute("UPDATE spool_state SET store_id = ?", [str(store_id)])
    return store_id
