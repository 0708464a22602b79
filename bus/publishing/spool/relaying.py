"""A spool as its relay sees it.

SQLite waits for the disk, and for other writers, in the thread that calls it. So a session has a
thread of its own, in which all of it happens; the relay's loop only waits for its answers.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bus.errors import FaultError, FencedError
from bus.publishing.spool.connections import SpoolConnection, connect
from bus.publishing.spool.streams import checksum
from bus.publishing.spool.translation import translated_errors
from bus.publishing.store import (
    Backlog,
    Placement,
    StoredRecord,
    UnconfirmedRow,
    in_sequence,
)

T = TypeVar("T")


class SpoolStore:
    """One owner's spool, by one session that also holds the locks: the relay's port to it."""

    def __init__(self, path: Path, owner: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"spool of {owner}")
        self._session = Session(path, owner)

    @classmethod
    async def open(cls, path: Path, owner: str) -> SpoolStore:
        """Begin a session; raise UnavailableError if the file can't be used."""
        store = cls(path, owner)
        try:
            await store._run(store._session.open)
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """End the session and give its locks back, once a call that is under way has ended."""
        closing = self._thread.submit(self._session.close)
        self._thread.shutdown(wait=False)
        await asyncio.wrap_future(closing)

    async def backlog(self) -> list[Backlog]:
        """Return every topic that has unconfirmed events."""
        return await self._run(self._session.backlog)

    async def try_lock(self, topic: str) -> bool:
        """Try to become the only relay of this topic."""
        return await self._run(lambda: self._session.try_lock(topic))

    async def lowest_unconfirmed(self, topic: str, limit: int) -> list[StoredRecord]:
        """Return the next unconfirmed records, each source's without a hole and in its order."""
        return await self._run(lambda: self._session.lowest_unconfirmed(topic, limit))

    async def confirm(self, topic: str, placements: Sequence[Placement]) -> None:
        """Record where Kafka put these records, all or none."""
        await self._run(lambda: self._session.confirm(topic, placements))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class Session:
    """The same without waiting for it: every call is made in the same thread."""

    def __init__(self, path: Path, owner: str) -> None:
        self._path = path
        self._owner = owner
        self._connection: SpoolConnection | None = None
        self._locks: dict[str, int] = {}

    def open(self) -> None:
        self._connection = connect(self._path, self._owner)

    def close(self) -> None:
        for descriptor in self._locks.values():
            os.close(descriptor)
        self._locks.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def backlog(self) -> list[Backlog]:
        connection = self._present()
        with translated_errors(self._path):
            rows = connection.execute(BACKLOG).fetchall()
        return [
            Backlog(topic, depth, datetime.fromisoformat(oldest) if oldest else datetime.now(UTC))
            for topic, depth, oldest in rows
        ]

    def try_lock(self, topic: str) -> bool:
        """The system gives the lock back when the process ends, however it ends."""
        with translated_errors(self._path):
            folder = self._path.with_name(self._path.name + ".locks")
            folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(folder / topic, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
        self._locks[topic] = descriptor
        return True

    def lowest_unconfirmed(self, topic: str, limit: int) -> list[StoredRecord]:
        connection = self._present()
        with translated_errors(self._path):
            behind = connection.execute(BEHIND, [topic]).fetchall()
            share = -(-limit // max(1, len(behind)))
            rows = [
                _sound(self._path, topic, source, confirmed, row)
                for stream_id, source, confirmed in behind
                for row in connection.execute(NEXT, [stream_id, confirmed, share])
            ]
            connection.tell_mark()  # of what is about to be sent, if its publisher could not
        return in_sequence(f"the spool {self._path}", topic, rows)

    def confirm(self, topic: str, placements: Sequence[Placement]) -> None:
        connection, now = self._present(), datetime.now(UTC).isoformat()
        reached = {each.source: each.sequence for each in sorted(placements, key=_order)}
        with connection.transaction(), translated_errors(self._path):
            try:
                connection.executemany(
                    CONFIRM,
                    [
                        (each.sequence, each.partition, each.offset, now, topic, each.source)
                        for each in placements
                    ],
                )
            except sqlite3.IntegrityError as error:
                raise FencedError(
                    f"another relay has confirmed events of {self._owner} on {topic}"
                ) from error
            connection.executemany(
                MOVE_ON, [(sequence, topic, source) for source, sequence in reached.items()]
            )

    def _present(self) -> SpoolConnection:
        """Return the connection; raise UnavailableError if the file isn't there any more."""
        if self._connection is None:
            raise RuntimeError("the session isn't open")
        with translated_errors(self._path):
            self._connection.refuse_replacement()
        return self._connection


def _order(placement: Placement) -> int:
    return placement.sequence


def _sound(
    path: Path, topic: str, source: str, confirmed: int, row: tuple[int, bytes, bytes, str, int]
) -> UnconfirmedRow:
    """Return a row as it was stored; raise FaultError if it isn't that any more."""
    sequence, key, value, headers, expected = row
    if checksum(key, value, headers) != expected:
        raise FaultError(
            f"event {sequence} of {source} on {topic} is damaged in the spool {path}: restore that "
            "row, nothing more of this topic is sent before"
        )
    return UnconfirmedRow(source, confirmed, sequence, key, value, json.loads(headers))


BACKLOG = """
SELECT topic, sum(last_sequence - confirmed_sequence), min(stored_at)
FROM spool_stream AS stream
LEFT JOIN spool_event AS event ON event.stream_id = stream.stream_id
                              AND event.sequence = confirmed_sequence + 1
WHERE last_sequence > confirmed_sequence
GROUP BY topic
"""

BEHIND = """
SELECT stream_id, source, confirmed_sequence FROM spool_stream
WHERE topic = ? AND last_sequence > confirmed_sequence ORDER BY stream_id
"""

NEXT = """
SELECT sequence, key, value, headers, checksum FROM spool_event
WHERE stream_id = ? AND sequence > ? ORDER BY sequence LIMIT ?
"""

CONFIRM = """
INSERT INTO spool_confirmation (stream_id, sequence, partition, kafka_offset, sent_at)
SELECT stream_id, ?, ?, ?, ? FROM spool_stream WHERE topic = ? AND source = ?
"""

MOVE_ON = "UPDATE spool_stream SET confirmed_sequence = ? WHERE topic = ? AND source = ?"
