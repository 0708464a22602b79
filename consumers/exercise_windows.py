"""When agencies exercise: what HHS needs to count custody events that claim to be an exercise's.

Only a window that its own agency declared soundly is kept: what hides an event from the counts is
read strictly. An event whose window couldn't be read counts as real.
"""

from __future__ import annotations

from collections.abc import Iterable

from bus.events import Event, Mode
from bus.notices.facts import CoordinationFact, ExerciseWindow
from bus.storage.connections import Connection
from bus.topics import agency_of
from bus.tracker.recording import MomentOf

INSERT_WINDOW = """
INSERT INTO exercise_window (event_id, agency, policy_id, starts_at, ends_at, recorded_at)
VALUES (%s, %s, %s, %s, %s, %s)
"""


async def store_windows(
    connection: Connection, events: Iterable[Event], moment_of: MomentOf
) -> None:
    """Append the exercise windows among these statements; the others aren't HHS intake's."""
    facts = [CoordinationFact.from_event(event, moment_of(event)) for event in events]
    async with connection.cursor() as cursor:
        await cursor.executemany(
            INSERT_WINDOW,
            [
                (
                    fact.event_id,
                    agency_of(fact.office),
                    fact.policy_id,
                    fact.statement.starts_at,
                    fact.statement.ends_at,
                    fact.recorded_at,
                )
                for fact in facts
                if isinstance(fact.statement, ExerciseWindow)
                and fact.is_authorised
                and fact.mode_is_sound
                and fact.mode is not Mode.TEST
            ],
        )
