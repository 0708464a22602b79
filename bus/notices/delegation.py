"""Who may decide for whom: an office lets another one of its department decide on a policy.

A delegation counts from its record on, within the time that it names, and from office to office
directly: whoever was let decide can't let a third one. One that ends where it begins revokes what
the office had said before to that other office. What was decided until then stays decided.
"""

from __future__ import annotations

from datetime import datetime

from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact, CoordinationFact, CoordinationKind, Delegation


def may_decide(decision: AcknowledgementFact, dossier: Dossier) -> bool:
    """Whether the office decides for itself, or had been let decide when this was recorded."""
    return not decision.is_delegated or lets_decide(
        decision.deciding_office, decision.office, decision.recorded_at, dossier
    )


def lets_decide(from_office: str, to_office: str, at: datetime, dossier: Dossier) -> bool:
    """Whether one office lets the other decide on the policy at that moment."""
    return any(
        fact.office == from_office
        and isinstance(statement := fact.statement, Delegation)
        and statement.to_office == to_office
        and max(fact.recorded_at, statement.since) <= at
        and (statement.until is None or at < statement.until)
        for fact in delegations_at(at, dossier)
    )


def delegations_at(at: datetime, dossier: Dossier) -> list[CoordinationFact]:
    """Return the delegations that may let somebody decide, now or later, and that nobody revoked.

    A revocation closes: it counts also where something about it is unsound.
    """
    revocations = [
        fact
        for fact in dossier.of_kind(CoordinationKind.DELEGATION)
        if isinstance(fact.statement, Delegation)
        and fact.statement.is_revocation
        and max(fact.recorded_at, fact.statement.since) <= at
    ]
    return [
        fact
        for fact in dossier.sound_of_kind(CoordinationKind.DELEGATION)
        if not any(_revokes(each, fact) for each in revocations)
    ]


def _revokes(revocation: CoordinationFact, fact: CoordinationFact) -> bool:
    ended, given = revocation.statement, fact.statement
    return (
        isinstance(ended, Delegation)
        and isinstance(given, Delegation)
        and (revocation.office, ended.to_office) == (fact.office, given.to_office)
        and fact.place < revocation.place
    )
