"""A connection to what the tracker has stored, for those who only ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bus.settings import Settings
from bus.simulation import refuse_real_cluster
from bus.storage.connections import Connection, connect, translated_errors

OWNER = "bus"


@asynccontextmanager
async def tracker_session(settings: Settings) -> AsyncIterator[Connection]:
    """Lend a connection in autocommit to the tracker's schema.

    Raises UnavailableError if the database is away, UsageError where a simulated clock would meet
    a real bus.
    """
    await refuse_real_cluster(settings)
    connection = await connect(settings.database_url_of(OWNER), OWNER)
    async with connection:
        with translated_errors(OWNER):
            yield connection
