"""What taking effect shows: a policy in force that wasn't announced, and who objects to one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bus.notices.assessment import Assessment
from bus.notices.clearance import Judgement
from bus.notices.decisions import OBJECTION_CODES, concerns
from bus.notices.detector.citations import citations_of
from bus.notices.detector.evidence import Judged, Recorded, shown_by
from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact, DeadLetterFact, Decision, NoticeFact, Stage
from bus.notices.findings import Finding, FindingKind
from bus.notices.force import force_at
from bus.notices.history import History
from bus.notices.states import Code, Force


def in_force_not_announced(known: History, dossier: Dossier, judged: Judged) -> Iterator[Finding]:
    """Yield, for each revision, the first fact at which it was in force and not announced.

    Of a baseline, the first once its time of grace is over.
    """
    unseen = {revision.number for revision in dossier.revisions}
    for fact in _triggers(known, dossier):
        if not unseen:
            return
        at = fact.recorded_at
        for assessment in in_effect(judged(at), at):
            if assessment.announced or assessment.terms.is_in_grace(at):
                continue
            if assessment.revision.number in unseen:
                unseen.remove(assessment.revision.number)
                yield _in_force(assessment.notice, fact)


def in_effect(judgement: Judgement, at: datetime) -> Iterator[Assessment]:
    """Yield the governing revision, where it is in force, and each update whose day has come too.

    An update that nobody accepted doesn't govern, and closes no gate. Its agency has said all the
    same that it applies from that day on.
    """
    governing = judgement.governing(at)
    for assessment in judgement.assessments.values():
        is_update = (
            governing is not None
            and assessment.revision.number > governing.revision.number
            and assessment.notice.stage is Stage.FINAL
            and assessment.revision.is_candidate(at)
        )
        if assessment is governing or is_update:
            force, _ = force_at(at, assessment.notice, judgement.dossier)
            if force is Force.IN_FORCE:
                yield assessment


def _in_force(notice: NoticeFact, fact: Recorded | DeadLetterFact) -> Finding:
    return shown_by(
        fact,
        FindingKind.IN_FORCE_NOT_ANNOUNCED,
        (notice.policy_id, notice.revision),
        mode=notice.mode,
        policy_id=notice.policy_id,
        office=notice.issuing_office,
        facts=[notice],
    )


def objections(dossier: Dossier, judged: Judged) -> Iterator[Finding]:
    """Yield what offices said against the policy's text while it was in force.

    That is a rejection, a withdrawal, and any decision that its agreement lets only warn.
    """
    for decision in dossier.acknowledgements:
        at = decision.recorded_at
        judgement = judged(at)
        assessment = judgement.governing(at)
        if assessment is None or judgement.force(at) is not Force.IN_FORCE:
            continue
        text = judgement.dossier.text_of(assessment.notice)
        is_no = decision.decision is not Decision.ACCEPT
        rejects = is_no and concerns(decision, text, judgement.dossier)
        if rejects or decision in assessment.passed_over:
            yield _objection(decision, assessment.notice)


def _objection(decision: AcknowledgementFact, notice: NoticeFact) -> Finding:
    return shown_by(
        decision,
        FindingKind.OBJECTION,
        (notice.policy_id, decision.deciding_office, decision.decision_no),
        mode=decision.mode,
        policy_id=notice.policy_id,
        office=decision.deciding_office,
        facts=[notice],
        reason=OBJECTION_CODES.get(decision.decision, Code.OBJECTED_AFTER_EFFECT),
    )


def _triggers(known: History, dossier: Dossier) -> list[Recorded | DeadLetterFact]:
    """Return the policy's own facts and its citations, once it is known and may be in force."""
    if not dossier.notices:
        return []
    effective_at = min(notice.effective_at for notice in dossier.notices)
    first = max(effective_at, dossier.notices[0].recorded_at)
    notice_ids = {notice.event_id for notice in dossier.notices}
    facts: list[Recorded | DeadLetterFact] = [
        *dossier.notices,
        *dossier.acknowledgements,
        *dossier.coordination,
        *(r for r in dossier.receipts if not notice_ids.isdisjoint(r.event_ids)),
        *(d for d in known.dead_letters if d.concerns(dossier.policy_id, dossier.mode)),
        *(c for c in citations_of(dossier.policy_id, known) if c.mode is dossier.mode),
    ]
    late = [fact for fact in facts if fact.recorded_at >= first]
    return sorted(late, key=lambda fact: fact.place)
