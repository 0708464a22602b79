"""Clearances and findings in Postgres: what the tracker has told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.codec.definitions import Json
from bus.notices.findings import FindingKind
from bus.notices.payloads import PayloadDict
from bus.storage.connections import Connection
from bus.tracker.changes import StoredFinding


@dataclass(frozen=True, slots=True)
class StoredClearance:
    """A version of a policy's clearance. `state` and `positions` are plain JSON."""

    policy_id: str
    version: int
    at: datetime
    known_at: datetime
    state: Mapping[str, Json]
    positions: Json
    cause: UUID | None


LAST_CLEARANCES = """
SELECT DISTINCT ON (policy_id) policy_id, version, at, known_at, state, positions, cause
FROM clearance_state WHERE policy_id = ANY(%s) ORDER BY policy_id, version DESC
"""


async def last_clearances(
    connection: Connection, policy_ids: Iterable[str]
) -> dict[str, StoredClearance]:
    """Return the newest version of each policy's clearance that has one."""
    cursor = await connection.execute(LAST_CLEARANCES, [list(policy_ids)])
    return {row[0]: StoredClearance(*row) for row in await cursor.fetchall()}


INSERT_CLEARANCE = """
INSERT INTO clearance_state (policy_id, version, at, known_at, state, positions, cause)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


async def insert_clearances(connection: Connection, clearances: Iterable[StoredClearance]) -> None:
    """Store new versions."""
    rows = [
        (
            each.policy_id,
            each.version,
            each.at,
            each.known_at,
            json.dumps(each.state),
            json.dumps(each.positions),
            each.cause,
        )
        for each in clearances
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(INSERT_CLEARANCE, rows)


FINDING_NAMES = (
    "finding_id",
    "kind",
    "severity",
    "mode",
    "reason",
    "policy_id",
    "office",
    "source",
    "event_id",
    "facts",
    "opened_at",
    "version",
    "state",
    "taken_by",
    "resolved_by",
    "officer",
    "reference",
    "noticed_at",
    "reason_now",
)
FINDING_COLUMNS = ", ".join((*FINDING_NAMES, "is_withdrawn"))
"""The columns of `finding`, as `finding_from` takes them."""

CONCERNED = """
WITH asked AS (SELECT * FROM unnest(%b::text[], %b::timestamptz[]) AS asked (policy_id, since))
SELECT finding_id FROM finding JOIN asked USING (policy_id) WHERE opened_at >= since
UNION
SELECT finding_id FROM finding JOIN asked USING (policy_id)
WHERE kind IN ('UNANNOUNCED_POLICY', 'OBSERVED_POLICY', 'CITED_NOT_CLEAR')
"""


async def findings_since(connection: Connection, policies: Mapping[str, datetime]) -> list[UUID]:
    """Return the ids of each policy's findings since a moment, and of all that a notice changes."""
    cursor = await connection.execute(CONCERNED, [list(policies), list(policies.values())])
    return [row[0] for row in await cursor.fetchall()]


async def findings_of_events(connection: Connection, event_ids: Iterable[str]) -> list[UUID]:
    """Return the ids of the findings about no policy that these events showed."""
    cursor = await connection.execute(
        "SELECT finding_id FROM finding WHERE event_id = ANY(%s::uuid[]) AND policy_id IS NULL",
        [list(event_ids)],
    )
    return [row[0] for row in await cursor.fetchall()]


FINDINGS_OF = f"SELECT {FINDING_COLUMNS} FROM finding WHERE finding_id = ANY(%s)"


async def stored_findings(
    connection: Connection, finding_ids: Iterable[UUID]
) -> list[StoredFinding]:
    """Return those of these findings that there are, as they were told last."""
    cursor = await connection.execute(FINDINGS_OF.encode(), [list(finding_ids)])
    return [finding_from(*row) for row in await cursor.fetchall()]


OBSERVED = """
SELECT event_id, data ->> 'coordination_id' FROM fact
WHERE event_id = ANY(%s) AND kind = 'COORDINATION'
"""


async def names_of(
    connection: Connection, findings: Iterable[StoredFinding]
) -> dict[UUID, list[UUID]]:
    """Return by which ids each finding is disposed of: its own, and its observation's."""
    names = {each.finding_id: [each.finding_id] for each in findings}
    events = {
        UUID(str(each.payload["event_id"])): each.finding_id
        for each in findings
        if each.payload["kind"] == FindingKind.OBSERVED_POLICY
    }
    if events:
        cursor = await connection.execute(OBSERVED, [list(events)])
        for event_id, coordination_id in await cursor.fetchall():
            names[events[event_id]].append(UUID(coordination_id))
    return names


def finding_from(*values: object) -> StoredFinding:
    """Return the finding of a SELECT of FINDING_COLUMNS."""
    payload: PayloadDict = dict(zip(FINDING_NAMES, values[:-1], strict=True))
    for name in ("finding_id", "event_id"):
        payload[name] = None if payload[name] is None else str(payload[name])
    return StoredFinding(payload, is_withdrawn=bool(values[-1]))


_WRITTEN = (*FINDING_NAMES, "is_withdrawn")
_KEPT = ("finding_id", "kind", "severity", "mode")

PUT_FINDING = f"""
INSERT INTO finding ({FINDING_COLUMNS})
VALUES ({", ".join(f"%({name})s" for name in _WRITTEN)})
ON CONFLICT (finding_id) DO UPDATE SET changed_at = now(),
    {", ".join(f"{name} = excluded.{name}" for name in _WRITTEN if name not in _KEPT)}
"""


async def put_findings(connection: Connection, findings: Iterable[StoredFinding]) -> None:
    """Store new findings, and new versions of known ones."""
    rows = [
        each.payload
        | {"facts": json.dumps(each.payload["facts"]), "is_withdrawn": each.is_withdrawn}
        for each in findings
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(PUT_FINDING.encode(), rows)
