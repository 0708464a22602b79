"""What custody events show: by themselves, and about the policies that they cite.

An event is judged by what was known when it was recorded, at the moment at which it says that it
was acted: whoever acted before a stay, and told of it after, has disregarded none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from bus.events import Mode
from bus.notices.clearance import Judgement
from bus.notices.detector.evidence import Cause, Judged, shown_by
from bus.notices.detector.exercises import as_handled, outside_window
from bus.notices.dossier import Dossier
from bus.notices.facts import CitationFact, CoordinationFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.force import force_at
from bus.notices.history import History
from bus.notices.states import Code, Force


def custody_findings(
    citations: Iterable[CitationFact], coordination: Iterable[CoordinationFact] = ()
) -> list[Finding]:
    """Return what custody events show by themselves, whatever is known of any policy.

    `coordination` needs the exercise windows.
    """
    handled = as_handled(citations, coordination)
    return [finding for citation in handled for finding in _of_citation(citation)]


def _of_citation(citation: CitationFact) -> Iterator[Finding]:
    cause = (str(citation.event_id),)
    if citation.needs_citation and not citation.cites_something:
        yield _of_custody_event(FindingKind.MISSING_CITATION, cause, citation)
    if not citation.mode_is_sound:
        yield _of_custody_event(FindingKind.MODE_UNSOUND, cause, citation)
    yield from outside_window(citation)


def _of_custody_event(
    kind: FindingKind, cause: Cause, citation: CitationFact, reason: str | None = None
) -> Finding:
    return shown_by(
        citation,
        kind,
        cause,
        mode=citation.mode,
        policy_id=citation.policy_id,
        office=citation.office or citation.agency,
        reason=reason,
    )


def unannounced(known: History, dossier: Dossier, judged: Judged) -> Iterator[Finding]:
    """Yield, for each mode, the first custody event that acts on the policy ahead of it.

    Ahead of any notice, or ahead of the day that the notice names: whoever is told of a policy
    for next year has not been told that it is acted on today.
    """
    seen: set[Mode] = set()
    for citation in citations_of(dossier.policy_id, known):
        if citation.mode in seen:
            continue
        if not _had_notice(citation, dossier) or _is_ahead(citation, judged):
            seen.add(citation.mode)
            cause = (dossier.policy_id,)
            yield _of_custody_event(FindingKind.UNANNOUNCED_POLICY, cause, citation)


def _is_ahead(citation: CitationFact, judged: Judged) -> bool:
    return judged(citation.recorded_at).force(citation.acted_at) is Force.NOT_YET


class NotClear(StrEnum):
    """Why a custody event shouldn't have acted on the policy that it cites."""

    NOT_ANNOUNCED = "NOT_ANNOUNCED"
    STAYED = "STAYED"
    SUPERSEDED = "SUPERSEDED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    EXERCISE = "EXERCISE"


ENDINGS = {
    Code.CANCELLED: NotClear.CANCELLED,
    Code.SUPERSEDED: NotClear.SUPERSEDED,
    Code.EXPIRED: NotClear.EXPIRED,
    Code.EMERGENCY_OVER: NotClear.EXPIRED,
    Code.STAYED: NotClear.STAYED,
}


def cited_not_clear(known: History, dossier: Dossier, judged: Judged) -> Iterator[Finding]:
    """Yield, for each mode and reason, the first custody event on a policy that wasn't clear.

    Of a policy without a notice, and of one ahead of its day, `unannounced` tells.
    """
    seen: set[tuple[Mode, NotClear]] = set()
    for citation in citations_of(dossier.policy_id, known):
        if not dossier.notices or dossier.notices[0].recorded_at > citation.recorded_at:
            continue
        for reason in _against(citation, judged(citation.recorded_at)):
            if (citation.mode, reason) not in seen:
                seen.add((citation.mode, reason))
                cause = (dossier.policy_id, reason)
                yield _of_custody_event(FindingKind.CITED_NOT_CLEAR, cause, citation, reason)


def _against(citation: CitationFact, then: Judgement) -> Iterator[NotClear]:
    """Yield what was against acting on the policy, by what was known then."""
    assessment = then.governing(citation.acted_at)
    if assessment is None:
        return
    if citation.mode is not then.dossier.mode:
        yield NotClear.EXERCISE
        return
    force, reasons = force_at(citation.acted_at, assessment.notice, then.dossier)
    if force is Force.NOT_YET:
        return
    yield from (ENDINGS[each.code] for each in reasons if each.code in ENDINGS)
    if not assessment.announced:
        yield NotClear.NOT_ANNOUNCED
    if not assessment.notice.scope.admits(citation):
        yield NotClear.OUT_OF_SCOPE


def citations_of(policy_id: str, known: History) -> list[CitationFact]:
    return [citation for citation in known.citations if citation.policy_id == policy_id]


def _had_notice(citation: CitationFact, dossier: Dossier) -> bool:
    """Whether a notice was known. An exercise's notice announces nothing to a real event."""
    if not dossier.notices or dossier.notices[0].recorded_at > citation.recorded_at:
        return False
    return dossier.mode in (Mode.ACTUAL, citation.mode)
