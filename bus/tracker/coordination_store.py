"""Coordination in Postgres: observations, what became of them, and exercise windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from bus.codec.schemas import SchemaStore
from bus.notices.facts import CoordinationFact, CoordinationKind
from bus.notices.observations import disposed_ids, seen
from bus.storage.connections import Connection
from bus.topics import CUSTODY_EVENT, agency_of, topics_of
from bus.tracker.contents import FactKind
from bus.tracker.fact_rows import COLUMNS, FactRow, fact_of, row_from
from bus.tracker.touches import Touches

OBSERVATIONS = f"""
SELECT {COLUMNS} FROM fact
WHERE kind = 'COORDINATION' AND data ->> 'kind' = 'OBSERVATION'
  AND data ->> 'coordination_id' = ANY(%s)
"""

DISPOSITIONS = f"""
SELECT {COLUMNS} FROM fact
WHERE kind = 'COORDINATION' AND data -> 'disposition' ->> 'of' = ANY(%s)
"""

WINDOWS = f"""
SELECT {COLUMNS} FROM fact WHERE kind = 'COORDINATION' AND data ->> 'kind' = 'EXERCISE_WINDOW'
"""

EXERCISES = f"""
SELECT {COLUMNS} FROM fact
WHERE kind = 'CITATION' AND mode = 'EXERCISE' AND topic = %s AND recorded_at >= %s
"""

SEEN_POLICIES = """
SELECT (data ->> 'coordination_id')::uuid, policy_id FROM fact
WHERE kind = 'COORDINATION' AND data ->> 'kind' = 'OBSERVATION' AND policy_id IS NOT NULL
  AND data ->> 'coordination_id' = ANY(%(ids)s::text[])
UNION
SELECT finding_id, policy_id FROM finding
WHERE kind = 'OBSERVED_POLICY' AND policy_id IS NOT NULL AND finding_id = ANY(%(ids)s::uuid[])
"""


async def load_observations(
    connection: Connection, ids: Iterable[UUID], schemas: SchemaStore
) -> list[CoordinationFact]:
    """Return the observations under these coordination_ids."""
    return _facts(await _rows(connection, OBSERVATIONS, ids), schemas)


async def load_dispositions(
    connection: Connection, ids: Iterable[UUID], schemas: SchemaStore
) -> list[CoordinationFact]:
    """Return what was said to have become of these findings or observations."""
    return _facts(await _rows(connection, DISPOSITIONS, ids), schemas)


async def disposition_rows(connection: Connection, ids: Iterable[UUID]) -> list[FactRow]:
    """Return the same as they are stored."""
    return await _rows(connection, DISPOSITIONS, ids)


async def rows_beside(
    connection: Connection, rows: Sequence[FactRow], schemas: SchemaStore
) -> list[FactRow]:
    """Return what is stored about the observations among these rows: told again, disposed of."""
    ids = {name for row in rows for name in observed_by(row)}
    if not ids:
        return []
    told = await _rows(connection, OBSERVATIONS, ids)
    names = [
        name
        for each in seen(_facts(told, schemas))
        for name in (each.coordination_id, each.finding_id)
    ]
    return told + await _rows(connection, DISPOSITIONS, names)


async def load_windows(connection: Connection, schemas: SchemaStore) -> list[CoordinationFact]:
    """Return every exercise window that was declared: there are few."""
    cursor = await connection.execute(WINDOWS)
    return _facts([row_from(*row) for row in await cursor.fetchall()], schemas)


async def load_exercises(connection: Connection, windows: Iterable[FactRow]) -> list[FactRow]:
    """Return the exercises' custody events that these new windows may cover."""
    found: dict[UUID, FactRow] = {}
    for window in windows:
        topic = _custody_topic(window)
        if topic is not None:
            cursor = await connection.execute(EXERCISES, [topic, window.recorded_at])
            rows = [row_from(*row) for row in await cursor.fetchall()]
            found |= {row.event_id: row for row in rows}
    return list(found.values())


async def touch_observed(connection: Connection, touches: Touches, rows: Sequence[FactRow]) -> None:
    """Note the policies of the observations that these rows are, or dispose of."""
    named = {name: row for row in rows for name in (*observed_by(row), *disposed_by(row))}
    if named:
        cursor = await connection.execute(SEEN_POLICIES, {"ids": [str(each) for each in named]})
        for name, policy_id in await cursor.fetchall():
            touches.add(policy_id, named[name].recorded_at, named[name].event_id)


def names_of_observation(row: FactRow) -> list[str]:
    """Return by which ids an observation is disposed of; of other facts, none."""
    return [str(each) for name in observed_by(row) for each in disposed_ids(name)]


def observed_by(row: FactRow) -> list[UUID]:
    """Return the coordination_id of an observation; of other facts, none."""
    if row.data.get("kind") != CoordinationKind.OBSERVATION:
        return []
    return [UUID(str(row.data["coordination_id"]))]


def disposed_by(row: FactRow) -> list[UUID]:
    """Return what a disposition disposes of; of other facts, none."""
    body = row.data.get("disposition") if row.kind is FactKind.COORDINATION else None
    return [UUID(str(body["of"]))] if isinstance(body, dict) else []


def is_window(row: FactRow) -> bool:
    """Tell whether it declares an exercise."""
    return (
        row.kind is FactKind.COORDINATION
        and row.data.get("kind") == CoordinationKind.EXERCISE_WINDOW
    )


def _custody_topic(window: FactRow) -> str | None:
    """Return where the agency that declared the window reports custody; None where nowhere."""
    owner = agency_of(window.origin.topic)
    return next((each.name for each in topics_of(CUSTODY_EVENT) if each.owner == owner), None)


async def _rows(connection: Connection, query: str, ids: Iterable[UUID]) -> list[FactRow]:
    cursor = await connection.execute(query.encode(), [[str(each) for each in ids]])
    return [row_from(*row) for row in await cursor.fetchall()]


def _facts(rows: Iterable[FactRow], schemas: SchemaStore) -> list[CoordinationFact]:
    facts = (fact_of(row, schemas) for row in rows)
    return [fact for fact in facts if isinstance(fact, CoordinationFact)]
