"""Finds what somebody must look at: facts in, findings out.

Each finding is judged as it was known at the moment of the fact that opened it. For a known set
of facts the findings are the same, however often and in whatever order they are derived.

    citations.py    what custody events show
    exercises.py    what exercises show
    observations.py what offices have seen
    notices.py      what notices show
    acknowledgements.py   what acknowledgements show
    statements.py   what coordination shows
    effect.py       what taking effect shows, and who objected afterwards
    silence.py      what an office's silence shows, with the moment asked about
    terms.py        what agreements show
    evidence.py     what all of these rest on
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bus.notices.clearance import Judgement, judge
from bus.notices.detector.acknowledgements import (
    contradictory_decisions,
    missing_numbers,
    void_acknowledgements,
)
from bus.notices.detector.citations import (
    cited_not_clear,
    custody_findings,
    reason_now,
    unannounced,
)
from bus.notices.detector.effect import in_force_not_announced, objections
from bus.notices.detector.evidence import judging
from bus.notices.detector.exercises import as_handled
from bus.notices.detector.notices import (
    contradictory_notices,
    emergency_notices,
    late_notices,
    notices_of_unsound_mode,
    reported_policies,
    void_notices,
)
from bus.notices.detector.observations import observed, void_disposition
from bus.notices.detector.silence import overdue_findings, overdue_of
from bus.notices.detector.statements import (
    acts_without_clearance,
    contradictory_statements,
    statements_of_unsound_mode,
    void_statements,
)
from bus.notices.detector.terms import contradictory_agreements
from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact
from bus.notices.findings import Finding
from bus.notices.history import History

__all__ = [
    "contradictory_agreements",
    "custody_findings",
    "findings_of",
    "observed",
    "overdue_findings",
    "overdue_of",
    "policy_findings",
    "reason_now",
    "void_disposition",
]


ALWAYS = datetime.min.replace(tzinfo=UTC)


def policy_findings(policy_id: str, history: History, known_at: datetime) -> list[Finding]:
    """Return what the facts show about one policy, in the order of opening.

    `history` needs what a dossier needs, and the citations to judge. Given only some of the
    policy's citations, keep of each finding id the one that was opened first.
    """
    return findings_of(judge(policy_id, history, known_at), history)


def findings_of(judgement: Judgement, history: History, since: datetime = ALWAYS) -> list[Finding]:
    """Return the same of a policy that has been judged by this history.

    What acknowledgements from before `since` showed is left out, where it can't have changed:
    then, too, keep of each finding id the one that was opened first.
    """
    dossier = judgement.dossier
    policy_id = dossier.policy_id
    known = history.as_known_at(dossier.known_at)
    known = replace(known, citations=as_handled(known.citations, known.coordination))
    judged = judging(known, policy_id, judgement)
    recent, recent_dossier = _recent(known, dossier, since)
    found = [
        *unannounced(known, dossier, judged),
        *cited_not_clear(known, dossier, judged),
        *(each for each in observed(known.coordination) if each.policy_id == policy_id),
        *late_notices(dossier, judged),
        *emergency_notices(dossier, judged),
        *in_force_not_announced(recent, recent_dossier, judged),
        *contradictory_notices(dossier),
        *contradictory_decisions(dossier),
        *notices_of_unsound_mode(known, dossier),
        *statements_of_unsound_mode(known, dossier),
        *objections(recent_dossier, judged),
        *missing_numbers(known, policy_id),
        *void_acknowledgements(recent, policy_id, judged),
        *reported_policies(known, policy_id),
        *void_notices(known, policy_id, judged),
        *contradictory_statements(dossier),
        *void_statements(known, policy_id, judged),
        *acts_without_clearance(known, policy_id, judged),
    ]
    return sorted(found, key=lambda finding: (finding.opened_at, finding.finding_id))


def _recent(known: History, dossier: Dossier, since: datetime) -> tuple[History, Dossier]:
    """Return both with the acknowledgements that are to be judged, by what was known at each.

    Hundreds of offices may have answered before: nothing that is recorded later
    changes what was known then. A notice alone may change which of them count, by their mode.
    """
    if any(notice.recorded_at >= since for notice in known.notices):
        return known, dossier
    return (
        replace(known, acknowledgements=_since(since, known.acknowledgements)),
        replace(dossier, acknowledgements=_since(since, dossier.acknowledgements)),
    )


def _since(
    since: datetime, decisions: tuple[AcknowledgementFact, ...]
) -> tuple[AcknowledgementFact, ...]:
    return tuple(each for each in decisions if each.recorded_at >= since)
