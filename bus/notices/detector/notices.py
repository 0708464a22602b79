"""What notices show: that they came late, contradict each other, or are of another mode."""

from __future__ import annotations

from collections.abc import Iterator

from bus.events import Mode
from bus.notices.agreement import terms_for
from bus.notices.clearance import Judgement, judge
from bus.notices.delivery import leaves_lead_time
from bus.notices.detector.evidence import Cause, Judged, conflict, shown_by, unsound
from bus.notices.dossier import Dossier, Text
from bus.notices.facts import NoticeFact, ReceiptFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.revisions import Revision, authorised_notices_of
from bus.notices.states import Code, Lead


def late_notices(known: History, judgement: Judgement) -> Iterator[Finding]:
    """Yield one finding for each material text that came, or was delivered, too late."""
    for text in judgement.dossier.texts.values():
        notice = text.notices[0]
        terms = terms_for(notice, judgement.dossier.agreements)
        if not leaves_lead_time(notice.recorded_at, notice, terms):
            yield _late(notice, notice, notice.issuing_office)
            continue
        late = next(_late_deliveries(text, known, judgement), None)
        if late is not None:
            yield _late(notice, *late)


def _late_deliveries(
    text: Text, known: History, judgement: Judgement
) -> Iterator[tuple[ReceiptFact, str]]:
    """Yield the deliveries that made an office SHORT, as known when recorded, first to last."""
    assessment = judgement.assessments[text.notices[0].revision]
    if assessment.notice.material_digest != text.digest:
        return
    deliveries = [
        (office.delivery, office.office)
        for office in assessment.offices
        if office.delivery is not None and office.lead is not Lead.KEPT
    ]
    for receipt, office in sorted(deliveries, key=lambda each: (each[0].place, each[1])):
        if _was_short(office, assessment.revision, receipt, known):
            yield receipt, office


def _was_short(office: str, revision: Revision, receipt: ReceiptFact, known: History) -> bool:
    then = judge(revision.notice.policy_id, known, receipt.recorded_at)
    offices = then.assessments[revision.number].offices
    return any(
        each.office == office and each.delivery is not None and each.lead is Lead.SHORT
        for each in offices
    )


def _late(notice: NoticeFact, fact: NoticeFact | ReceiptFact, office: str) -> Finding:
    return shown_by(
        fact,
        FindingKind.LATE_NOTICE,
        (notice.policy_id, notice.material_digest),
        mode=notice.mode,
        policy_id=notice.policy_id,
        office=office,
        facts=[notice],
    )


def contradictory_notices(dossier: Dossier) -> Iterator[Finding]:
    """Yield one finding for each revision that has two contents."""
    for revision in dossier.revisions:
        contents = revision.contents
        if len(contents) > 1:
            cause = (dossier.policy_id, "revision", revision.number)
            yield conflict(cause, contents, revision.notice.issuing_office)


def reported_policies(known: History, policy_id: str) -> Iterator[Finding]:
    """Yield, for each agency, the first notice that its liaison recorded for another's policy."""
    reporters: set[tuple[str, Mode]] = set()
    for notice in known.notices:
        reporter = (notice.owner, notice.mode)
        if notice.policy_id == policy_id and notice.is_reported and reporter not in reporters:
            reporters.add(reporter)
            cause = (policy_id, "liaison", notice.owner)
            yield _about(notice, FindingKind.OBSERVED_POLICY, cause, Code.RECORDED_BY_LIAISON)


def void_notices(known: History, policy_id: str, judged: Judged) -> Iterator[Finding]:
    """Yield the notices that counted for nothing when they were recorded, and why."""
    for notice in known.notices:
        if notice.policy_id != policy_id or notice.is_reported:
            continue
        dossier = judged(notice.recorded_at).dossier
        cause = (str(notice.event_id),)
        if not notice.is_authorised:
            yield _about(notice, FindingKind.VOID_NOTICE, cause, Code.NOT_AUTHORISED)
        elif dossier.mode is notice.mode and dossier.is_cancelled_before(notice):
            yield _about(notice, FindingKind.VOID_NOTICE, cause, Code.CANCELLED)


def _about(notice: NoticeFact, kind: FindingKind, cause: Cause, reason: Code) -> Finding:
    return shown_by(
        notice,
        kind,
        cause,
        mode=notice.mode,
        policy_id=notice.policy_id,
        office=notice.recorded_by or notice.issuing_office,
        reason=reason,
    )


def notices_of_unsound_mode(known: History, dossier: Dossier) -> Iterator[Finding]:
    """Yield the notices whose mode is unsound, or another than the policy's."""
    for notice in authorised_notices_of(dossier.policy_id, known):
        if not notice.mode_is_sound or notice.mode is not dossier.mode:
            yield unsound(notice, notice.issuing_office)
