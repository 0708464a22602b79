"""Findings, chosen for a list."""

from __future__ import annotations

from dataclasses import dataclass

from bus.events import Mode
from bus.notices.findings import FindingKind
from bus.storage.connections import Connection
from bus.tracker.changes import StoredFinding
from bus.tracker.state_store import FINDING_COLUMNS, finding_from


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings to list; None is any. Resolved ones only when asked for."""

    policy_id: str | None = None
    kind: FindingKind | None = None
    mode: Mode | None = None
    with_resolved: bool = False


CHOSEN = f"""
SELECT {FINDING_COLUMNS} FROM finding
WHERE (%(policy)s::text IS NULL OR policy_id = %(policy)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(mode)s::text IS NULL OR mode = %(mode)s)
  AND (%(resolved)s OR state <> 'RESOLVED')
ORDER BY opened_at, finding_id
"""


async def list_findings(connection: Connection, wanted: FindingFilter) -> list[StoredFinding]:
    """Return the findings that are wanted, in the order in which they were opened."""
    cursor = await connection.execute(
        CHOSEN,
        {
            "policy": wanted.policy_id,
            "kind": wanted.kind.value if wanted.kind else None,
            "mode": wanted.mode.value if wanted.mode else None,
            "resolved": wanted.with_resolved,
        },
    )
    return [finding_from(*row) for row in await cursor.fetchall()]
