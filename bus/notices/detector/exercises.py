"""What exercises show: a custody event that claims to be one, outside of any declared window.

Such an event is handled as ACTUAL. Whoever could call a real event an exercise could hide a child.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bus.events import Mode
from bus.notices.detector.evidence import shown_by
from bus.notices.facts import CitationFact, CoordinationFact, ExerciseWindow
from bus.notices.findings import Finding, FindingKind
from bus.topics import agency_of


def as_handled(
    citations: Iterable[CitationFact], coordination: Iterable[CoordinationFact]
) -> tuple[CitationFact, ...]:
    """Return the custody events, an exercise's outside of every declared window as ACTUAL."""
    windows = [
        (fact, fact.statement)
        for fact in coordination
        if isinstance(fact.statement, ExerciseWindow)
    ]
    return tuple(
        citation
        if citation.mode is not Mode.EXERCISE or _is_covered(citation, windows)
        else _as_actual(citation)
        for citation in citations
    )


def outside_window(citation: CitationFact) -> Iterator[Finding]:
    """Yield the finding of an event that `as_handled` took for ACTUAL."""
    if citation.is_outside_window:
        yield shown_by(
            citation,
            FindingKind.EXERCISE_OUTSIDE_WINDOW,
            (str(citation.event_id),),
            mode=Mode.ACTUAL,
            policy_id=citation.policy_id,
            office=citation.office or citation.agency,
        )


def _is_covered(
    citation: CitationFact, windows: Iterable[tuple[CoordinationFact, ExerciseWindow]]
) -> bool:
    return any(_covers(fact, window, citation) for fact, window in windows)


def _covers(fact: CoordinationFact, window: ExerciseWindow, citation: CitationFact) -> bool:
    """Whether the event's own agency had declared, by then, that it exercises at that moment.

    A window that names a policy covers what cites it, and nothing else.
    """
    return (
        fact.is_authorised
        and fact.mode_is_sound
        and fact.mode is not Mode.TEST
        and agency_of(fact.office) == citation.owner
        and fact.policy_id in (None, citation.policy_id)
        and fact.recorded_at <= citation.recorded_at
        and window.starts_at <= citation.acted_at < window.ends_at
    )


def _as_actual(citation: CitationFact) -> CitationFact:
    origin = replace(citation.origin, mode=Mode.ACTUAL)
    return replace(citation, origin=origin, is_outside_window=True)
