"""What DHS publishes: custody events, as drafts for its outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bus.events import Draft, Mode

CUSTODY = "dhs.custody-event.v1"
SYSTEM = "dhs.e3"


def custody_event(
    event_kind: str,
    *,
    family_group_id: str,
    subject_id: str,
    occurred_at: datetime,
    agency: str = "dhs.cbp.usbp",
    policy_id: str | None = None,
    basis: str | None = None,
    role: str | None = None,
    sector: str | None = None,
    separation: Mapping[str, object] | None = None,
    mode: Mode = Mode.ACTUAL,
) -> Draft:
    """Return one event in one person's custody.

    `policy_id` and `basis` say what it rests on; HHS is told of the event whether or not they
    are given, and their absence is found at once.
    """
    return Draft(
        topic=CUSTODY,
        system=SYSTEM,
        mode=mode,
        time=occurred_at,
        data={
            "event_kind": event_kind,
            "family_group_id": family_group_id,
            "subject_id": subject_id,
            "agency": agency,
            "occurred_at": occurred_at,
            "subject": {"role": role} if role else None,
            "sector": sector,
            "policy_id": policy_id,
            "basis": {"kind": basis} if basis else None,
            "separation": separation,
        },
    )
