"""How far what was asked of dead letters has come."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import UUID

from bus.errors import UnavailableError
from bus.storage.connections import Connection

POLL_SECONDS = 0.1

DONE = """
SELECT state, count(*) FROM dead_letter AS letter
WHERE dead_letter_id = ANY(%s) AND state <> 'REDRIVING' AND NOT EXISTS (
    SELECT FROM dead_letter_request_item AS item
    WHERE item.dead_letter_id = letter.dead_letter_id AND done_at IS NULL)
GROUP BY state
"""


async def wait_until_done(
    connection: Connection,
    letter_ids: Sequence[UUID],
    *,
    deadline: float,
    report: Callable[[int], None],
) -> Counter[str]:
    """Return in which state these dead letters are, when nothing asked of them is open any more.

    `report` is told how many are done, each time that we look. Raises UnavailableError at the
    deadline, a moment of `time.monotonic`; what was asked for stays asked for.
    """
    while True:
        states = await states_of_done(connection, letter_ids)
        report(states.total())
        if states.total() == len(letter_ids):
            return states
        if time.monotonic() >= deadline:
            raise UnavailableError(
                f"{len(letter_ids) - states.total()} of {len(letter_ids)} dead letters aren't done "
                "yet; the request is stored, and carried out by the group's workers: are they "
                "running (`bus serve`), and is the breaker closed (`bus breaker list`)?"
            )
        await asyncio.sleep(POLL_SECONDS)


async def states_of_done(connection: Connection, letter_ids: Sequence[UUID]) -> Counter[str]:
    """Return how many of these dead letters are in which state, of those that are done."""
    cursor = await connection.execute(DONE, [list(letter_ids)])
    return Counter(dict(await cursor.fetchall()))
