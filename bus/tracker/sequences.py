"""Which sequence numbers were read, and which are missing.

Kept for the topics that clearances are derived from: notices, acknowledgements, coordination,
receipts, agreements. Custody events enter no clearance, and HHS's receipts already account for
each of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bus.notices.gate import SequenceGap
from bus.storage.connections import Connection
from bus.topics import CUSTODY_EVENT, find_topic
from bus.tracker.contents import TRACKED


class Numbered(NamedTuple):
    """A number that was read, of an event or of a rejected record."""

    source: str
    topic: str
    sequence: int


ADD_NUMBERS = """
INSERT INTO received_sequence AS known (source, topic, numbers)
SELECT source, topic, range_agg(int8range(sequence, sequence + 1))
FROM unnest(%b::text[], %b::text[], %b::bigint[]) AS read (source, topic, sequence)
GROUP BY source, topic ORDER BY source, topic
ON CONFLICT (source, topic) DO UPDATE SET numbers = known.numbers + excluded.numbers
"""

NOTE_GAPS = """
INSERT INTO sequence_gap (source, topic, missing)
SELECT source, topic, unnest(
    int8multirange(int8range(1, upper(numbers))) - numbers
    - coalesce((SELECT range_agg(missing) FROM sequence_gap g
                WHERE g.source = r.source AND g.topic = r.topic), '{}'::int8multirange))
FROM received_sequence r JOIN unnest(%b::text[], %b::text[]) AS read (source, topic)
    USING (source, topic)
"""

DROP_FILLED = """
DELETE FROM sequence_gap g
USING received_sequence r, unnest(%b::text[], %b::text[]) AS read (source, topic)
WHERE g.source = read.source AND g.topic = read.topic
  AND r.source = read.source AND r.topic = read.topic
  AND int8multirange(g.missing) <@ r.numbers
"""


async def note_numbers(connection: Connection, read: Iterable[Numbered]) -> None:
    """Record the numbers that were read, what is missing below them, and what no longer is.

    The row of a source is locked until the transaction ends: call it last.
    """
    numbered = sorted({each for each in read if is_watched(each.topic)})
    if not numbered:
        return
    columns = [list(column) for column in zip(*numbered, strict=True)]
    await connection.execute(ADD_NUMBERS, columns)
    streams = sorted({(each.source, each.topic) for each in numbered})
    columns = [list(column) for column in zip(*streams, strict=True)]
    await connection.execute(NOTE_GAPS, columns)
    await connection.execute(DROP_FILLED, columns)


def is_watched(topic: str) -> bool:
    """Tell whether the numbers of this topic are kept."""
    return find_topic(topic).content is not CUSTODY_EVENT


def watched_topics() -> list[str]:
    """Return the topics whose every record may change whether a policy is clear."""
    return [topic.name for topic in TRACKED if is_watched(topic.name)]


MISSING = """
SELECT source, topic, lower(part), noticed_at
FROM sequence_gap JOIN received_sequence USING (source, topic),
     unnest(int8multirange(missing) - numbers) AS part
"""


async def missing_numbers(connection: Connection) -> tuple[SequenceGap, ...]:
    """Return the first number of each gap, with when a higher one was read."""
    cursor = await connection.execute(MISSING)
    return tuple(
        SequenceGap(source=row[0], topic=row[1], sequence=row[2], noticed_at=row[3])
        for row in await cursor.fetchall()
    )
