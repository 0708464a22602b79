"""Finds what somebody must look at: facts in, findings out.

Each finding is judged as it was known at the moment of the fact that opened it. For a known set
of facts the findings are the same, however often and in whatever order they are derived.

    citations.py    what custody events show
    exercises.py    what exercises show
    observations.py what offices have seen
    notices.py      what notices show
    statements.py   what acknowledgements and coordination show
    effect.py       what taking effect shows
    evidence.py     what all of these rest on
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bus.notices.clearance import judge
from bus.notices.detector.citations import cited_not_clear, custody_findings, unannounced
from bus.notices.detector.effect import in_force_not_announced
from bus.notices.detector.exercises import as_handled
from bus.notices.detector.notices import (
    contradictory_notices,
    late_notices,
    notices_of_unsound_mode,
)
from bus.notices.detector.observations import observed, void_disposition
from bus.notices.detector.statements import (
    contradictory_decisions,
    statements_of_unsound_mode,
)
from bus.notices.findings import Finding
from bus.notices.history import History

__all__ = ["custody_findings", "observed", "policy_findings", "void_disposition"]


def policy_findings(policy_id: str, history: History, known_at: datetime) -> list[Finding]:
    """Return what the facts show about one policy, in the order of opening.

    `history` needs what a dossier needs, and the citations to judge. Given only some of the
    policy's citations, keep of each finding id the one that was opened first.
    """
    known = history.as_known_at(known_at)
    known = replace(known, citations=as_handled(known.citations, known.coordination))
    judgement = judge(policy_id, known, known_at)
    dossier = judgement.dossier
    found = [
        *unannounced(known, dossier),
        *cited_not_clear(known, dossier),
        *(each for each in observed(known.coordination) if each.policy_id == policy_id),
        *late_notices(known, judgement),
        *in_force_not_announced(known, dossier),
        *contradictory_notices(dossier),
        *contradictory_decisions(dossier),
        *notices_of_unsound_mode(known, dossier),
        *statements_of_unsound_mode(known, dossier),
    ]
    return sorted(found, key=lambda finding: (finding.opened_at, finding.finding_id))
