"""Facts in Postgres: written once, read by policy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from bus.codec.schemas import SchemaStore
from bus.notices.facts import AnyFact, CitationFact
from bus.storage.connections import Connection
from bus.tracker.contents import FactKind
from bus.tracker.coordination_store import rows_beside, touch_observed
from bus.tracker.fact_rows import COLUMNS, FactRow, fact_of, row_from
from bus.tracker.touches import Touches
from bus.tracker.unreadable import load_dead_letters

INSERT_FACTS = f"""
INSERT INTO fact ({COLUMNS})
SELECT * FROM unnest(
    %b::uuid[], %b::text[], %b::text[], %b::text[], %b::integer[], %b::bigint[], %b::text[],
    %b::bigint[], %b::text[], %b::boolean[], %b::jsonb[], %b::timestamptz[], %b::jsonb[])
"""

INSERT_RECEIPTS = """
INSERT INTO fact_receipt (notice_id, receipt_id)
SELECT * FROM unnest(%b::uuid[], %b::uuid[]) ON CONFLICT DO NOTHING
"""


async def insert_facts(connection: Connection, rows: Sequence[FactRow]) -> None:
    """Store the facts of new events."""
    if not rows:
        return
    await connection.execute(
        INSERT_FACTS,
        [
            [row.origin.event_id for row in rows],
            [row.kind.value for row in rows],
            [row.policy_id for row in rows],
            [row.origin.topic for row in rows],
            [row.origin.partition for row in rows],
            [row.origin.offset for row in rows],
            [row.origin.source for row in rows],
            [row.origin.sequence for row in rows],
            [row.origin.mode.value for row in rows],
            [row.origin.mode_is_sound for row in rows],
            [json.dumps(row.origin.faults) for row in rows],
            [row.origin.recorded_at for row in rows],
            [json.dumps(row.data) for row in rows],
        ],
    )
    named = [(notice_id, row.event_id) for row in rows for notice_id in row.notice_ids]
    if named:
        columns = [list(column) for column in zip(*named, strict=True)]
        await connection.execute(INSERT_RECEIPTS, columns)


# Which policies are concerned

SUPERSEDED = """
SELECT DISTINCT policy_id, data ->> 'supersedes' FROM fact
WHERE kind = 'NOTICE' AND policy_id = ANY(%s) AND data ->> 'supersedes' IS NOT NULL
"""

RECEIPTED = """
SELECT receipt_id, policy_id FROM fact_receipt
JOIN fact ON event_id = notice_id AND kind = 'NOTICE'
WHERE receipt_id = ANY(%s)
"""

COVERED = """
SELECT DISTINCT policy_id FROM fact
WHERE kind = 'NOTICE' AND split_part(policy_id, '/', 1) = ANY(%s)
"""


async def find_touched(connection: Connection, rows: Sequence[FactRow]) -> Touches:
    """Return the policies that these facts concern, when they have been stored.

    A notice or a cancellation concerns the policy that its own supersedes too, a receipt the
    policies of the notices that it names, an agreement every policy of its parties; who tells of
    an observation again, or disposes of it, concerns the policy that it is about.
    """
    touches = Touches()
    for row in rows:
        if row.policy_id is not None:
            touches.add(row.policy_id, row.recorded_at, row.event_id)
    announced = {
        row.policy_id for row in rows if row.kind in (FactKind.NOTICE, FactKind.COORDINATION)
    }
    if announced:
        cursor = await connection.execute(SUPERSEDED, [sorted(filter(None, announced))])
        touches.spread(await cursor.fetchall())
    await _touch_receipted(connection, touches, rows)
    await touch_observed(connection, touches, rows)
    for row in rows:
        if row.parties:
            cursor = await connection.execute(COVERED, [row.parties])
            for (policy_id,) in await cursor.fetchall():
                touches.add(policy_id, row.recorded_at, row.event_id)
    return touches


async def _touch_receipted(
    connection: Connection, touches: Touches, rows: Sequence[FactRow]
) -> None:
    receipts = {row.event_id: row for row in rows if row.kind is FactKind.RECEIPT}
    if receipts:
        cursor = await connection.execute(RECEIPTED, [list(receipts)])
        for receipt_id, policy_id in await cursor.fetchall():
            touches.add(policy_id, receipts[receipt_id].recorded_at, receipt_id)


# What is known of policies

AGREEMENTS = f"""
SELECT {COLUMNS} FROM fact WHERE kind = 'AGREEMENT'
"""

OF_POLICIES = f"""
SELECT {COLUMNS} FROM fact
WHERE policy_id = ANY(%(policies)s) AND kind IN ('NOTICE', 'ACKNOWLEDGEMENT', 'COORDINATION')
UNION ALL
SELECT {COLUMNS} FROM fact
WHERE kind IN ('NOTICE', 'COORDINATION') AND policy_id IN (
    SELECT policy_id FROM fact WHERE kind = 'NOTICE' AND data ->> 'supersedes' = ANY(%(policies)s))
UNION ALL
SELECT {COLUMNS} FROM fact
WHERE event_id IN (
    SELECT receipt_id FROM fact_receipt JOIN fact ON event_id = notice_id
    WHERE policy_id = ANY(%(policies)s) AND kind = 'NOTICE')
UNION ALL
{AGREEMENTS}
"""

CITATIONS = f"""
SELECT {COLUMNS} FROM fact
JOIN unnest(%b::text[], %b::timestamptz[]) AS asked (policy_id, since) USING (policy_id)
WHERE kind = 'CITATION' AND recorded_at >= since
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is stored about policies: the facts, and the rows of those that are events."""

    rows: list[FactRow]
    facts: list[AnyFact]


async def load_policies(
    connection: Connection, policy_ids: Iterable[str], schemas: SchemaStore
) -> Loaded:
    """Return all that the rules need to derive these policies, but the citations."""
    policies = list(policy_ids)
    cursor = await connection.execute(OF_POLICIES, {"policies": policies})
    rows = [row_from(*row) for row in await cursor.fetchall()]
    rows += await rows_beside(connection, rows, schemas)
    letters = await load_dead_letters(connection, policies)
    return Loaded(rows, [*(fact_of(row, schemas) for row in rows), *letters])


async def load_agreements(connection: Connection, schemas: SchemaStore) -> list[AnyFact]:
    """Return every version of every agreement."""
    cursor = await connection.execute(AGREEMENTS)
    return [fact_of(row_from(*row), schemas) for row in await cursor.fetchall()]


async def load_citations(
    connection: Connection, touches: Touches, schemas: SchemaStore
) -> list[AnyFact]:
    """Return the custody events that cite these policies, each policy's since it was touched."""
    cursor = await connection.execute(
        CITATIONS,
        [list(touches.by_policy), [touch.since for touch in touches.by_policy.values()]],
    )
    return [fact_of(row_from(*row), schemas) for row in await cursor.fetchall()]


CITED = f"SELECT {COLUMNS} FROM fact WHERE event_id = ANY(%s) AND kind = 'CITATION'"


async def load_cited(
    connection: Connection, event_ids: Iterable[UUID], schemas: SchemaStore
) -> list[CitationFact]:
    """Return these custody events."""
    cursor = await connection.execute(CITED.encode(), [list(event_ids)])
    facts = [fact_of(row_from(*row), schemas) for row in await cursor.fetchall()]
    return [fact for fact in facts if isinstance(fact, CitationFact)]
