"""The gate: may this policy be acted on?

It fails closed. Only a policy that is announced, in force and ACTUAL is clear, and only while
the tracker is known to have read everything: the facts alone can't say that.

`at` and `known_at` are business time. Freshness and validity are real time, also in a simulated
run: a simulation must not make a slow tracker look fresh.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from bus.notices.clearance import Clearance
from bus.notices.facts import Scope
from bus.notices.facts.citation import SEPARATED
from bus.notices.states import Code, Reason

LEGAL_SENTENCE = (
    "States whether the agreed coordination took place; neither confers nor denies legal authority."
)

VALID_FOR = timedelta(seconds=5)
"""No answer is older than this when somebody acts on it."""

FRESHNESS_LIMIT = timedelta(seconds=10)
"""A tracker further behind than this can't clear anything. So long, too, a sequence number may
be missing after a higher one was read."""


class Verdict(StrEnum):
    """The gate's answer. UNKNOWN: there is no notice that can be read."""

    CLEAR = "CLEAR"
    NOT_CLEAR = "NOT_CLEAR"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Position:
    """The offset in a partition up to which, exclusive, the tracker has read."""

    topic: str
    partition: int
    next_offset: int


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class LostOffsets:
    """Offsets [from_offset, to_offset) of a fact topic that the tracker never read."""

    topic: str
    partition: int
    from_offset: int
    to_offset: int


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class SequenceGap:
    """A number missing from a fact topic though a higher one of its source has been read.

    `noticed_at` is when, in real time, the higher one was.
    """

    source: str
    topic: str
    sequence: int
    noticed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """What the tracker knows of itself at `asked_at`, in real time.

    `lag` is the age of the oldest record of a fact topic that it hasn't applied, or a bound of
    it; zero when there is none, None when nobody can tell. `agreements` are the dead letters of
    agreements: whatever policy they cover, one may ask for more than was kept. `statements` are
    those of acknowledgements and coordination that name no policy: each may reject, withdraw from,
    stay or cancel any.
    """

    asked_at: datetime
    lag: timedelta | None
    gaps: tuple[SequenceGap, ...] = ()
    lost: tuple[LostOffsets, ...] = ()
    agreements: tuple[UUID, ...] = ()
    statements: tuple[UUID, ...] = ()
    positions: tuple[Position, ...] = ()
    limit: timedelta = FRESHNESS_LIMIT

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why nothing can be cleared now; empty when the tracker is fresh."""
        return tuple(self._reasons())

    def _reasons(self) -> Iterator[Reason]:
        if self.lag is None or self.lag > self.limit:
            yield Reason(Code.TRACKER_BEHIND)
        for each in sorted(self.lost):
            place = f"{each.topic}/{each.partition} {each.from_offset} to {each.to_offset - 1}"
            yield Reason(Code.OFFSETS_LOST, place)
        for letter in sorted(self.agreements):
            yield Reason(Code.AGREEMENT_UNREADABLE, str(letter))
        for letter in sorted(self.statements):
            yield Reason(Code.STATEMENT_UNREADABLE, str(letter))
        for gap in sorted(self.gaps):
            if self.asked_at - gap.noticed_at >= self.limit:
                yield Reason(Code.SEQUENCE_GAP, f"{gap.source} {gap.topic} {gap.sequence}")


class Coverage(StrEnum):
    """Whether the policy speaks to what is to be done."""

    COVERED = "COVERED"
    OUTSIDE = "OUTSIDE"
    NOT_ASKED = "NOT_ASKED"  # its scope asks for what wasn't said


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody means to do under the policy, as far as they say."""

    sector: str | None = None
    event_kind: str | None = None

    @property
    def is_stated(self) -> bool:
        """Whether anything is said of it; else the question is about the policy alone."""
        return self.sector is not None or self.event_kind is not None

    def coverage_by(self, scope: Scope) -> Coverage:
        """Return whether a policy of this scope speaks to it."""
        if not scope.speaks_to(sector=self.sector, event_kind=self.event_kind):
            return Coverage.OUTSIDE
        return Coverage.NOT_ASKED if any(self.left_out_of(scope)) else Coverage.COVERED

    def left_out_of(self, scope: Scope) -> Iterator[str]:
        """Yield what the scope asks for and isn't said of the act."""
        if scope.sectors and self.sector is None:
            yield "sector"
        if scope.event_kinds and self.event_kind is None:
            yield "event_kind"


ANYTHING = Act()
"""Nobody said what is to be done: whether the policy speaks to it isn't asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """An answer, with all that explains it. It mustn't be acted on from `valid_until` on.

    `coverage` is None where there is no notice. Where it is NOT_ASKED, a clear policy isn't clear
    for whatever one likes.
    """

    verdict: Verdict
    is_fresh: bool
    clearance: Clearance
    coverage: Coverage | None
    reasons: tuple[Reason, ...]
    positions: tuple[Position, ...]
    valid_until: datetime
    sentence: str = LEGAL_SENTENCE


def answer(clearance: Clearance, freshness: Freshness, act: Act = ANYTHING) -> GateAnswer:
    """Answer the gate's question about the policy and the moment of the clearance.

    A policy that doesn't speak to the act clears nothing for it. Nor does one whose scope asks for
    more than was said of the act. A question about the policy alone is answered as such, and says
    what its scope asks for.
    """
    stale = freshness.reasons
    scope = clearance.scope
    coverage = None if scope is None else act.coverage_by(scope)
    is_doubtful = coverage is Coverage.NOT_ASKED and act.is_stated
    holds = coverage is not Coverage.OUTSIDE and not is_doubtful and not stale
    beside = () if scope is None else tuple(_beside(scope, act))
    return GateAnswer(
        verdict=_verdict(clearance, holds=holds),
        is_fresh=not stale,
        clearance=clearance,
        coverage=coverage,
        reasons=(*stale, *beside, *clearance.reasons),
        positions=tuple(sorted(freshness.positions)),
        valid_until=freshness.asked_at + _validity(clearance),
    )


def _beside(scope: Scope, act: Act) -> Iterator[Reason]:
    if act.coverage_by(scope) is Coverage.OUTSIDE:
        yield Reason(Code.OUT_OF_SCOPE)
    for name in act.left_out_of(scope):
        yield Reason(Code.SCOPE_NOT_ASKED, name)
    if scope.separation_reasons and act.event_kind in (None, SEPARATED):
        yield Reason(Code.SCOPE_NOT_ASKED, "separation_reason")


def _verdict(clearance: Clearance, *, holds: bool) -> Verdict:
    if clearance.revision is None:
        return Verdict.UNKNOWN
    return Verdict.CLEAR if clearance.clear and holds else Verdict.NOT_CLEAR


def _validity(clearance: Clearance) -> timedelta:
    """An answer doesn't outlive the moment at which time alone may change it."""
    if clearance.changes_at is None:
        return VALID_FOR
    return min(VALID_FOR, clearance.changes_at - clearance.at)
