"""Clearances and findings in Postgres: what the tracker has told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.codec.definitions import Json
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
)
FINDING_COLUMNS = ", ".join((*FINDING_NAMES, "is_withdrawn"))
"""The columns of `finding`, as `finding_from` takes them."""

FINDINGS_OF = f"""
SELECT {FINDING_COLUMNS} FROM finding WHERE policy_id = ANY(%s) OR finding_id = ANY(%s)
"""


async def stored_findings(
    connection: Connection, policy_ids: Iterable[str], finding_ids: Iterable[UUID]
) -> list[StoredFinding]:
    """Return all findings of these policies, and these findings, as they were told last."""
    cursor = await connection.execute(FINDINGS_OF, [list(policy_ids), list(finding_ids)])
    return [finding_from(*row) for row in await cursor.fetchall()]


def finding_from(*values: object) -> StoredFinding:
    """Return the finding of a SELECT of FINDING_COLUMNS."""
    payload: PayloadDict = dict(zip(FINDING_NAMES, values[:-1], strict=True))
    for name in ("finding_id", "event_id"):
        payload[name] = None if payload[name] is None else str(payload[name])
    return StoredFinding(payload, is_withdrawn=bool(values[-1]))


PUT_FINDING = """
INSERT INTO finding (
    finding_id, kind, severity, mode, reason, policy_id, office, source, event_id, facts, opened_at,
    version, state, is_withdrawn)
VALUES (
    %(finding_id)s, %(kind)s, %(severity)s, %(mode)s, %(reason)s, %(policy_id)s, %(office)s,
    %(source)s, %(event_id)s, %(facts)s, %(opened_at)s, %(version)s, %(state)s, %(is_withdrawn)s)
ON CONFLICT (finding_id) DO UPDATE SET
    reason = excluded.reason, office = excluded.office, source = excluded.source,
    event_id = excluded.event_id, facts = excluded.facts, opened_at = excluded.opened_at,
    version = excluded.version, state = excluded.state,
    is_withdrawn = excluded.is_withdrawn, changed_at = now()
"""


async def put_findings(connection: Connection, findings: Iterable[StoredFinding]) -> None:
    """Store new findings, and new versions of known ones."""
    rows = [
        each.payload
        | {"facts": json.dumps(each.payload["facts"]), "is_withdrawn": each.is_withdrawn}
        for each in findings
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(PUT_FINDING, rows)
