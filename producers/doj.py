"""What DOJ publishes: notices of policies, as drafts for its outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bus.events import Draft, Mode

NOTICES = "doj.policy-notice.v1"
COORDINATION = "doj.coordination.v1"
SYSTEM = "doj.oag"

Officer = tuple[str, str]
"""A role, and the opaque id that the agency gives the officer."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """How a text is kept back: `disclosure` is SUMMARY or EXISTENCE, by this category.

    The acceptance of a text that isn't on the bus binds to its sealed digest.
    """

    disclosure: str
    cui_category: str
    sealed_digest: str


def policy_notice(
    policy_id: str,
    *,
    title: str,
    summary: str | None,
    effective_at: datetime,
    drafted_by: Officer,
    approved_by: Officer,
    revision: int = 1,
    replaces_digest: str | None = None,
    places_needed: int | None = None,
    instrument: str = "MEMORANDUM",
    addressees: Sequence[str] = (),
    time_zone: str = "America/New_York",
    mode: Mode = Mode.ACTUAL,
    restriction: Restriction | None = None,
    emergency: Mapping[str, object] | None = None,
) -> Draft:
    """Return the final text of one revision of a notice, issued by the Attorney General's office.

    `places_needed` is how many children's places HHS must expect to give, from the effective
    date on; None where nobody said. A text of which the existence alone is told has no summary.
    """
    impact = {"places_needed": places_needed, "from": effective_at} if places_needed else None
    return Draft(
        topic=NOTICES,
        system=SYSTEM,
        mode=mode,
        data={
            "policy_id": policy_id,
            "revision": revision,
            "replaces_digest": replaces_digest,
            "mode": mode.value,
            "stage": "FINAL",
            "instrument": instrument,
            "title": title,
            "summary": summary,
            "contacts": [],
            "issuing_office": "doj.oag",
            "disclosure": restriction.disclosure if restriction else "FULL",
            "cui_category": restriction.cui_category if restriction else None,
            "sealed_digest": restriction.sealed_digest if restriction else None,
            "scope": {
                "sectors": [],
                "event_kinds": ["REFERRED_FOR_PROSECUTION", "SEPARATED"],
                "separation_reasons": ["REFERRED_FOR_PROSECUTION"],
            },
            "effective_at": effective_at,
            "effective_time_zone": time_zone,
            "addressees": [{"office": office, "required": True} for office in addressees],
            "expected_impact": impact,
            "emergency": emergency,
            "drafted_by": officer(drafted_by),
            "approved_by": officer(approved_by),
        },
    )


def rescission(
    policy_id: str, *, coordination_id: str, since: datetime, decided_by: Officer
) -> Draft:
    """Return the cancellation of a policy that was meant and is meant no longer."""
    return Draft(
        topic=COORDINATION,
        system=SYSTEM,
        data={
            "coordination_id": coordination_id,
            "policy_id": policy_id,
            "office": "doj.oag",
            "officer": officer(decided_by),
            "mode": Mode.ACTUAL.value,
            "kind": "CANCEL",
            "cancel": {"cause": "RESCINDED", "from": since},
        },
    )


def officer(who: Officer) -> dict[str, str]:
    """Return an officer as payloads name one."""
    role, identity = who
    return {"role": role, "id": identity}
