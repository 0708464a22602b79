"""A group's breaker, as operators see and change it. Workers notice within about a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bus.consuming.breaker import BreakerState
from bus.storage.connections import Connection


@dataclass(frozen=True, slots=True)
class Breaker:
    """How a group's breaker stands, who changed it last, and why.

    `trial_at` is when a worker tries a few records; an open one without waits for an operator.
    """

    group: str
    state: str = BreakerState.CLOSED
    openings: int = 0
    trial_at: datetime | None = None
    overridden_until: datetime | None = None
    reason: str | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None


COLUMNS = """
    group_name, state, openings, trial_at, overridden_until, reason, changed_by, changed_at
"""

BREAKERS = f"SELECT {COLUMNS} FROM breaker WHERE group_name = ANY(%s)"

# An operator's word counts whatever the engine was about to do: it compares before it writes.
CHANGE = f"""
INSERT INTO breaker AS known ({COLUMNS})
VALUES (%(group)s, %(state)s, 0, NULL, now() + make_interval(secs => %(seconds)s::float8),
    %(reason)s, %(officer)s, now())
ON CONFLICT (group_name) DO UPDATE
SET state = EXCLUDED.state, openings = 0, trial_at = NULL,
    overridden_until = EXCLUDED.overridden_until, reason = EXCLUDED.reason,
    changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at
RETURNING {COLUMNS}
"""


async def read_breakers(connection: Connection, groups: Sequence[str]) -> list[Breaker]:
    """Return the breakers of these groups of the owner; one that was never touched is closed."""
    cursor = await connection.execute(BREAKERS.encode(), [list(groups)])
    known = {row[0]: Breaker(*row) for row in await cursor.fetchall()}
    return [known.get(group, Breaker(group)) for group in groups]


async def change_breaker(connection: Connection, row: Breaker, seconds: float | None) -> Breaker:
    """Store the breaker as an operator wants it, from now on; for so many seconds it can't open."""
    cursor = await connection.execute(
        CHANGE.encode(),
        {
            "group": row.group,
            "state": row.state,
            "seconds": seconds,
            "reason": row.reason,
            "officer": row.changed_by,
        },
    )
    (found,) = await cursor.fetchall()
    return Breaker(*found)


async def open_breaker(connection: Connection, group: str, officer: str, reason: str) -> Breaker:
    """Stop the group until an operator closes its breaker: no trial is made by itself."""
    row = Breaker(group, BreakerState.OPEN, reason=reason, changed_by=officer)
    return await change_breaker(connection, row, None)


async def close_breaker(
    connection: Connection, group: str, officer: str, reason: str, seconds: float | None = None
) -> Breaker:
    """Let the group go on. For so many seconds its breaker stays closed, whatever fails."""
    row = Breaker(group, BreakerState.CLOSED, reason=reason, changed_by=officer)
    return await change_breaker(connection, row, seconds)
