"""Which numbers of a source's custody events HHS has stored: what its receipts speak for.

A source's numbers are spread over the partitions of its topic, and partitions are read at their
own pace, so hundreds of thousands of numbers may be missing for a while between those that are
there. They are kept in blocks, and a batch costs what its own blocks cost.
"""

from __future__ import annotations

from collections.abc import Sequence

from bus.storage.connections import Connection

BLOCK = 8192
"""Numbers in a block; the migration that made the table says so too."""

MAX_EXCEPTIONS = 1000
"""A receipt names at most so many missing numbers; it then speaks for a lower number."""

MAX_RANGES = MAX_EXCEPTIONS + 200
"""Between two ranges at least one number is missing, but where one block ends."""

LOCK = """
INSERT INTO custody_source AS known (source, topic) VALUES (%b, %b)
ON CONFLICT (source, topic) DO UPDATE SET open_block = known.open_block
RETURNING open_block
"""

ADD = f"""
INSERT INTO custody_block AS known (source, topic, block, received)
SELECT %b, %b, (number - 1) / {BLOCK}, range_agg(int8range(number, number + 1))
FROM unnest(%b::bigint[]) AS number WHERE number > %b::bigint GROUP BY 3
ON CONFLICT (source, topic, block) DO UPDATE SET received = known.received + EXCLUDED.received
"""

RANGES = """
SELECT lower(part), upper(part) FROM custody_block, unnest(received) AS part
WHERE source = %b AND topic = %b AND block >= %b ORDER BY block, part LIMIT %b
"""

OPEN = "UPDATE custody_source SET open_block = %b WHERE source = %b AND topic = %b"

DROP_WHOLE = "DELETE FROM custody_block WHERE source = %b AND topic = %b AND block < %b"


async def add_numbers(
    connection: Connection, source: str, topic: str, numbers: Sequence[int]
) -> tuple[int, list[int]]:
    """Add numbers that are stored now; return what a receipt can speak for.

    That is the highest number, and the missing ones below it. The row of the source is locked
    until the transaction ends: what is returned knows what every worker has stored.
    """
    cursor = await connection.execute(LOCK, [source, topic])
    row = await cursor.fetchone()
    open_block: int = row[0] if row else 0
    whole = open_block * BLOCK
    await connection.execute(ADD, [source, topic, list(numbers), whole])
    cursor = await connection.execute(RANGES, [source, topic, open_block, MAX_RANGES])
    ranges = await cursor.fetchall()
    through, exceptions = cumulate(whole, ranges)
    contiguous = exceptions[0] - 1 if exceptions else through
    if contiguous // BLOCK > open_block:
        await connection.execute(OPEN, [contiguous // BLOCK, source, topic])
        await connection.execute(DROP_WHOLE, [source, topic, contiguous // BLOCK])
    return through, exceptions


def cumulate(whole: int, ranges: Sequence[Sequence[int]]) -> tuple[int, list[int]]:
    """Return the highest number that a receipt can speak for, and what is missing below it.

    Every number up to `whole` is stored; `ranges` are those above, [lower, upper) in order.
    """
    exceptions: list[int] = []
    through = whole
    for lower, upper in ranges:
        missing = lower - through - 1
        if len(exceptions) + missing > MAX_EXCEPTIONS:
            break
        exceptions.extend(range(through + 1, lower))
        through = upper - 1
    return through, exceptions
