"""What acknowledgements show: that they fill no seat, or that their numbers have a hole.

Each is judged by what was known when it was recorded. So an acceptance that was recorded before
the notice or the receipt that it needs is found, though it counts once these are on record.
"""

from __future__ import annotations

from collections.abc import Iterator

from bus.events import Mode
from bus.notices.assessment import Assessment
from bus.notices.clearance import Judgement
from bus.notices.decisions import concerns, defects_of
from bus.notices.detector.evidence import Judged, conflict, shown_by
from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact, Decision
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.states import Code
from bus.notices.texts import Text


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


def missing_numbers(known: History, policy_id: str) -> Iterator[Finding]:
    """Yield each first decision of an office by whose number an earlier one is missing.

    Earlier by number: what is recorded at the same moment is no hole.
    """
    decisions = [
        fact
        for fact in known.acknowledgements
        if fact.policy_id == policy_id and fact.is_authorised
    ]
    first_recorded: dict[tuple[Mode, str, int], AcknowledgementFact] = {}
    for fact in decisions:
        first_recorded.setdefault((fact.mode, fact.deciding_office, fact.decision_no), fact)
    for (mode, office, number), fact in first_recorded.items():
        before = first_recorded.get((mode, office, number - 1))
        if number > 1 and (before is None or before.recorded_at > fact.recorded_at):
            cause = (policy_id, office, number)
            yield _about(fact, FindingKind.DECISION_NUMBERS, cause, Code.NUMBER_MISSING)


def void_acknowledgements(known: History, policy_id: str, judged: Judged) -> Iterator[Finding]:
    """Yield the acknowledgements that filled no seat when they were recorded, and why."""
    for fact in known.acknowledgements:
        if fact.policy_id == policy_id:
            reason = _why_void(fact, judged(fact.recorded_at))
            if reason is not None:
                kind = FindingKind.VOID_ACKNOWLEDGEMENT
                yield _about(fact, kind, (str(fact.event_id),), reason)


def _about(
    fact: AcknowledgementFact, kind: FindingKind, cause: tuple[str | int, ...], reason: Code
) -> Finding:
    return shown_by(
        fact,
        kind,
        cause,
        mode=fact.mode,
        policy_id=fact.policy_id,
        office=fact.deciding_office,
        reason=reason,
    )


def _why_void(fact: AcknowledgementFact, judgement: Judgement) -> Code | None:
    """One whose mode is unsound is found as that; a condition that is open makes nothing void."""
    dossier = judgement.dossier
    if not fact.is_authorised:
        return Code.NOT_AUTHORISED
    if dossier.mode not in (None, fact.mode):
        return Code.OTHER_MODE if fact.mode_is_sound else None
    return _why_void_on_its_text(fact, judgement) if fact.mode_is_sound else None


def _why_void_on_its_text(fact: AcknowledgementFact, judgement: Judgement) -> Code | None:
    dossier = judgement.dossier
    text = _text_concerned(fact, dossier)
    if text is None:
        is_known = any(fact.revision == revision.number for revision in dossier.revisions)
        return Code.DIGEST_UNKNOWN if is_known else Code.REVISION_UNKNOWN
    assessment = judgement.assessments[text.notices[0].revision]
    if fact.deciding_office not in _asked(text, assessment):
        return Code.NOT_ADDRESSED
    if fact.decision is not Decision.ACCEPT:
        return None
    return next(_why_void_acceptance(fact, text, assessment, dossier), None)


def _text_concerned(fact: AcknowledgementFact, dossier: Dossier) -> Text | None:
    """Return the text of the revision that it names; else the first with these words."""
    texts = [text for text in dossier.texts if concerns(fact, text, dossier)]
    named = [text for text in texts if fact.revision in text.revisions]
    return next(iter(named or texts), None)


def _asked(text: Text, assessment: Assessment) -> set[str]:
    addressed = {office for notice in text.notices for office in notice.addressees}
    return addressed | set(assessment.terms.offices)


def _why_void_acceptance(
    fact: AcknowledgementFact, text: Text, assessment: Assessment, dossier: Dossier
) -> Iterator[Code]:
    yield from defects_of(fact, text.notices[0], dossier)
    for office in assessment.offices:
        if office.office != fact.deciding_office:
            continue
        for reason in office.reasons:
            if reason.code is Code.ONE_OFFICER and reason.fact == str(fact.event_id):
                yield Code.ONE_OFFICER
        if office.delivery is None and office.office in assessment.terms.receipt_groups:
            yield Code.BEFORE_DELIVERY
