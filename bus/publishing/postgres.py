"""The outbox in Postgres: writing within a publisher's transaction, reading for the relay.

Statements name the owner's schema, so that a publisher's connection may have any search path.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import NamedTuple
from uuid import UUID

from psycopg.conninfo import make_conninfo
from psycopg.errors import UniqueViolation
from psycopg.rows import tuple_row

from bus.errors import FaultError, FencedError
from bus.publishing.headers import Headers, sequence_text
from bus.publishing.store import Backlog, Placement, StoredRecord
from bus.storage.connections import Connection, connect, translated_errors

# Publishing


@dataclass(frozen=True, slots=True)
class Entry:
    """An event that is ready to be stored, but for its sequence number."""

    event_id: UUID
    topic: str
    source: str
    key: bytes
    value: bytes
    headers: Headers


class Place(NamedTuple):
    """A number taken in a stream."""

    stream_id: int
    sequence: int


async def open_store(connection: Connection, owner: str) -> UUID:
    """Return the id of the store that this connection writes to; a copy gets one of its own.

    The timeline is that of the log being written: the control file still names the old one for
    a while after a standby was promoted.
    """
    here = (
        "SELECT system_identifier,"
        " ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer AS timeline,"
        " (SELECT oid FROM pg_database WHERE datname = current_database()) AS database_oid,"
        f" '{owner}.store'::regclass::oid AS relation_oid FROM pg_control_system()"
    )
    identity = "system_identifier, timeline, database_oid, relation_oid"
    find = f"SELECT store_id FROM {owner}.store JOIN ({here}) AS here USING ({identity})"
    create = f"INSERT INTO {owner}.store ({identity}) {here} ON CONFLICT DO NOTHING"
    async with connection.cursor(row_factory=tuple_row) as cursor:
        row = await (await cursor.execute(find)).fetchone()
        if row is None:
            await cursor.execute(create)
            row = await (await cursor.execute(find)).fetchone()
    if row is None:
        raise FaultError(f"{owner}.store hides its row: publish in READ COMMITTED transactions")
    store_id: UUID = row[0]
    return store_id


async def take_sequences(
    connection: Connection, owner: str, entries: Sequence[Entry]
) -> list[Place]:
    """Take the next numbers for these entries, in their order; hold the streams until commit.

    Streams are locked in sorted order, so that two publishers never wait for each other.
    """
    counts = Counter((entry.topic, entry.source) for entry in entries)
    numbers: dict[tuple[str, str], tuple[int, count[int]]] = {}
    for stream in sorted(counts):
        stream_id, last = await _advance(connection, owner, stream, counts[stream])
        numbers[stream] = (stream_id, count(last - counts[stream] + 1))
    places = []
    for entry in entries:
        stream_id, following = numbers[entry.topic, entry.source]
        places.append(Place(stream_id, next(following)))
    return places


async def _advance(
    connection: Connection, owner: str, stream: tuple[str, str], by: int
) -> tuple[int, int]:
    """Return the stream's id and its last number after taking `by` numbers."""
    table = f"{owner}.outbox_stream"
    update = (
        f"UPDATE {table} SET last_sequence = last_sequence + %b"
        " WHERE topic = %b AND source = %b RETURNING stream_id, last_sequence"
    )
    # Not the INSERT alone: it would use up an identity number at each call.
    create = (
        f"INSERT INTO {table} AS stream (topic, source, last_sequence) VALUES (%b, %b, %b)"
        " ON CONFLICT (topic, source)"
        " DO UPDATE SET last_sequence = stream.last_sequence + excluded.last_sequence"
        " RETURNING stream_id, last_sequence"
    )
    async with connection.cursor(row_factory=tuple_row) as cursor:
        row = await (await cursor.execute(update, [by, *stream])).fetchone()
        if row is None:
            row = await (await cursor.execute(create, [*stream, by])).fetchone()
    stream_id, last = row or (0, 0)  # an upsert always returns its row
    return stream_id, last


async def insert(
    connection: Connection,
    owner: str,
    entries: Sequence[Entry],
    places: Sequence[Place],
    recorded_at: datetime,
) -> None:
    """Store the entries at their places."""
    await connection.execute(
        f"INSERT INTO {owner}.outbox"
        " (stream_id, sequence, event_id, key, value, headers, recorded_at)"
        " SELECT stream_id, sequence, event_id, key, value, headers::json, %b FROM unnest("
        "%b::integer[], %b::bigint[], %b::uuid[], %b::bytea[], %b::bytea[], %b::text[]"
        ") AS entry (stream_id, sequence, event_id, key, value, headers)",
        [
            recorded_at,
            [place.stream_id for place in places],
            [place.sequence for place in places],
            [entry.event_id for entry in entries],
            [entry.key for entry in entries],
            [entry.value for entry in entries],
            [
                json.dumps([("ce_sequence", sequence_text(place.sequence)), *entry.headers])
                for entry, place in zip(entries, places, strict=True)
            ],
        ],
    )


async def confirmed_sequences(
    connection: Connection, owner: str, topics: Sequence[str]
) -> dict[tuple[str, str], int]:
    """Return the last sequence that Kafka has confirmed, by topic and source."""
    cursor = await connection.execute(
        f"SELECT topic, source, confirmed_sequence FROM {owner}.outbox_position"
        f" JOIN {owner}.outbox_stream USING (stream_id) WHERE topic = ANY(%s)",
        [list(topics)],
    )
    return {(topic, source): sequence for topic, source, sequence in await cursor.fetchall()}


