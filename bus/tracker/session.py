"""A connection to what the tracker has stored, for those who only ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bus.settings import Settings
from bus.simulation import refuse_real_cluster
from bus.storage.connections import Connection, owner_session

OWNER = "bus"


@asynccontextmanager
async def tracker_session(settings: Settings) -> AsyncIterator[Connection]:
    """Lend a connection in autocommit to the tracker's schema.

    Raises UnavailableError if the database is away, UsageError where a simulated clock would meet
    a real bus.
    """
    await refuse_real_cluster(settings)
    async with owner_session(settings.database_url_of(OWNER), OWNER) as connection:
        yield connection
