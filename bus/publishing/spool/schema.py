"""A spool's tables, brought up to date one version after the other, and never back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from bus.errors import UnavailableError, UsageError

APPLICATION_ID = 0x42555350
"""`BUSP`, in the file's header: a spool, and nothing else's file."""


@cache
def migrations() -> tuple[str, ...]:
    """Return the statements that make each version from the one before it."""
    folder = files("bus.publishing.spool.migrations")
    found = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple((folder / name).read_text(encoding="utf-8") for name in found)


def refuse_strangers(connection: sqlite3.Connection, path: Path) -> None:
    """Raise UsageError for another program's file: its header would be taken for a version."""
    version = _pragma(connection, "user_version")  # first: both are set by one transaction
    application = _pragma(connection, "application_id")
    if application != APPLICATION_ID and (application or version):
        raise UsageError(f"{path} belongs to another program: give the spool a file of its own")


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[str] | None = None) -> None:
    """Bring the tables to the version of these steps, each of which runs whole or not at all.

    Processes may do so at once. Raises UnavailableError for a later version than ours.
    """
    steps = migrations() if steps is None else steps
    while (version := _pragma(connection, "user_version")) < len(steps):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _pragma(connection, "user_version") == version:
                for statement in _statements(steps[version]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    if version > len(steps):
        raise UnavailableError(
            f"the spool {path} has version {version} of its tables, and this program knows "
            f"{len(steps)}: upgrade it; nothing was stored"
        )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    (number,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(number)


def _statements(script: str) -> Iterator[str]:
    """Split a script: SQLite's own way to run one commits the transaction that it is in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
