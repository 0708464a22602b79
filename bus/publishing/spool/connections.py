"""Connections to a spool: one file of SQLite's, in which a program may have tables of its own."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import structlog

from bus.errors import UnavailableError, UsageError, safe_text
from bus.publishing.spool.mark import Inode, MarkFile, State
from bus.publishing.spool.schema import migrate, refuse_strangers
from bus.publishing.spool.translation import BUSY_SECONDS, translated_errors

log = structlog.get_logger()

POLL_SECONDS = 0.01


class SpoolConnection(sqlite3.Connection):
    """A connection that commits each statement by itself, but for those within `transaction`.

    Its tables begin with `spool_`; any others are the program's own. Close it when done.
    """

    path: Path
    mark: MarkFile
    opened: Inode
    is_publishable = False
    _told: State | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin; commit at the end, or roll back if anything is raised.

        Other writers wait until it ends: keep it short. When it has ended, what was published is
        on disk, and known to the mark unless a warning says otherwise. Raises UnavailableError
        where it can't be committed; nothing of the transaction is stored then.
        """
        if self.in_transaction:
            raise UsageError(f"a transaction on the spool {self.path} is open already: use that")
        with translated_errors(self.path):
            self.execute("BEGIN IMMEDIATE")
        self.is_publishable = True
        try:
            yield
            self._commit()
        except BaseException:
            if self.in_transaction:
                self.execute("ROLLBACK")
            raise
        finally:
            self.is_publishable = False
        self._try_to_tell_mark()

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Undo these statements of an open transaction if one fails, and no others.

        Where SQLite itself has undone the whole transaction, nothing is left to undo.
        """
        with translated_errors(self.path):
            self.execute("SAVEPOINT spool")
            try:
                yield
            except BaseException:
                if self.in_transaction:
                    self.execute("ROLLBACK TO spool")
                raise
            finally:
                if self.in_transaction:
                    self.execute("RELEASE spool")

    def state(self) -> State:
        """Return what the spool says of itself."""
        store_id, generation = self.execute(
            "SELECT store_id, generation FROM spool_state"
        ).fetchone()
        return State(None if store_id is None else UUID(store_id), generation)

    def tell_mark(self) -> None:
        """Let the mark know of what is committed; raise UnavailableError if it can't be."""
        with translated_errors(self.path):
            state = self.state()
            if state != self._told:
                self.mark.advance(state)
                self._told = state

    def refuse_replacement(self) -> None:
        """Raise UnavailableError if this isn't the file at its path any more."""
        try:
            is_there = Inode.at(self.path) == self.opened
        except FileNotFoundError:
            is_there = False
        if not is_there:
            raise UnavailableError(
                f"the spool {self.path} was moved or replaced while it was open; nothing was "
                "stored: close it, and open it where it is now"
            )

    def _commit(self) -> None:
        if not self.in_transaction:
            raise UsageError(
                f"the transaction on the spool {self.path} ended before its block did, by a COMMIT "
                "or ROLLBACK within, or after an error that was passed over"
            )
        with translated_errors(self.path):
            self.execute("COMMIT")

    def _try_to_tell_mark(self) -> None:
        """What is committed can't be undone: until the mark can be written, by the next commit or
        by the relay before it sends, an old copy in the place of this file goes unnoticed."""
        try:
            self.tell_mark()
        except (UnavailableError, sqlite3.Error) as error:
            log.warning("spool.mark_behind", path=str(self.path), reason=safe_text(error))


def connect(path: Path, owner: str) -> SpoolConnection:
    """Open a spool, made and brought up to date if need be.

    Raises UsageError where it is another owner's or no spool, UnavailableError where it can't be
    used, is damaged, or was written by a later version.
    """
    with translated_errors(path):
        _create(path)
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, factory=SpoolConnection
        )
        try:
            connection.path, connection.mark = path, MarkFile(path)
            connection.opened = Inode.at(path)
            _prepare(connection, owner)
        except BaseException:
            connection.close()
            raise
    return connection


def _create(path: Path) -> None:
    """Make a file that only its user may read, for it will hold personal data."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return


def _prepare(connection: SpoolConnection, owner: str) -> None:
    connection.execute("PRAGMA cell_size_check = ON")  # notices more damage
    refuse_strangers(connection, connection.path)
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")  # a commit is on disk when it returns
    migrate(connection, connection.path)
    whose = "SELECT owner FROM spool_state"
    if connection.execute(whose).fetchone() is None:
        connection.execute("INSERT OR IGNORE INTO spool_state (only, owner) VALUES (1, ?)", [owner])
    (found,) = connection.execute(whose).fetchone()
    if found != owner:
        raise UsageError(f"the spool {connection.path} is that of {found}: give {owner} its own")


def _use_wal(connection: SpoolConnection) -> None:
    """Let readers and a writer work at once. Doesn't wait for others by itself, so we do."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
        else:
            break
    if mode != "wal":
        raise UnavailableError(
            f"the spool {connection.path} can't have a write-ahead log there: put it on a local "
            "disk, not on a network file system"
        )
