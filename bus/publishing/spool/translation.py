"""What SQLite's errors mean for a spool. Ours are all UnavailableError: nothing was stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bus.errors import UnavailableError

BUSY_SECONDS = 10.0
"""How long to wait for another process that writes: its transaction should take milliseconds."""

UNUSABLE = "it needs a directory on a local disk, both to be written by this user"
DAMAGED = (
    "keep a copy of every file of that name, then put in its place what `sqlite3 FILE .recover` "
    "saves of it; until then nothing is stored in it or sent from it"
)
MEANINGS = {
    sqlite3.SQLITE_FULL: "has no room left: make some on its disk, then try again",
    sqlite3.SQLITE_BUSY: f"has been busy for {BUSY_SECONDS:g} s: end the program that writes to it",
    sqlite3.SQLITE_CORRUPT: f"is damaged: {DAMAGED}",
    sqlite3.SQLITE_NOTADB: f"is damaged, or isn't a spool: {DAMAGED}",
    sqlite3.SQLITE_CANTOPEN: f"can't be opened: {UNUSABLE}",
    sqlite3.SQLITE_READONLY: f"can't be written: {UNUSABLE}",
    sqlite3.SQLITE_PERM: f"can't be used: {UNUSABLE}",
    sqlite3.SQLITE_IOERR: "can't be read or written: look after its disk",
    sqlite3.SQLITE_NOLFS: "is too large for its file system",
    sqlite3.SQLITE_PROTOCOL: f"can't be locked: {UNUSABLE}",
}
"""What is wrong with the file, and what to do, by SQLite's primary result code."""

PRIMARY = 0xFF


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turn what concerns the file as a whole into UnavailableError; the rest stays as it is.

    The text of SQLite's error stays out: it may quote the caller's own statement.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        meaning = MEANINGS.get(code & PRIMARY) if code is not None else None
        if meaning is None:
            raise
        name = error.sqlite_errorname
        raise UnavailableError(
            f"the spool {path} {meaning} ({name}; nothing was stored)"
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnavailableError(
            f"the spool {path} can't be used ({reason}; nothing was stored): {UNUSABLE}"
        ) from error
