"""Finds what somebody must look at: facts in, findings out.

Each finding is judged as it was known at the moment of the fact that opened it. For a known set
of facts the findings are the same, however often and in whatever order they are derived.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache

from bus.events import Mode
from bus.notices.agreement import terms_for
from bus.notices.clearance import Judgement, judge
from bus.notices.delivery import leaves_lead_time
from bus.notices.dossier import Dossier, Text
from bus.notices.facts import (
    AcknowledgementFact,
    CitationFact,
    CoordinationFact,
    DeadLetterFact,
    NoticeFact,
    ReceiptFact,
)
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.revisions import Revision, authorised_notices_of
from bus.notices.states import Force, Lead

Cause = tuple[str | int, ...]
Recorded = NoticeFact | AcknowledgementFact | CoordinationFact | ReceiptFact | CitationFact


def custody_findings(citations: Iterable[CitationFact]) -> list[Finding]:
    """Return what custody events show by themselves, whatever is known of any policy."""
    return [finding for citation in citations for finding in _of_citation(citation)]


def policy_findings(policy_id: str, history: History, known_at: datetime) -> list[Finding]:
    """Return what the facts show about one policy, in the order of opening.

    `history` needs what a dossier needs, and the citations to judge. Given only some of the
    policy's citations, keep of each finding id the one that was opened first.
    """
    known = history.as_known_at(known_at)
    judgement = judge(policy_id, known, known_at)
    dossier = judgement.dossier
    found = [
        *_unannounced(known, dossier),
        *_late_notices(known, judgement),
        *_in_force_not_announced(known, dossier),
        *_contradictory_notices(dossier),
        *_contradictory_decisions(dossier),
        *_unsound_modes(known, dossier),
    ]
    return sorted(found, key=lambda finding: (finding.opened_at, finding.finding_id))


def _of_citation(citation: CitationFact) -> Iterator[Finding]:
    cause = (str(citation.event_id),)
    if citation.needs_citation and not citation.cites_something:
        yield _of_custody_event(FindingKind.MISSING_CITATION, cause, citation)
    if not citation.mode_is_sound:
        yield _of_custody_event(FindingKind.MODE_UNSOUND, cause, citation)


def _of_custody_event(kind: FindingKind, cause: Cause, citation: CitationFact) -> Finding:
    return _shown_by(
        citation,
        kind,
        cause,
        mode=citation.mode,
        policy_id=citation.policy_id,
        office=citation.office or citation.agency,
    )


def _shown_by(
    fact: Recorded | DeadLetterFact,
    kind: FindingKind,
    cause: Cause,
    *,
    mode: Mode,
    policy_id: str | None,
    office: str,
    facts: Sequence[Recorded] = (),
) -> Finding:
    """Return a finding that the fact opens, and that rests on it and on `facts`."""
    record = None if isinstance(fact, DeadLetterFact) else fact.origin
    identity = fact.dead_letter_id if isinstance(fact, DeadLetterFact) else fact.event_id
    rests_on = dict.fromkeys([identity, *(each.event_id for each in facts)])
    return Finding(
        kind=kind,
        cause=cause,
        mode=mode,
        opened_at=fact.recorded_at,
        facts=tuple(map(str, rests_on)),
        policy_id=policy_id,
        office=office,
        source=record.source if record else None,
        event_id=record.event_id if record else None,
    )


def _judging(known: History, policy_id: str) -> Callable[[datetime], Judgement]:
    """Return a function that judges the policy by what was known at a moment."""
    epochs = known.epochs

    @cache
    def judged(epoch: datetime) -> Judgement:
        return judge(policy_id, known, epoch)

    return lambda at: judged(epochs[bisect_right(epochs, at) - 1])


def _unannounced(known: History, dossier: Dossier) -> Iterator[Finding]:
    """Yield, for each mode, the first custody event that acts on the policy ahead of it.

    Ahead of any notice, or ahead of the day that the notice names: whoever is told of a policy
    for next year has not been told that it is acted on today.
    """
    seen: set[Mode] = set()
    judged = _judging(known, dossier.policy_id)
    for citation in _citations_of(dossier.policy_id, known):
        if citation.mode in seen:
            continue
        if not _had_notice(citation, dossier) or _is_ahead(citation.recorded_at, judged):
            seen.add(citation.mode)
            cause = (dossier.policy_id,)
            yield _of_custody_event(FindingKind.UNANNOUNCED_POLICY, cause, citation)


def _is_ahead(at: datetime, judged: Callable[[datetime], Judgement]) -> bool:
    return judged(at).force(at) is Force.NOT_YET


def _citations_of(policy_id: str, known: History) -> list[CitationFact]:
    return [citation for citation in known.citations if citation.policy_id == policy_id]


def _had_notice(citation: CitationFact, dossier: Dossier) -> bool:
    """Whether a notice was known. An exercise's notice announces nothing to a real event."""
    if not dossier.notices or dossier.notices[0].recorded_at > citation.recorded_at:
        return False
    return dossier.mode in (Mode.ACTUAL, citation.mode)


