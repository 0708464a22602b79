"""What coordination shows: that it contradicts itself, has no effect, or goes against offices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bus.notices import approval, stays
from bus.notices.conditions import answer_of, answered_acceptance
from bus.notices.detector.evidence import Judged, conflict, shown_by, unsound
from bus.notices.dossier import Dossier
from bus.notices.facts import (
    AcknowledgementFact,
    Answer,
    CoordinationFact,
    CoordinationKind,
    Delegation,
    ProceedOverObjection,
)
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.states import Code
from bus.topics import agency_of

BY_THE_ISSUER = frozenset(
    {
        CoordinationKind.APPROVAL,
        CoordinationKind.CANCEL,
        CoordinationKind.CONDITION_ANSWER,
        CoordinationKind.PROCEED_OVER_OBJECTION,
    }
)
"""What only a policy's own agency can say."""

MAY_OPEN = frozenset(
    {
        CoordinationKind.APPROVAL,
        CoordinationKind.CONDITION_ANSWER,
        CoordinationKind.DELEGATION,
        CoordinationKind.LIFT_STAY,
    }
)
"""What may help to clear, and therefore must be right in everything."""


def contradictory_statements(dossier: Dossier) -> Iterator[Finding]:
    """Yield one finding for each coordination_id under which two things were said."""
    contents: dict[str, dict[tuple[object, ...], CoordinationFact]] = {}
    for fact in dossier.coordination:
        said = contents.setdefault(str(fact.coordination_id), {})
        said.setdefault(fact.content, fact)
    for identity, first in contents.items():
        if len(first) > 1:
            facts = tuple(first.values())
            yield conflict((dossier.policy_id, identity), facts, facts[1].office)


def statements_of_unsound_mode(known: History, dossier: Dossier) -> Iterator[Finding]:
    """Yield the acknowledgements and the coordination whose mode is unsound."""
    statements: list[AcknowledgementFact | CoordinationFact] = [
        *known.acknowledgements,
        *known.coordination,
    ]
    for fact in statements:
        if fact.policy_id == dossier.policy_id and fact.is_authorised and not fact.mode_is_sound:
            yield unsound(fact, fact.office)


def void_statements(known: History, policy_id: str, judged: Judged) -> Iterator[Finding]:
    """Yield the coordination that had no effect when it was recorded, and why."""
    for fact in known.coordination:
        if fact.policy_id == policy_id:
            reason = _why_void(fact, _known_with(fact, known, judged))
            if reason is not None:
                kind = FindingKind.VOID_COORDINATION
                yield _about(fact, kind, (str(fact.event_id),), reason)


def _known_with(fact: CoordinationFact, known: History, judged: Judged) -> Dossier:
    """Return what was known of the policy then. Without a notice, its mode is the statement's."""
    dossier = judged(fact.recorded_at).dossier
    if dossier.mode is not None:
        return dossier
    then = known.as_known_at(fact.recorded_at)
    return replace(
        dossier,
        acknowledgements=tuple(each for each in then.acknowledgements if _is_beside(each, fact)),
        coordination=tuple(each for each in then.coordination if _is_beside(each, fact)),
    )


def _is_beside(each: AcknowledgementFact | CoordinationFact, fact: CoordinationFact) -> bool:
    return each.policy_id == fact.policy_id and each.is_authorised and each.mode is fact.mode


def _why_void(fact: CoordinationFact, dossier: Dossier) -> Code | None:
    """One whose mode is unsound is found as that, one that contradicts another as a conflict."""
    if not fact.is_authorised:
        return Code.NOT_AUTHORISED
    if dossier.mode not in (None, fact.mode):
        return Code.OTHER_MODE if fact.mode_is_sound else None
    if fact.kind in BY_THE_ISSUER and not fact.is_by_issuer:
        return Code.NOT_THE_ISSUER
    if fact.kind not in MAY_OPEN or not fact.mode_is_sound:
        return None
    if fact.statement is None:
        return Code.STATEMENT_MISSING
    return _why_it_opens_nothing(fact, dossier)


def _why_it_opens_nothing(fact: CoordinationFact, dossier: Dossier) -> Code | None:
    if answer_of(fact) is not Answer.REFUSED:
        if not fact.is_own_entry:
            return Code.OTHER_AGENCYS_ENTRY
        if fact.origin.faults:
            return Code.FIELD_UNREADABLE
    match fact.kind:
        case CoordinationKind.LIFT_STAY:
            return stays.why_void(fact, dossier)
        case CoordinationKind.APPROVAL:
            return approval.why_void(fact, dossier)
        case CoordinationKind.CONDITION_ANSWER:
            is_known = answered_acceptance(fact, dossier) is not None
            return None if is_known else Code.CONDITION_UNKNOWN
        case _:
            return _why_it_delegates_nothing(fact)


def _why_it_delegates_nothing(fact: CoordinationFact) -> Code | None:
    delegation = fact.statement
    is_within = isinstance(delegation, Delegation) and agency_of(delegation.to_office) == fact.owner
    return None if is_within else Code.OTHER_AGENCY


def acts_without_clearance(known: History, policy_id: str, judged: Judged) -> Iterator[Finding]:
    """Yield where the issuer proceeds over an objection, or a court compels; neither clears."""
    for fact in known.coordination:
        dossier = judged(fact.recorded_at).dossier
        if fact.policy_id != policy_id or not fact.is_authorised:
            continue
        if dossier.mode not in (None, fact.mode):
            continue
        cause = (policy_id, str(fact.coordination_id))
        if fact.kind is CoordinationKind.COMPELLED:
            yield _about(fact, FindingKind.COMPELLED, cause)
        elif fact.kind is CoordinationKind.PROCEED_OVER_OBJECTION and fact.is_by_issuer:
            over = _objections_to(fact, judged)
            yield _about(fact, FindingKind.PROCEEDED_OVER_OBJECTION, cause, facts=over)


OBJECTIONS = frozenset(
    {Code.REJECTED, Code.WITHDRAWN, Code.CONDITION_REFUSED, Code.OBJECTED_AFTER_EFFECT}
)


def _objections_to(fact: CoordinationFact, judged: Judged) -> list[AcknowledgementFact]:
    """Return the objections to the revision that the issuer proceeds with, as known then."""
    judgement = judged(fact.recorded_at)
    statement = fact.statement
    number = statement.revision if isinstance(statement, ProceedOverObjection) else None
    assessment = judgement.assessments.get(number) if number is not None else None
    reasons = assessment.reasons if assessment else ()
    named = {reason.fact for reason in reasons if reason.code in OBJECTIONS}
    return [each for each in judgement.dossier.acknowledgements if str(each.event_id) in named]


def _about(
    fact: CoordinationFact,
    kind: FindingKind,
    cause: tuple[str, ...],
    reason: Code | None = None,
    facts: list[AcknowledgementFact] | None = None,
) -> Finding:
    return shown_by(
        fact,
        kind,
        cause,
        mode=fact.mode,
        policy_id=fact.policy_id,
        office=fact.office,
        facts=facts or (),
        reason=reason,
    )
