"""The audit of a spool: the same numbers as an outbox has, and whether the file is whole.

The numbers of a stream are read one after the other: SQLite is in this process, and a spool holds
what one program publishes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from bus.audit.faults import Fault, FaultKind, Range, fault_of
from bus.audit.outbox import PLACED, STORED, Numbers, Stream
from bus.errors import UnavailableError
from bus.publishing.spool.connections import SpoolConnection, connect
from bus.publishing.spool.streams import checksum
from bus.publishing.spool.translation import translated_errors

TABLES = ((STORED, "spool_event"), (PLACED, "spool_confirmation"))

STREAMS = """
SELECT stream_id, topic, source, last_sequence, confirmed_sequence FROM spool_stream
ORDER BY topic, source
"""

NOBODYS = """
SELECT sequence, sequence + 1 FROM {table}
WHERE stream_id NOT IN (SELECT stream_id FROM spool_stream) ORDER BY sequence
"""


def audit_spool(path: Path, owner: str) -> tuple[list[Stream], list[Fault]]:
    """Audit every stream of the owner's spool, in one snapshot; of a damaged one, say only that.

    Raises UnavailableError where there is no such file, or it can't be read at all.
    """
    if not path.exists():
        raise UnavailableError(
            f"there is no spool {path}: is BUS_SPOOL_{owner.upper()} right? A program that "
            "publishes makes it"
        )
    with closing(connect(path, owner)) as connection, translated_errors(path):
        connection.execute("BEGIN")
        return _audit(connection, owner)


def _audit(connection: SpoolConnection, owner: str) -> tuple[list[Stream], list[Fault]]:
    streams: list[Stream] = []
    faults = list(_damage(connection, owner))
    if faults:
        return streams, faults
    for stream_id, topic, source, last, confirmed in connection.execute(STREAMS).fetchall():
        stream = Stream(owner, topic, source, last, confirmed, store="spool")
        streams.append(stream)
        for (numbers, table), highest in zip(TABLES, (last, confirmed), strict=True):
            found = _sequences(connection, table, stream_id)
            faults += _compare(stream.place, numbers, found, highest)
        faults += _changed(connection, stream, stream_id)
    for numbers, table in TABLES:
        ranges: list[Range] = connection.execute(NOBODYS.format(table=table)).fetchall()
        if ranges:
            place = f"spool of {owner}: no stream"
            faults.append(fault_of(numbers.if_beyond, place, ranges))
    return streams, faults


def _sequences(connection: sqlite3.Connection, table: str, stream_id: int) -> Iterator[int]:
    query = f"SELECT sequence FROM {table} WHERE stream_id = ? ORDER BY sequence"
    for (sequence,) in connection.execute(query, [stream_id]):
        yield sequence


def _compare(place: str, numbers: Numbers, found: Iterable[int], last: int) -> Iterator[Fault]:
    """Yield which numbers up to the last are missing, and which go beyond it."""
    missing: list[Range] = []
    beyond: list[Range] = []
    expected = 1
    for sequence in found:
        if sequence > last:
            beyond.append((sequence, sequence + 1))
        else:
            if sequence > expected:
                missing.append((expected, sequence))
            expected = sequence + 1
    if expected <= last:
        missing.append((expected, last + 1))
    for kind, ranges in ((numbers.if_missing, missing), (numbers.if_beyond, beyond)):
        if ranges:
            yield fault_of(kind, place, ranges)


def _changed(connection: sqlite3.Connection, stream: Stream, stream_id: int) -> Iterator[Fault]:
    """Yield which events aren't any more what was stored."""
    query = (
        "SELECT sequence, key, value, headers, checksum FROM spool_event"
        " WHERE stream_id = ? ORDER BY sequence"
    )
    ranges = [
        (sequence, sequence + 1)
        for sequence, key, value, headers, stored in connection.execute(query, [stream_id])
        if checksum(key, value, headers) != stored
    ]
    if ranges:
        yield fault_of(FaultKind.CHANGED, stream.place, ranges)


def _damage(connection: SpoolConnection, owner: str) -> Iterator[Fault]:
    """Yield that the file's pages don't fit together. What SQLite says of it holds no values."""
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        place = f"spool of {owner}: {connection.path}"
        yield Fault(FaultKind.DAMAGED, place, str(found).replace("\n", "; "))
