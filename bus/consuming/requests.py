"""Operators' requests, as the owner of a partition carries them out under its claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from math import floor
from uuid import UUID

from bus.consuming.letter_rows import letter_from
from bus.consuming.parking import Letter, LetterState
from bus.consuming.records import Partition
from bus.consuming.sql import LETTER
from bus.storage.connections import Connection

# The row lock makes workers take turns at one request, so that its rate holds for all of them.
REQUESTS = """
SELECT request_id, action, requested_by, per_second, taken, requested_at
FROM dead_letter_request AS request
WHERE group_name = %(group)s AND EXISTS (
    SELECT FROM dead_letter_request_item JOIN dead_letter USING (dead_letter_id)
    WHERE request_id = request.request_id AND done_at IS NULL
      AND topic = %(topic)s AND partition = %(partition)s)
ORDER BY requested_at, request_id
FOR UPDATE
"""

# An event with wrong fields was applied: there is nothing to apply again.
END_IDLE = """
UPDATE dead_letter_request_item AS item SET outcome = state, done_at = now()
FROM dead_letter AS letter
WHERE request_id = %s AND done_at IS NULL AND letter.dead_letter_id = item.dead_letter_id
  AND topic = %s AND partition = %s
  AND (state <> 'OPEN' OR (kind = 'FIELDS' AND %s = 'REDRIVE'))
"""

# The lock waits for a copy of the event that is being applied elsewhere, and looks at the state
# again: what was resolved meanwhile isn't taken.
TAKE = f"""
WITH chosen AS (
    SELECT dead_letter_id
    FROM dead_letter_request_item JOIN dead_letter AS letter USING (dead_letter_id)
    WHERE request_id = %(request)s AND done_at IS NULL
      AND topic = %(topic)s AND partition = %(partition)s AND state = 'OPEN'
    ORDER BY account_id, kafka_offset LIMIT %(limit)s
    FOR UPDATE OF letter
), taken AS (
    UPDATE dead_letter_request_item SET outcome = 'TAKEN', done_at = now()
    WHERE request_id = %(request)s AND dead_letter_id IN (SELECT dead_letter_id FROM chosen)
), counted AS (
    UPDATE dead_letter_request SET taken = taken + (SELECT count(*) FROM chosen)
    WHERE request_id = %(request)s
)
UPDATE dead_letter
SET state = %(state)s, last_seen = now(),
    closed_at = CASE WHEN %(state)s = 'DISCARDED' THEN now() END
WHERE dead_letter_id IN (SELECT dead_letter_id FROM chosen)
RETURNING {LETTER}
"""

# A later copy of a discarded event is a duplicate, not something to apply after all.
REMEMBER_DISCARDED = """
INSERT INTO inbox (group_name, event_id, digest)
SELECT group_name, event_id, digest FROM dead_letter
WHERE dead_letter_id = ANY(%s) AND event_id IS NOT NULL
ON CONFLICT DO NOTHING
"""

MAX_ROLE_CHARACTERS = 64
"""As many as the schema DeadLetterEvent takes, `actor_role`."""

STATES = {"REDRIVE": LetterState.REDRIVING, "DISCARD": LetterState.DISCARDED}


async def take_requests(
    connection: Connection, group: str, partition: Partition, at: datetime, limit: int
) -> tuple[list[Letter], list[Letter]]:
    """Return the letters that are now REDRIVING and those that are now DISCARDED."""
    place = {"group": group, "topic": partition.topic, "partition": partition.number}
    cursor = await connection.execute(REQUESTS, place)
    taken: dict[LetterState, list[Letter]] = {state: [] for state in STATES.values()}
    for request_id, action, officer, per_second, before, requested_at in await cursor.fetchall():
        await connection.execute(END_IDLE, [request_id, *partition, action])
        allowed = allowance(per_second, before, (at - requested_at).total_seconds(), limit)
        if allowed > 0:
            state = STATES[action]
            letters = await _take(connection, request_id, partition, state, allowed)
            role = officer.partition(":")[0].strip()[:MAX_ROLE_CHARACTERS]
            taken[state] += [replace(letter, actor_role=role) for letter in letters]
    discarded = taken[LetterState.DISCARDED]
    if discarded:
        ids = [letter.dead_letter_id for letter in discarded]
        await connection.execute(REMEMBER_DISCARDED, [ids])
    return taken[LetterState.REDRIVING], discarded


def allowance(per_second: float | None, taken: int, seconds: float, limit: int) -> int:
    """Return how many letters of a request may be taken now; the first one at once."""
    if per_second is None:
        return limit
    return max(0, min(limit, floor(seconds * per_second) + 1 - taken))


async def _take(
    connection: Connection, request_id: UUID, partition: Partition, state: LetterState, limit: int
) -> list[Letter]:
    cursor = await connection.execute(
        TAKE,
        {
            "request": request_id,
            "topic": partition.topic,
            "partition": partition.number,
            "state": state.value,
            "limit": limit,
        },
    )
    letters = [letter_from(*row) for row in await cursor.fetchall()]
    return sorted(letters, key=lambda each: (each.account_id, each.record.offset))
