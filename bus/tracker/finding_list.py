"""Findings, chosen for a list: as they are, or as they could be known at an earlier moment.

What was found stays found: by what was recorded at a moment, there were the findings that were
opened by then. What became of them since is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from bus.codec.schemas import packaged
from bus.consuming.announcements import OFFSET_GAP
from bus.events import Mode
from bus.notices.detector import observed
from bus.notices.facts import CoordinationFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.life import FindingState, life_of
from bus.notices.payloads import PayloadDict, life_fields
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.topics import GROUPS
from bus.tracker.changes import StoredFinding
from bus.tracker.coordination_store import load_dispositions, load_observations
from bus.tracker.gap_findings import gap_findings
from bus.tracker.hindsight import reasons_known_at
from bus.tracker.session import tracker_session
from bus.tracker.state_store import FINDING_COLUMNS, finding_from, names_of

KINDS = (*FindingKind, OFFSET_GAP)
"""The kinds of finding that there are: the tracker's, and that of each group's own gaps."""


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings to list; None is any. Resolved ones only when asked for."""

    policy_id: str | None = None
    kind: str | None = None
    mode: Mode | None = None
    with_resolved: bool = False
    known_at: datetime | None = None

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
KNOWN = f"""
SELECT {FINDING_COLUMNS} FROM finding
WHERE NOT is_withdrawn AND opened_at <= %(known_at)s
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(mode)s::text IS NULL OR mode = %(mode)s)
  AND (%(policy)s::text IS NULL OR policy_id = %(policy)s)
"""


async def list_findings(settings: Settings, wanted: FindingFilter) -> list[StoredFinding]:
    """Return the findings that are wanted, in the order in which they were opened."""
    async with tracker_session(settings) as connection:
        found = await _of_the_tracker(connection, wanted)
    if wanted.admits_gaps:
        for owner in sorted(set(GROUPS.values())):
            async with owner_session(settings.database_url_of(owner), owner) as connection:
                found += await gap_findings(connection)
    until = wanted.known_at
    known = [each for each in found if until is None or each.opened_at <= until]
    return sorted(known, key=lambda each: (each.opened_at, each.finding_id))


async def _of_the_tracker(connection: Connection, wanted: FindingFilter) -> list[StoredFinding]:
    values = {
        "policy": wanted.policy_id,
        "kind": wanted.kind,
        "mode": wanted.mode.value if wanted.mode else None,
        "resolved": wanted.with_resolved,
        "known_at": wanted.known_at,
    }
    query = CHOSEN if wanted.known_at is None else KNOWN
    cursor = await connection.execute(query.encode(), values)
    found = [finding_from(*row) for row in await cursor.fetchall()]
    if wanted.known_at is None:
        return found
    then = await _as_known(connection, found, wanted.known_at)
    return [
        each
        for each in then
        if (wanted.with_resolved or each.payload["state"] != FindingState.RESOLVED)
        and wanted.policy_id in (None, each.payload["policy_id"])
    ]


async def _as_known(
    connection: Connection, found: Sequence[StoredFinding], known_at: datetime
) -> list[StoredFinding]:
    """Return the findings without what was recorded about them after that moment."""
    schemas = packaged()
    names = await names_of(connection, found)
    ids = [name for each in names.values() for name in each]
    told = await load_observations(connection, ids, schemas)
    said = await load_dispositions(connection, ids, schemas)
    known = History.of([*told, *said]).as_known_at(known_at).coordination
    by_then = await reasons_known_at(connection, found, known_at, schemas)
    tied = {each.finding_id: each for each in observed(known)}
    return [
        _with(
            by_then.get(each.finding_id),
            _then(each, names[each.finding_id], known, tied.get(each.finding_id), known_at),
        )
        for each in found
    ]


def _with(reason_now: str | None, finding: StoredFinding) -> StoredFinding:
    return replace(finding, payload={**finding.payload, "reason_now": reason_now})


def _then(
    finding: StoredFinding,
    names: Sequence[UUID],
    known: Sequence[CoordinationFact],
    observation: Finding | None,
    known_at: datetime,
) -> StoredFinding:
    later = finding.payload["noticed_at"]
    fields: PayloadDict = life_fields(life_of(names, finding.mode, finding.about, known))
    if isinstance(later, datetime) and later > known_at:
        fields["noticed_at"] = None
    if observation is not None:
        fields |= {"policy_id": observation.policy_id, "facts": list(observation.facts)}
    return replace(finding, payload={**finding.payload, **fields})
