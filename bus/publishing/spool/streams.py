"""A spool's tables as publishers write them, and what both sides read."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime

from bus.publishing.entries import Entry, Place, StreamName, needed_numbers, places_of


def take_sequences(connection: sqlite3.Connection, entries: Sequence[Entry]) -> list[Place]:
    """Take the next numbers for these entries, in their order."""
    lasts = {
        stream: _advance(connection, stream, needed) for stream, needed in needed_numbers(entries)
    }
    return places_of(entries, lasts)


def _advance(connection: sqlite3.Connection, stream: StreamName, by: int) -> Place:
    """Take `by` numbers in the stream; return the last of them."""
    connection.execute(
        "INSERT INTO spool_stream (topic, source, last_sequence) VALUES (?, ?, ?)"
        " ON CONFLICT (topic, source)"
        " DO UPDATE SET last_sequence = last_sequence + excluded.last_sequence",
        [*stream, by],
    )
    row = connection.execute(
        "SELECT stream_id, last_sequence FROM spool_stream WHERE topic = ? AND source = ?", stream
    ).fetchone()
    return Place(*row)


def insert(
    connection: sqlite3.Connection,
    entries: Sequence[Entry],
    places: Sequence[Place],
    recorded_at: datetime,
) -> None:
    """Store the entries at their places."""
    recorded, stored = recorded_at.isoformat(), datetime.now(UTC).isoformat()
    connection.executemany(
        "INSERT INTO spool_event (stream_id, sequence, event_id, key, value, headers, checksum,"
        " recorded_at, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *place,
                str(entry.event_id),
                entry.key,
                entry.value,
                headers := entry.headers_at(place.sequence),
                checksum(entry.key, entry.value, headers),
                recorded,
                stored,
            )
            for entry, place in zip(entries, places, strict=True)
        ),
    )


def checksum(key: bytes, value: bytes, headers: str) -> int:
    """Return what tells that a stored event is as it was; headers name its source and number."""
    return zlib.crc32(headers.encode(), zlib.crc32(value, zlib.crc32(key)))


def confirmed_sequences(
    connection: sqlite3.Connection, topics: Sequence[str]
) -> dict[StreamName, int]:
    """Return the last sequence that Kafka has confirmed, by topic and source."""
    rows = connection.execute("SELECT topic, source, confirmed_sequence FROM spool_stream")
    return {(topic, source): sequence for topic, source, sequence in rows if topic in topics}
