"""What the facts show now, against what was told before: pure.

Each finding is told once, and again only when it changes. Facts of different partitions may be
read in another order than they were recorded, most of all after an outage; what was told by then
and doesn't hold by the whole set of facts is withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from uuid import UUID

from bus.events import Mode
from bus.notices.findings import Finding
from bus.notices.life import FindingState
from bus.notices.payloads import PayloadDict
from bus.tracker.drafts import bounded_finding


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding as it was told last; `payload` is what was published."""

    payload: PayloadDict
    is_withdrawn: bool = False

    @property
    def finding_id(self) -> UUID:
        return UUID(str(self.payload["finding_id"]))

    @property
    def is_new(self) -> bool:
        return self.payload["version"] == 1

    @property
    def opened_at(self) -> datetime:
        return cast("datetime", self.payload["opened_at"])

    @property
    def mode(self) -> Mode:
        return Mode(str(self.payload["mode"]))

    @property
    def about(self) -> str | None:
        """The office or agency that it is about."""
        return cast("str | None", self.payload["office"])

    def with_life(self, fields: PayloadDict, *, is_told: bool) -> StoredFinding:
        """Return it with what became of it: its next version, if this one was told already."""
        payload = {**self.payload, **fields}
        return self.changed(payload, **fields) if is_told else replace(self, payload=payload)

    def changed(self, payload: PayloadDict, **changes: object) -> StoredFinding:
        """Return its next version."""
        version = cast("int", self.payload["version"]) + 1
        return StoredFinding(
            {**payload, "state": self.payload["state"], **changes, "version": version}
        )

    def withdrawn(self) -> StoredFinding:
        """Return its next version: it doesn't hold."""
        resolved = self.changed(self.payload, state=FindingState.RESOLVED.value)
        return replace(resolved, is_withdrawn=True)


def first_opened(findings: Iterable[Finding]) -> dict[UUID, Finding]:
    """Return of each finding the one that was opened first."""
    first: dict[UUID, Finding] = {}
    for finding in findings:
        known = first.get(finding.finding_id)
        if known is None or finding.opened_at < known.opened_at:
            first[finding.finding_id] = finding
    return first


def changed_findings(
    found: Mapping[UUID, Finding], stored: Iterable[StoredFinding], since: datetime
) -> list[StoredFinding]:
    """Return each finding that is new or has changed, as it is to be told.

    `found` is what the facts show, of which those recorded before `since` were known already:
    what was opened before then is as it was.
    """
    told = {each.finding_id: each for each in stored}
    changes = [
        change
        for finding_id, finding in found.items()
        if (change := _change(finding, told.get(finding_id), since)) is not None
    ]
    gone = (each for key, each in told.items() if key not in found and each.opened_at >= since)
    return changes + [each.withdrawn() for each in gone if not each.is_withdrawn]


def _change(finding: Finding, known: StoredFinding | None, since: datetime) -> StoredFinding | None:
    payload = bounded_finding(finding)
    if known is None:
        return StoredFinding(payload)
    if known.is_withdrawn:
        return known.changed(payload, state=FindingState.OPEN.value)
    if finding.opened_at < known.opened_at or finding.opened_at > known.opened_at >= since:
        return known.changed(payload)
    if finding.opened_at == known.opened_at and finding.policy_id != known.payload["policy_id"]:
        return known.changed(payload)
    return None
