"""Which kind of store an owner has, and one session with it, for whoever needn't know.

An owner has a spool where its setting names one, and else an outbox in its database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from bus.codec.schemas import packaged
from bus.events import Draft
from bus.publishing.entries import Published, StreamName
from bus.publishing.outbox import Outbox
from bus.publishing.postgres import PostgresStore
from bus.publishing.spool import Spool
from bus.publishing.spool.connections import SpoolConnection
from bus.publishing.spool.relaying import SpoolStore
from bus.publishing.spool.streams import confirmed_sequences as confirmed_in_spool
from bus.publishing.spool.translation import translated_errors as spool_errors
from bus.publishing.store import RelayStore
from bus.publishing.streams import confirmed_sequences as confirmed_in_outbox
from bus.settings import Settings
from bus.storage.connections import Connection, connect, translated_errors


class PublishingSession(Protocol):
    """A session with one owner's store; raises UnavailableError where that can't be used."""

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """Begin; commit at the end, or roll back if anything is raised."""
        ...

    async def publish(self, drafts: Sequence[Draft]) -> list[Published]:
        """Store these events within the transaction, as `Outbox.publish` and `Spool.publish` do."""
        ...

    async def confirmed_sequences(self, topics: Sequence[str]) -> dict[StreamName, int]:
        """Return the last sequence that Kafka has confirmed, by topic and source."""
        ...

    async def close(self) -> None:
        """End the session."""
        ...


async def open_session(settings: Settings, owner: str) -> PublishingSession:
    """Begin a session with the owner's store, to publish."""
    clock, schemas, path = settings.clock(), packaged(), settings.spool_of(owner)
    if path is not None:
        spool = Spool(path, owner, clock, schemas)
        return SpoolSession(spool, spool.connect())
    connection = await connect(settings.database_url_of(owner), owner)
    return OutboxSession(Outbox(owner, clock, schemas), connection, owner)


async def open_relay_store(settings: Settings, owner: str) -> RelayStore:
    """Begin a session with the owner's store, to relay what it holds."""
    path = settings.spool_of(owner)
    if path is not None:
        return await SpoolStore.open(path, owner)
    return await PostgresStore.open(settings.database_url_of(owner), owner)


class OutboxSession:
    """A session with an outbox."""

    def __init__(self, outbox: Outbox, connection: Connection, owner: str) -> None:
        self._outbox = outbox
        self._connection = connection
        self._owner = owner

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Begin; commit at the end, or roll back if anything is raised."""
        with translated_errors(self._owner):
            async with self._connection.transaction():
                yield

    async def publish(self, drafts: Sequence[Draft]) -> list[Published]:
        """Store these events within the transaction."""
        return await self._outbox.publish(self._connection, drafts)

    async def confirmed_sequences(self, topics: Sequence[str]) -> dict[StreamName, int]:
        """Return the last sequence that Kafka has confirmed, by topic and source."""
        with translated_errors(self._owner):
            return await confirmed_in_outbox(self._connection, self._owner, topics)

    async def close(self) -> None:
        """End the session."""
        await self._connection.close()


class SpoolSession:
    """A session with a spool. Its calls don't wait for each other: for commands, not services."""

    def __init__(self, spool: Spool, connection: SpoolConnection) -> None:
        self._spool = spool
        self._connection = connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Begin; commit at the end, or roll back if anything is raised."""
        with self._connection.transaction():
            yield

    async def publish(self, drafts: Sequence[Draft]) -> list[Published]:
        """Store these events within the transaction."""
        return self._spool.publish(self._connection, drafts)

    async def confirmed_sequences(self, topics: Sequence[str]) -> dict[StreamName, int]:
        """Return the last sequence that Kafka has confirmed, by topic and source."""
        with spool_errors(self._spool.path):
            return confirmed_in_spool(self._connection, topics)

    async def close(self) -> None:
        """End the session."""
        self._connection.close()
