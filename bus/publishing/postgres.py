"""The outbox in Postgres, as its relay sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from psycopg.conninfo import make_conninfo
from psycopg.errors import UniqueViolation

from bus.errors import FencedError
from bus.publishing.store import (
    Backlog,
    Placement,
    StoredRecord,
    UnconfirmedRow,
    in_sequence,
)
from bus.storage.connections import (
    Connection,
    connect,
    require_known_parameters,
    translated_errors,
)

OUR_END = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A machine that is lost must not keep its locks for the hours that TCP waits by default. In
seconds, but the last, in milliseconds."""

SERVERS_END = {
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""The same, as the server's session settings name it."""


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
        known = require_known_parameters(url, owner)
        connection = await connect(make_conninfo(known, **OUR_END), owner)
        settings = ", ".join(
            f"set_config('{name}', '{value}', false)" for name, value in SERVERS_END.items()
        )
        try:
            with translated_errors(owner):
                await connection.execute(f"SELECT {settings}")
        except BaseException:
            await connection.close()
            raise
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
                rows = [UnconfirmedRow(*row) for row in await cursor.fetchall()]
        return in_sequence(f"the outbox of {self._owner}", topic, rows)

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
