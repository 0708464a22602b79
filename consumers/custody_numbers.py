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

MISSING = """
SELECT before, upto FROM (
    SELECT block, part, lower(part) AS upto,
           lag(upper(part), 1, %b::bigint) OVER (ORDER BY block, part) AS before
    FROM custody_block, unnest(received) AS part
    WHERE source = %b AND topic = %b AND block >= %b
) AS stored WHERE before < upto ORDER BY block, part LIMIT %b
"""

HIGHEST = """
SELECT upper(received) - 1 FROM custody_block WHERE source = %b AND topic = %b
ORDER BY block DESC LIMIT 1
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
    cursor = await connection.execute(HIGHEST, [source, topic])
    row = await cursor.fetchone()
    highest: int = row[0] if row else whole
    cursor = await connection.execute(
        MISSING, [whole + 1, source, topic, open_block, MAX_EXCEPTIONS + 1]
    )
    through, exceptions = cumulate(highest, await cursor.fetchall())
    contiguous = exceptions[0] - 1 if exceptions else through
    if contiguous // BLOCK > open_block:
        await connection.execute(OPEN, [contiguous // BLOCK, source, topic])
        await connection.execute(DROP_WHOLE, [source, topic, contiguous // BLOCK])
    return through, exceptions


def cumulate(highest: int, missing: Sequence[Sequence[int]]) -> tuple[int, list[int]]:
    """Return the highest number that a receipt can speak for, and what is missing below it.

    `highest` is the highest number that is stored; `missing` are the ranges below it that are
    not, [lower, upper) in order, or the lowest of them if a receipt can't name all.
    """
    exceptions: list[int] = []
    for lower, upper in missing:
        if len(exceptions) + upper - lower > MAX_EXCEPTIONS:
            return lower - 1, exceptions
        exceptions.extend(range(lower, upper))
    return highest, exceptions
