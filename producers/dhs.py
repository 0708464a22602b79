"""What DHS publishes: custody events, as drafts for its outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bus.errors import UnavailableError
from bus.events import Draft, Mode
from bus.gate.client import ask
from bus.notices.gate import Act

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
    gate_answer: Mapping[str, object] | None = None,
    mode: Mode = Mode.ACTUAL,
) -> Draft:
    """Return one event in one person's custody.

    `policy_id` and `basis` say what it rests on; HHS is told of the event whether or not they
    are given, and their absence is found at once. `gate_answer` is what the gate said of the
    policy: see `cited_answer`.
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
            "gate_answer": gate_answer,
        },
    )


async def cited_answer(
    policy_id: str, gate_url: str, *, sector: str | None, event_kind: str
) -> dict[str, object] | None:
    """Ask the gate about a policy that an event will cite; return its answer for that event.

    The event is delivered whatever the gate says. None where no gate answers: then the event says
    that nobody could be asked.
    """
    try:
        answer = await ask(policy_id, gate_url, Act(sector=sector, event_kind=event_kind))
    except UnavailableError:
        return None
    return answer.as_cited()
