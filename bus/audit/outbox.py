"""The audit of an outbox: whether each number that was taken has its event, and how many wait.

Sequences of a source and topic are contiguous from 1, so that a reader can tell a
missing one. Up to the number that Kafka has confirmed, each event has its place there.
"""

from __future__ import annotations

from dataclasses import dataclass

from bus.audit.faults import Fault, FaultKind, Range, fault_of
from bus.storage.connections import Connection

MAX_RANGES = 10_000

NUMBERS = """
    SELECT stream_id, count(*) AS rows, min(sequence) AS lowest, max(sequence) AS highest
    FROM {table} GROUP BY stream_id
"""

# Numbers are unique within a stream: as many as the highest, from 1 on, leave no hole.
STREAMS = f"""
WITH stored AS ({NUMBERS.format(table="outbox")}),
     placed AS ({NUMBERS.format(table="outbox_confirmation")}),
     stream AS (
         SELECT stream_id, topic, source, last_sequence,
                coalesce(confirmed_sequence, 0) AS confirmed_sequence
         FROM outbox_stream LEFT JOIN outbox_position USING (stream_id))
SELECT stream_id, topic, source, last_sequence, confirmed_sequence,
       (coalesce(stored.rows, 0), coalesce(stored.lowest, 1), coalesce(stored.highest, 0))
           = (last_sequence, 1, last_sequence) AS is_stored,
       (coalesce(placed.rows, 0), coalesce(placed.lowest, 1), coalesce(placed.highest, 0))
           = (confirmed_sequence, 1, confirmed_sequence) AS is_placed
FROM stream LEFT JOIN stored USING (stream_id) LEFT JOIN placed USING (stream_id)
ORDER BY topic, source
"""

HOLES = """
SELECT ended + 1, sequence FROM (
    SELECT sequence, lag(sequence, 1, 0::bigint) OVER (ORDER BY sequence) AS ended
    FROM (
        SELECT sequence FROM {table} WHERE stream_id = %(stream)s AND sequence <= %(last)s
        UNION ALL SELECT %(last)s::bigint + 1
    ) AS numbers
) AS following
WHERE sequence > ended + 1 ORDER BY sequence LIMIT %(limit)s
"""

BEYOND = """
SELECT sequence, sequence + 1 FROM {table}
WHERE stream_id = %(stream)s AND sequence > %(last)s ORDER BY sequence LIMIT %(limit)s
"""

NOBODYS_PLACES = """
SELECT stream_id, min(sequence), max(sequence) + 1 FROM outbox_confirmation
WHERE NOT EXISTS (
    SELECT FROM outbox_stream WHERE outbox_stream.stream_id = outbox_confirmation.stream_id)
GROUP BY stream_id ORDER BY stream_id
"""


@dataclass(frozen=True, slots=True)
class Stream:
    """What one source published on one topic."""

    owner: str
    topic: str
    source: str
    last_sequence: int
    confirmed_sequence: int
    store: str = "outbox"

    @property
    def unsent(self) -> int:
        """How many events Kafka hasn't confirmed."""
        return self.last_sequence - self.confirmed_sequence

    @property
    def place(self) -> str:
        """The stream, as a person names it."""
        return f"{self.store} of {self.owner}: {self.source} on {self.topic}"


async def audit_outbox(connection: Connection, owner: str) -> tuple[list[Stream], list[Fault]]:
    """Audit every stream of the owner's outbox. The caller's transaction is a snapshot."""
    cursor = await connection.execute(STREAMS)
    streams: list[Stream] = []
    faults: list[Fault] = []
    for stream_id, topic, source, last, confirmed, is_stored, is_placed in await cursor.fetchall():
        stream = Stream(owner, topic, source, last, confirmed)
        streams.append(stream)
        if not is_stored:
            faults += await _compare(connection, stream, STORED, stream_id, last)
        if not is_placed:
            faults += await _compare(connection, stream, PLACED, stream_id, confirmed)
    return streams, faults + await _nobodys_places(connection, owner)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A table that should hold each number up to a last one, and what it is when it doesn't."""

    table: str
    if_missing: FaultKind
    if_beyond: FaultKind


STORED = Numbers("outbox", FaultKind.SEQUENCE_MISSING, FaultKind.SEQUENCE_OUTSIDE)
PLACED = Numbers(
    "outbox_confirmation", FaultKind.CONFIRMATION_MISSING, FaultKind.CONFIRMATION_OUTSIDE
)


async def _compare(
    connection: Connection, stream: Stream, numbers: Numbers, stream_id: int, last: int
) -> list[Fault]:
    """Return which numbers up to the last are missing in the table, and which go beyond it."""
    faults = []
    for kind, query in ((numbers.if_missing, HOLES), (numbers.if_beyond, BEYOND)):
        values = {"stream": stream_id, "last": last, "limit": MAX_RANGES}
        cursor = await connection.execute(query.format(table=numbers.table).encode(), values)
        ranges: list[Range] = [(lower, upper) for lower, upper in await cursor.fetchall()]
        if ranges:
            faults.append(fault_of(kind, stream.place, ranges))
    return faults


async def _nobodys_places(connection: Connection, owner: str) -> list[Fault]:
    cursor = await connection.execute(NOBODYS_PLACES)
    return [
        fault_of(
            FaultKind.CONFIRMATION_OUTSIDE, f"outbox of {owner}: no stream {stream_id}", [(low, up)]
        )
        for stream_id, low, up in await cursor.fetchall()
    ]
