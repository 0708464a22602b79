"""What custody events show: by themselves, and about the policies that they cite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from bus.events import Mode
from bus.notices.clearance import Judgement
from bus.notices.detector.evidence import Cause, judging, shown_by
from bus.notices.dossier import Dossier
from bus.notices.facts import CitationFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.states import Force


def custody_findings(citations: Iterable[CitationFact]) -> list[Finding]:
    """Return what custody events show by themselves, whatever is known of any policy."""
    return [finding for citation in citations for finding in _of_citation(citation)]


def _of_citation(citation: CitationFact) -> Iterator[Finding]:
    cause = (str(citation.event_id),)
    if citation.needs_citation and not citation.cites_something:
        yield _of_custody_event(FindingKind.MISSING_CITATION, cause, citation)
    if not citation.mode_is_sound:
        yield _of_custody_event(FindingKind.MODE_UNSOUND, cause, citation)


def _of_custody_event(kind: FindingKind, cause: Cause, citation: CitationFact) -> Finding:
    return shown_by(
        citation,
        kind,
        cause,
        mode=citation.mode,
        policy_id=citation.policy_id,
        office=citation.office or citation.agency,
    )


def unannounced(known: History, dossier: Dossier) -> Iterator[Finding]:
    """Yield, for each mode, the first custody event that acts on the policy ahead of it.

    Ahead of any notice, or ahead of the day that the notice names: whoever is told of a policy
    for next year has not been told that it is acted on today.
    """
    seen: set[Mode] = set()
    judged = judging(known, dossier.policy_id)
    for citation in citations_of(dossier.policy_id, known):
        if citation.mode in seen:
            continue
        if not _had_notice(citation, dossier) or _is_ahead(citation.recorded_at, judged):
            seen.add(citation.mode)
            cause = (dossier.policy_id,)
            yield _of_custody_event(FindingKind.UNANNOUNCED_POLICY, cause, citation)


def _is_ahead(at: datetime, judged: Callable[[datetime], Judgement]) -> bool:
    return judged(at).force(at) is Force.NOT_YET


def citations_of(policy_id: str, known: History) -> list[CitationFact]:
    return [citation for citation in known.citations if citation.policy_id == policy_id]


def _had_notice(citation: CitationFact, dossier: Dossier) -> bool:
    """Whether a notice was known. An exercise's notice announces nothing to a real event."""
    if not dossier.notices or dossier.notices[0].recorded_at > citation.recorded_at:
        return False
    return dossier.mode in (Mode.ACTUAL, citation.mode)
