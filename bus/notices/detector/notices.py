"""What notices show: late ones, emergencies, contradictions, and those of another mode."""

from __future__ import annotations

from collections.abc import Iterator

from bus.events import Mode
from bus.notices.agreement import terms_for
from bus.notices.delivery import lead_at
from bus.notices.detector.evidence import Cause, Judged, conflict, shown_by, unsound
from bus.notices.dossier import Dossier
from bus.notices.emergency import why_no_emergency
from bus.notices.facts import NoticeFact, ReceiptFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.revisions import authorised_notices_of
from bus.notices.states import Code, Lead
from bus.notices.texts import Text


def late_notices(dossier: Dossier, judged: Judged) -> Iterator[Finding]:
    """Yield one finding for each material text that came, or was delivered, too late.

    Of a baseline, what comes too late once its time of grace is over.
    """
    for text in _texts_brought(dossier, judged):
        notice = text.notices[0]
        terms = terms_for(notice, dossier.agreements)
        is_short = lead_at(notice.recorded_at, notice, terms) is Lead.SHORT
        if is_short and not terms.is_in_grace(notice.recorded_at):
            yield _late(text, notice, notice.issuing_office, Code.SHORT_BY_SENDER)
            continue
        late = next(_late_deliveries(text, dossier, judged), None)
        if late is not None:
            yield _late(text, *late)


def _texts_brought(dossier: Dossier, judged: Judged) -> Iterator[Text]:
    """Yield each text as it was known when the first of its notices was recorded."""
    for notice in dossier.notices:
        then = judged(notice.recorded_at).dossier
        if notice in then.notices:
            text = then.text_of(notice)
            if text.notices[0] == notice:
                yield text


def _late_deliveries(
    text: Text, dossier: Dossier, judged: Judged
) -> Iterator[tuple[ReceiptFact, str, Code]]:
    """Yield the deliveries that made an office SHORT, as known when recorded, first to last."""
    carrying = {notice.event_id for notice in dossier.carrying(text.digest)}
    for receipt in dossier.receipts:
        if carrying.isdisjoint(receipt.event_ids):
            continue
        then = judged(receipt.recorded_at).assessments.get(text.notices[0].revision)
        if then is None or then.notice.material_digest != text.digest:
            continue
        for office in then.offices:
            is_short = office.delivery == receipt and office.lead is Lead.SHORT
            if is_short and not then.terms.is_in_grace(receipt.recorded_at):
                yield receipt, office.office, office.reasons[-1].code


def _late(text: Text, fact: NoticeFact | ReceiptFact, office: str, reason: Code) -> Finding:
    notice = text.notices[0]
    return shown_by(
        fact,
        FindingKind.LATE_NOTICE,
        (notice.policy_id, *text.identity),
        mode=notice.mode,
        policy_id=notice.policy_id,
        office=office,
        facts=[notice],
        reason=reason,
    )


def emergency_notices(dossier: Dossier, judged: Judged) -> Iterator[Finding]:
    """Yield one finding for each text that claims an emergency; the reason is what voids that."""
    for text in _texts_brought(dossier, judged):
        notice = text.notices[0]
        if notice.emergency is not None:
            terms = terms_for(notice, dossier.agreements)
            cause = (notice.policy_id, *text.identity)
            void = why_no_emergency(notice, notice.emergency, terms)
            yield _about(notice, FindingKind.EMERGENCY_NOTICE, cause, void)


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


def _about(notice: NoticeFact, kind: FindingKind, cause: Cause, reason: Code | None) -> Finding:
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
