"""Who may decide for whom: an office lets another one of its department decide on a policy.

A delegation counts from its record on, within the time that it names, and from office to office
directly: whoever was let decide can't let a third one.
"""

from __future__ import annotations

from datetime import datetime

from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact, CoordinationFact, CoordinationKind, Delegation


def may_decide(decision: AcknowledgementFact, dossier: Dossier) -> bool:
    """Whether the office decides for itself, or had been let decide when this was recorded."""
    return not decision.is_delegated or any(
        _covers(delegation, decision)
        for delegation in dossier.sound_of_kind(CoordinationKind.DELEGATION)
    )


def _covers(fact: CoordinationFact, decision: AcknowledgementFact) -> bool:
    return is_delegated(fact, decision.deciding_office, decision.office, decision.recorded_at)


def is_delegated(
    fact: CoordinationFact, from_office: str, to_office: str, decided_at: datetime
) -> bool:
    """Whether by this fact one office lets the other decide at that moment."""
    delegation = fact.statement
    return (
        isinstance(delegation, Delegation)
        and fact.office == from_office
        and delegation.to_office == to_office
        and max(fact.recorded_at, delegation.since) <= decided_at
        and (delegation.until is None or decided_at < delegation.until)
    )
