"""Clearances and findings as events.

What a record may hold is bounded by its schema, what facts may say isn't: lists are cut here, so
that no flood of facts keeps a state from being told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from bus.consuming.announcements import FINDINGS
from bus.events import Draft, Mode
from bus.notices.clearance import Clearance
from bus.notices.findings import Finding
from bus.notices.gate import Position
from bus.notices.payloads import PayloadDict, clearance_payload, finding_payload
from bus.topics import CLEARANCE, topics_of

CLEARANCES = topics_of(CLEARANCE)[0].name
SYSTEM = "bus.tracker"

MAX_REASONS = 1000
MAX_SEATS = 50
MAX_FACTS = 1000
MAX_SOURCE_CHARACTERS = 200
"""What the schemas of Clearance and Finding allow."""


def bounded_clearance(
    clearance: Clearance, *, version: int, positions: Iterable[Position]
) -> PayloadDict:
    """Return the payload of a clearance; where there are too many seats, open ones come first."""
    payload = clearance_payload(clearance, version=version, positions=positions)
    payload["reasons"] = _first(payload["reasons"], MAX_REASONS)
    if len(clearance.seats) > MAX_SEATS:
        by_need = sorted(_items(payload["seats"]), key=lambda seat: bool(seat["filled"]))
        payload["seats"] = by_need[:MAX_SEATS]
    return payload


def clearance_draft(payload: PayloadDict, at: datetime, cause: UUID | None) -> Draft:
    """Return the event that tells of a clearance. Without a notice it alarms as ACTUAL."""
    return Draft(
        topic=CLEARANCES,
        data=payload,
        mode=Mode(str(payload["mode"] or Mode.ACTUAL)),
        system=SYSTEM,
        time=at,
        causation_id=cause,
    )


def bounded_finding(finding: Finding) -> PayloadDict:
    """Return the payload of a new finding."""
    payload = finding_payload(finding)
    payload["facts"] = _first(payload["facts"], MAX_FACTS)
    if finding.source is not None and len(finding.source) > MAX_SOURCE_CHARACTERS:
        payload["source"] = None
    return payload


def finding_draft(payload: PayloadDict, now: datetime) -> Draft:
    """Return the event that tells of a finding, as it is now."""
    event_id = payload["event_id"]
    return Draft(
        topic=FINDINGS,
        data=payload,
        mode=Mode(str(payload["mode"])),
        system=SYSTEM,
        time=now,
        causation_id=UUID(str(event_id)) if event_id else None,
    )


def _items(value: object) -> list[PayloadDict]:
    return value if isinstance(value, list) else []


def _first(value: object, count: int) -> list[object]:
    return value[:count] if isinstance(value, list) else []
