"""What an office's silence shows, once its time to answer is over."""

from __future__ import annotations

from datetime import datetime

from bus.notices.assessment import Assessment, OfficeState
from bus.notices.clearance import Judgement, judge
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.schedule import owed, owing
from bus.notices.states import Force


def overdue_findings(
    policy_id: str, history: History, known_at: datetime, at: datetime
) -> list[Finding]:
    """Return a finding for each office that hadn't answered when its time was over, by `at`.

    Each is judged by what was known at the end of that time: an answer that comes later takes
    nothing back, and one that was recorded before and read later does.
    """
    return overdue_of(judge(policy_id, history, known_at), history, at)


def overdue_of(judgement: Judgement, history: History, at: datetime) -> list[Finding]:
    """Return the same of a policy that has been judged by this history."""
    policy_id = judgement.dossier.policy_id
    ends = {
        office.due_at
        for assessment in judgement.assessments.values()
        for office in assessment.offices
        if office.due_at is not None and office.due_at <= at
    }
    found = [finding for end in sorted(ends) for finding in _at_the_end(policy_id, history, end)]
    return sorted(found, key=lambda finding: (finding.opened_at, finding.finding_id))


def _at_the_end(policy_id: str, history: History, end: datetime) -> list[Finding]:
    then = judge(policy_id, history.as_known_at(end), end)
    assessment = owed(then)
    if assessment is None or then.force(end) is Force.ENDED:
        return []
    late = [office for office in owing(then) if office.due_at == end]
    return [_overdue(then, assessment, office) for office in late]


def _overdue(then: Judgement, assessment: Assessment, state: OfficeState) -> Finding:
    notice, delivery = assessment.notice, state.delivery
    text = then.dossier.text_of(notice)
    facts = [notice.event_id, *([delivery.event_id] if delivery else [])]
    return Finding(
        kind=FindingKind.OVERDUE,
        cause=(then.dossier.policy_id, *text.identity, state.office),
        mode=notice.mode,
        opened_at=then.dossier.known_at,
        facts=tuple(map(str, facts)),
        policy_id=then.dossier.policy_id,
        office=state.office,
        event_id=notice.event_id,
    )
