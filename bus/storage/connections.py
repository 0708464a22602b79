"""Connections to an owner's schema, and what psycopg's errors mean to us."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bus.backoff import pause
from bus.errors import BusError, ContentionError, SystemicError, UnavailableError, UsageError

Connection = AsyncConnection[TupleRow]
"""A connection whose search path is one owner's schema, with times in UTC."""

SYSTEMIC_CLASSES = ("08", "53", "57P", "58")
"""SQLSTATE prefixes of a database that is away, full, shutting down or broken."""

CONTENTION_STATES = frozenset({"40001", "40P01", "55P03"})
"""SQLSTATEs of a serialization failure, a deadlock, and a lock that was not to be had."""

CONNECT_TIMEOUT_SECONDS = 2
"""Short, for a service must stop within 5 s even while it waits for its database."""


ATTEND_SECONDS = 0.3
"""Well below any session timeout, after which the database ends a transaction that is idle."""

KEEPALIVE = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A network that has silently dropped a connection is noticed within seconds, not hours."""


def session_options(owner: str) -> str:
    """Return the options that put every session into the owner's schema and into UTC."""
    return f"-c search_path={owner} -c timezone=UTC -c application_name=bus-{owner}"


def require_known_parameters(url: str, owner: str) -> str:
    """Return the address; raise UsageError, without quoting it, if libpq can't read it."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise UsageError(
            f"{_variables(owner)} has a form or a parameter that Postgres doesn't know: write "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        ) from None
    return url


async def connect(url: str, owner: str) -> Connection:
    """Open one connection for the owner.

    Raises UnavailableError if the database is away, UsageError if the address can't be read.
    """
    require_known_parameters(url, owner)
    with translated_errors(owner):
        return await AsyncConnection.connect(
            make_conninfo(url, **KEEPALIVE),
            autocommit=True,
            options=session_options(owner),
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
        )


@asynccontextmanager
async def owner_session(url: str, owner: str) -> AsyncIterator[Connection]:
    """Lend a connection of its own for the owner, with psycopg's errors as ours; close it."""
    with translated_errors(owner):
        async with await connect(url, owner) as connection:
            yield connection


async def take_snapshot(connection: Connection) -> None:
    """Let the transaction that has just begun read one state of the database, and write nothing."""
    await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class Database:
    """One owner's schema, by a small pool that opens connections when they are first asked for.

    A worker that starts while the database is away gets SystemicError from `transaction`, and
    tries again; nothing waits for the pool at start-up. A process that is frozen inside a
    transaction loses it after `idle_seconds`: its locks would hold up whoever takes over.
    """

    def __init__(
        self, url: str, owner: str, *, connections: int = 4, idle_seconds: float = 10.0
    ) -> None:
        self.owner = owner
        idle_limit = f" -c idle_in_transaction_session_timeout={int(idle_seconds * 1000)}"
        self._pool = AsyncConnectionPool(
            make_conninfo(require_known_parameters(url, owner), **KEEPALIVE),
            min_size=0,
            max_size=connections,
            open=False,
            timeout=CONNECT_TIMEOUT_SECONDS,
            reconnect_timeout=0,
            kwargs={
                "autocommit": True,
                "options": session_options(owner) + idle_limit,
                "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            },
        )

    async def open(self) -> None:
        """Make the pool ready. Doesn't connect."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close(timeout=CONNECT_TIMEOUT_SECONDS)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend a connection with an open transaction: committed at the end, or rolled back."""
        with translated_errors(self.owner):
            async with self._pool.connection() as connection, connection.transaction():
                yield connection

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Connection]:
        """Lend a connection in autocommit, for reading and for advisory locks."""
        with translated_errors(self.owner):
            async with self._pool.connection() as connection:
                yield connection


async def attend(connection: Connection, over: asyncio.Event) -> None:
    """Say something now and then in an open transaction where nobody else does, until it is over.

    So the database ends the transaction of a process that stands still, and of no other.
    """
    while not over.is_set():
        await pause(over, ATTEND_SECONDS)
        is_idle = connection.info.transaction_status is TransactionStatus.INTRANS
        if is_idle and not over.is_set():
            with suppress(psycopg.Error):  # whoever holds the connection will meet it as well
                await connection.execute("SELECT 1")


@contextmanager
def translated_errors(owner: str) -> Iterator[None]:
    """Turn psycopg's errors into ours; our own errors pass as they are."""
    try:
        yield
    except BusError:
        raise
    except PoolTimeout as error:
        raise SystemicError(
            f"the database of {owner} lends no connection within {CONNECT_TIMEOUT_SECONDS} s: "
            f"{_remedy(owner)}"
        ) from error
    except psycopg.Error as error:
        raise translate(error, owner) from error


def translate(error: psycopg.Error, owner: str) -> Exception:
    """Return our error for psycopg's: SystemicError if the database as a whole is at fault.

    Anything else comes back as it was: it concerns the statement, so the caller knows more.
    """
    state = error.sqlstate
    if state is None and isinstance(error, psycopg.OperationalError):
        return SystemicError(
            f"the database of {owner} can't be reached ({_first_line(error)}): {_remedy(owner)}"
        )
    if state is not None and state.startswith(SYSTEMIC_CLASSES):
        return SystemicError(f"the database of {owner} is not usable ({state})")
    if state in CONTENTION_STATES:
        return ContentionError(f"another transaction was in the way in {owner}'s schema ({state})")
    if state in {"3F000", "42P01"}:
        return UnavailableError(
            f"the schema {owner!r} has no such table; run `bus migrate` ({_first_line(error)})"
        )
    return error


def _remedy(owner: str) -> str:
    return (
        f"is it running, and is {_variables(owner)} right? `bus local up` starts one on this "
        "machine and prints its address"
    )


def _variables(owner: str) -> str:
    """Name the settings that say where this owner's database is."""
    return f"BUS_DATABASE_URL_{owner.upper()}, or BUS_DATABASE_URL where that isn't set,"


def _first_line(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0]