# Relaying

LIVENESS = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A lost machine must not keep its locks for the hours that TCP would wait by default: this
many seconds (the last: milliseconds) for our end, and by SET for the server's end."""


class PostgresStore:
    """One owner's outbox, by one session in autocommit that also holds the locks.

    Since locks and confirmations use one connection, a relay that has lost its locks can't
    confirm anything.
    """

    def __init__(self, connection: Connection, owner: str) -> None:
        self._connection = connection
        self._owner = owner

    @classmethod
    async def open(cls, url: str, owner: str) -> PostgresStore:
        """Begin a session; raise UnavailableError if the database is away."""
        connection = await connect(make_conninfo(url, **LIVENESS), owner)
        with translated_errors(owner):
            await connection.execute(
                "SELECT set_config('tcp_keepalives_idle', '5', false),"
                " set_config('tcp_keepalives_interval', '2', false),"
                " set_config('tcp_keepalives_count', '3', false),"
                " set_config('tcp_user_timeout', '10000', false)"
            )
        return cls(connection, owner)

    async def close(self) -> None:
        """End the session; the server gives its locks back."""
        await self._connection.close()

    async def backlog(self) -> list[Backlog]:
        """Return every topic that has unconfirmed events."""
        with translated_errors(self._owner):
            cursor = await self._connection.execute(BACKLOG)
            return [Backlog(*row) for row in await cursor.fetchall()]

    async def try_lock(self, topic: str) -> bool:
        """Try to become the only relay of this topic."""
        with translated_errors(self._owner):
            cursor = await self._connection.execute(
                "SELECT pg_try_advisory_lock(%s)", [lock_number(self._owner, topic)]
            )
            row = await cursor.fetchone()
        return row == (True,)

    async def lowest_unconfirmed(self, topic: str, limit: int) -> list[StoredRecord]:
        """Return the next unconfirmed records, each source's without a hole and in its order."""
        with translated_errors(self._owner):
            async with self._connection.cursor(binary=True) as cursor:
                await cursor.execute(LOWEST_UNCONFIRMED, [topic, limit])
                rows = await cursor.fetchall()
        following: dict[str, int] = {}
        records = []
        for source, confirmed, sequence, key, value, headers in rows:
            expected = following.get(source, confirmed + 1)
            if sequence != expected:
                raise FaultError(
                    f"the outbox of {self._owner} lacks event {expected} of {source} on {topic}, "
                    "and has later ones: restore that row, nothing more is sent before"
                )
            following[source] = sequence + 1
            pairs = [(name, text.encode()) for name, text in headers]
            records.append(StoredRecord(source, sequence, key, value, pairs))
        return records

    async def confirm(self, topic: str, placements: Sequence[Placement]) -> None:
        """Record where Kafka put these records, all or none."""
        columns = [
            [placement.source for placement in placements],
            [placement.sequence for placement in placements],
            [placement.partition for placement in placements],
            [placement.offset for placement in placements],
        ]
        with translated_errors(self._owner):
            try:
                await self._connection.execute(CONFIRM, [*columns, topic])
            except UniqueViolation as error:
                raise FencedError(
                    f"another relay has confirmed events of {self._owner} on {topic}"
                ) from error


def lock_number(owner: str, topic: str) -> int:
    """Return the advisory lock of this owner's relay for this topic."""
    digest = hashlib.sha256(f"relay of {owner} for {topic}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


BACKLOG = """
SELECT stream.topic,
       sum(stream.last_sequence - coalesce(confirmed_sequence, 0))::bigint,
       coalesce(min(outbox.stored_at), now())
FROM outbox_stream AS stream
LEFT JOIN outbox_position USING (stream_id)
LEFT JOIN outbox ON outbox.stream_id = stream.stream_id
                AND outbox.sequence = coalesce(confirmed_sequence, 0) + 1
WHERE stream.last_sequence > coalesce(confirmed_sequence, 0)
GROUP BY stream.topic
"""

LOWEST_UNCONFIRMED = """
WITH behind AS (
    SELECT stream_id, source, coalesce(confirmed_sequence, 0) AS confirmed,
           count(*) OVER () AS streams
    FROM outbox_stream
    LEFT JOIN outbox_position USING (stream_id)
    WHERE topic = %b AND last_sequence > coalesce(confirmed_sequence, 0)
)
SELECT source, confirmed, sequence, key, value, headers
FROM behind
CROSS JOIN LATERAL (
    SELECT sequence, key, value, headers
    FROM outbox
    WHERE stream_id = behind.stream_id AND sequence > behind.confirmed
    ORDER BY sequence
    LIMIT (%b + streams - 1) / streams
) AS next
ORDER BY stream_id, sequence
"""

CONFIRM = """
WITH placed AS (
    SELECT stream_id, sequence, partition, kafka_offset
    FROM unnest(%b::text[], %b::bigint[], %b::integer[], %b::bigint[])
         AS placement (source, sequence, partition, kafka_offset)
    JOIN outbox_stream USING (source)
    WHERE topic = %b
), kept AS (
    INSERT INTO outbox_confirmation (stream_id, sequence, partition, kafka_offset)
    SELECT stream_id, sequence, partition, kafka_offset FROM placed
)
INSERT INTO outbox_position AS position (stream_id, confirmed_sequence)
SELECT stream_id, max(sequence) FROM placed GROUP BY stream_id
ON CONFLICT (stream_id) DO UPDATE SET confirmed_sequence = excluded.confirmed_sequence
"""