def _late_notices(known: History, judgement: Judgement) -> Iterator[Finding]:
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
    return any(each.office == office and each.lead is Lead.SHORT for each in offices)


def _late(notice: NoticeFact, shown_by: NoticeFact | ReceiptFact, office: str) -> Finding:
    return _shown_by(
        shown_by,
        FindingKind.LATE_NOTICE,
        (notice.policy_id, notice.material_digest),
        mode=notice.mode,
        policy_id=notice.policy_id,
        office=office,
        facts=[notice],
    )


def _in_force_not_announced(known: History, dossier: Dossier) -> Iterator[Finding]:
    """Yield, for each revision, the first fact at which it was in force and not announced."""
    judged = _judging(known, dossier.policy_id)
    unseen = {revision.number for revision in dossier.revisions}
    for fact in _triggers(known, dossier):
        if not unseen:
            return
        at = fact.recorded_at
        judgement = judged(at)
        assessment = judgement.governing(at)
        if assessment is None or assessment.announced:
            continue
        if assessment.revision.number in unseen and judgement.force(at) is Force.IN_FORCE:
            unseen.remove(assessment.revision.number)
            yield _in_force(assessment.notice, fact)


def _in_force(notice: NoticeFact, shown_by: Recorded | DeadLetterFact) -> Finding:
    return _shown_by(
        shown_by,
        FindingKind.IN_FORCE_NOT_ANNOUNCED,
        (notice.policy_id, notice.revision),
        mode=notice.mode,
        policy_id=notice.policy_id,
        office=notice.issuing_office,
        facts=[notice],
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
        *(d for d in known.dead_letters if d.policy_id == dossier.policy_id),
        *(c for c in _citations_of(dossier.policy_id, known) if c.mode is dossier.mode),
    ]
    late = [fact for fact in facts if fact.recorded_at >= first]
    return sorted(late, key=lambda fact: fact.place)


def _contradictory_notices(dossier: Dossier) -> Iterator[Finding]:
    """Yield one finding for each revision that has two contents."""
    for revision in dossier.revisions:
        contents = revision.contents
        if len(contents) > 1:
            cause = (dossier.policy_id, "revision", revision.number)
            yield _conflict(cause, contents, revision.notice.issuing_office)


def _contradictory_decisions(dossier: Dossier) -> Iterator[Finding]:
    """Yield one finding for each decision number under which an office said two things."""
    statements: dict[tuple[str, int], dict[tuple[object, ...], AcknowledgementFact]] = {}
    for fact in dossier.acknowledgements:
        numbered = statements.setdefault((fact.deciding_office, fact.decision_no), {})
        numbered.setdefault(fact.statement, fact)
    for (office, number), first in statements.items():
        if len(first) > 1:
            cause = (dossier.policy_id, office, number)
            yield _conflict(cause, tuple(first.values()), office)


def _conflict(
    cause: Cause, contents: Sequence[NoticeFact] | Sequence[AcknowledgementFact], office: str
) -> Finding:
    """The second content opens it."""
    second = contents[1]
    return _shown_by(
        second,
        FindingKind.CONFLICT,
        cause,
        mode=second.mode,
        policy_id=second.policy_id,
        office=office,
        facts=contents,
    )


def _unsound_modes(known: History, dossier: Dossier) -> Iterator[Finding]:
    """Yield the records whose mode is unsound, and notices in another mode than the policy's."""
    for notice in authorised_notices_of(dossier.policy_id, known):
        if not notice.mode_is_sound or notice.mode is not dossier.mode:
            yield _unsound(notice, notice.issuing_office)
    statements: list[AcknowledgementFact | CoordinationFact] = [
        *known.acknowledgements,
        *known.coordination,
    ]
    for fact in statements:
        if fact.policy_id == dossier.policy_id and fact.is_authorised and not fact.mode_is_sound:
            yield _unsound(fact, fact.office)


def _unsound(fact: NoticeFact | AcknowledgementFact | CoordinationFact, office: str) -> Finding:
    """A contradictory mode alarms as ACTUAL."""
    return _shown_by(
        fact,
        FindingKind.MODE_UNSOUND,
        (str(fact.event_id),),
        mode=Mode.ACTUAL,
        policy_id=fact.policy_id,
        office=office,
    )
