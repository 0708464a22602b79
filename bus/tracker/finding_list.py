"""Findings, chosen for a list."""

from __future__ import annotations

from dataclasses import dataclass

from bus.events import Mode
from bus.notices.findings import FindingKind
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.topics import GROUPS
from bus.tracker.changes import StoredFinding
from bus.tracker.gap_findings import OFFSET_GAP, gap_findings
from bus.tracker.session import tracker_session
from bus.tracker.state_store import FINDING_COLUMNS, finding_from

KINDS = (*FindingKind, OFFSET_GAP)
"""The kinds of finding that there are: the tracker's, and that of each group's own gaps."""


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings to list; None is any. Resolved ones only when asked for."""

    policy_id: str | None = None
    kind: str | None = None
    mode: Mode | None = None
    with_resolved: bool = False

    @property
    def admits_gaps(self) -> bool:
        """Tell whether gaps are wanted: they are about no policy, ACTUAL, and stay open."""
        return (
            self.policy_id is None
            and self.kind in (None, OFFSET_GAP)
            and self.mode in (None, Mode.ACTUAL)
        )


CHOSEN = f"""
SELECT {FINDING_COLUMNS} FROM finding
WHERE (%(policy)s::text IS NULL OR policy_id = %(policy)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(mode)s::text IS NULL OR mode = %(mode)s)
  AND (%(resolved)s OR state <> 'RESOLVED')
"""


async def list_findings(settings: Settings, wanted: FindingFilter) -> list[StoredFinding]:
    """Return the findings that are wanted, in the order in which they were opened."""
    async with tracker_session(settings) as connection:
        found = await _of_the_tracker(connection, wanted)
    if wanted.admits_gaps:
        for owner in sorted(set(GROUPS.values())):
            async with owner_session(settings.database_url_of(owner), owner) as connection:
                found += await gap_findings(connection)
    return sorted(found, key=lambda each: (each.opened_at, each.finding_id))


async def _of_the_tracker(connection: Connection, wanted: FindingFilter) -> list[StoredFinding]:
    cursor = await connection.execute(
        CHOSEN,
        {
            "policy": wanted.policy_id,
            "kind": wanted.kind,
            "mode": wanted.mode.value if wanted.mode else None,
            "resolved": wanted.with_resolved,
        },
    )
    return [finding_from(*row) for row in await cursor.fetchall()]
