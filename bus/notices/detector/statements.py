"""What acknowledgements and coordination show: that they contradict each other, or are void."""

from __future__ import annotations

from collections.abc import Iterator

from bus.notices.detector.evidence import conflict, unsound
from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact, CoordinationFact
from bus.notices.findings import Finding
from bus.notices.history import History


def contradictory_decisions(dossier: Dossier) -> Iterator[Finding]:
    """Yield one finding for each decision number under which an office said two things."""
    statements: dict[tuple[str, int], dict[tuple[object, ...], AcknowledgementFact]] = {}
    for fact in dossier.acknowledgements:
        numbered = statements.setdefault((fact.deciding_office, fact.decision_no), {})
        numbered.setdefault(fact.statement, fact)
    for (office, number), first in statements.items():
        if len(first) > 1:
            cause = (dossier.policy_id, office, number)
            yield conflict(cause, tuple(first.values()), office)


def statements_of_unsound_mode(known: History, dossier: Dossier) -> Iterator[Finding]:
    """Yield the acknowledgements and the coordination whose mode is unsound."""
    statements: list[AcknowledgementFact | CoordinationFact] = [
        *known.acknowledgements,
        *known.coordination,
    ]
    for fact in statements:
        if fact.policy_id == dossier.policy_id and fact.is_authorised and not fact.mode_is_sound:
            yield unsound(fact, fact.office)
