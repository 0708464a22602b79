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
        reason = _why_unannounced(citation, dossier, judged)
        if reason is not None:
            seen.add(citation.mode)
            cause = (dossier.policy_id,)
            yield _of_custody_event(FindingKind.UNANNOUNCED_POLICY, cause, citation, reason)


class NotClear(StrEnum):
    """Why a custody event shouldn't have acted on the policy that it cites."""

    NO_NOTICE = "NO_NOTICE"
    NOT_YET = "NOT_YET"
    NOT_ANNOUNCED = "NOT_ANNOUNCED"
    STAYED = "STAYED"
    SUPERSEDED = "SUPERSEDED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    EXERCISE = "EXERCISE"


class SinceThen(StrEnum):
    """What a custody event's finding comes to where by now nothing is against the event."""

    ANNOUNCED_AFTER_THE_FACT = "ANNOUNCED_AFTER_THE_FACT"
    CLEARED_AFTER_THE_FACT = "CLEARED_AFTER_THE_FACT"  # such as by the end of a stay


UNANNOUNCED = frozenset({NotClear.NO_NOTICE, NotClear.NOT_YET, NotClear.NOT_ANNOUNCED})
"""What a later announcement shows in another light, and doesn't take back."""


def _why_unannounced(citation: CitationFact, dossier: Dossier, judged: Judged) -> NotClear | None:
    if not _had_notice(citation, dossier):
        return NotClear.NO_NOTICE
    is_ahead = judged(citation.recorded_at).force(citation.acted_at) is Force.NOT_YET
    return NotClear.NOT_YET if is_ahead else None


def reason_now(reason: str | None, citation: CitationFact, now: Judgement) -> str:
    """Return what is against an event by all that is known now, of the same moment of acting.

    `reason` is what was against it as known when it was recorded: if it holds, it stays. The
    event is one as it was handled: an exercise's outside of every window is ACTUAL.
    """
    found = [each.value for each in _against_now(citation, now)]
    if found:
        return reason if reason in found else found[0]
    was_unannounced = reason is None or reason in UNANNOUNCED
    after = SinceThen.ANNOUNCED_AFTER_THE_FACT
    return (after if was_unannounced else SinceThen.CLEARED_AFTER_THE_FACT).value


def _against_now(citation: CitationFact, now: Judgement) -> Iterator[NotClear]:
    force = now.force(citation.acted_at)
    if force is None:
        yield NotClear.NO_NOTICE
    elif force is Force.NOT_YET and citation.mode is now.dossier.mode:
        yield NotClear.NOT_YET
    else:
        yield from _against(citation, now)


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
