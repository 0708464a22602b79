"""A rebuild in a process of its own, which is killed just before a statement: as by `kill -9`."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from bus.codec.schemas import packaged
from bus.settings import Settings
from bus.storage.connections import Connection
from bus.tracker.rebuilding import rebuild
from bus.tracker.session import tracker_session

COMMIT = "COMMIT"
"""Stands for the end of the transaction, which is no statement of the rebuild's own."""

AFTERWARDS = "afterwards"
"""Stands for the moment after it."""

LAST_STATEMENT = "SELECT count(*) FROM fact"


def rebuild_until(settings: Settings, statement: str) -> None:
    """Rebuild, and die before the first statement that begins with these words."""
    asyncio.run(_rebuild_until(settings, statement))


async def _rebuild_until(settings: Settings, statement: str) -> None:
    async with tracker_session(settings) as connection:
        make_mortal(connection, statement)
        await rebuild(connection, settings, settings.clock(), packaged())
        die()


def make_mortal(connection: Connection, last: str) -> None:
    """Let the process die instead of executing this statement."""
    execute = connection.execute

    async def mortal(query: Any, *values: Any, **details: Any) -> Any:
        text = (query.decode() if isinstance(query, bytes) else str(query)).split()
        if text[: len(last.split())] == last.split():
            die()
        cursor = await execute(query, *values, **details)
        if last == COMMIT and text == LAST_STATEMENT.split():
            die()
        return cursor

    connection.execute = mortal  # type: ignore[method-assign]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
