"""The outbox's tables as publishers write them, within their own transactions.

Statements name the owner's schema, so that a publisher's connection may have any search path.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg.rows import tuple_row

from bus.errors import FaultError
from bus.publishing.entries import Entry, Place, StreamName, needed_numbers, places_of
from bus.storage.connections import Connection


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
    lasts = {
        stream: await _advance(connection, owner, stream, needed)
        for stream, needed in needed_numbers(entries)
    }
    return places_of(entries, lasts)


async def _advance(connection: Connection, owner: str, stream: StreamName, by: int) -> Place:
    """Take `by` numbers in the stream; return the last of them."""
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
    if row is None:
        raise FaultError(f"{table} gave no row back for an upsert: is there a rule or a trigger?")
    return Place(*row)


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
                entry.headers_at(place.sequence)
                for entry, place in zip(entries, places, strict=True)
            ],
        ],
    )


async def confirmed_sequences(
    connection: Connection, owner: str, topics: Sequence[str]
) -> dict[StreamName, int]:
    """Return the last sequence that Kafka has confirmed, by topic and source."""
    cursor = await connection.execute(
        f"SELECT topic, source, confirmed_sequence FROM {owner}.outbox_position"
        f" JOIN {owner}.outbox_stream USING (stream_id) WHERE topic = ANY(%s)",
        [list(topics)],
    )
    return {(topic, source): sequence for topic, source, sequence in await cursor.fetchall()}
