"""The life of a finding: opened by a fact, taken and resolved by an office.

It depends on the set of dispositions, never on their order of reading. Who may dispose of one is
read strictly, for TAKEN too: what is taken stops to climb a ladder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bus.events import Mode
from bus.notices.facts import CoordinationFact, Disposition, NoticeFact, Outcome
from bus.notices.findings import FindingKind
from bus.topics import agency_of

OVERSEER = "hhs.oig"
"""May dispose of every finding: it stands outside of the chain that was silent."""


class FindingState(StrEnum):
    """How far a finding's life has come."""

    OPEN = "OPEN"
    TAKEN = "TAKEN"
    RESOLVED = "RESOLVED"


class VoidDisposition(StrEnum):
    """Why a disposition has no effect."""

    BY_ANOTHER_OFFICE = "DISPOSITION_BY_ANOTHER_OFFICE"
    WITHOUT_REFERENCE = "DISPOSITION_WITHOUT_REFERENCE"
    OF_ANOTHER_MODE = "DISPOSITION_OF_ANOTHER_MODE"
    UNREADABLE = "DISPOSITION_UNREADABLE"


@dataclass(frozen=True, slots=True)
class Life:
    """What has become of a finding. `taken` and `resolved` are the first that count."""

    taken: CoordinationFact | None = None
    resolved: CoordinationFact | None = None

    @property
    def state(self) -> FindingState:
        if self.resolved is not None:
            return FindingState.RESOLVED
        return FindingState.OPEN if self.taken is None else FindingState.TAKEN

    @property
    def last(self) -> CoordinationFact | None:
        """The disposition that the state comes from."""
        return self.resolved or self.taken

    @property
    def reference(self) -> str | None:
        """Where it can be read what was done."""
        statement = self.last.statement if self.last else None
        return statement.reference if isinstance(statement, Disposition) else None


def life_of(
    ids: Collection[UUID],
    mode: Mode,
    about: str | None,
    coordination: Iterable[CoordinationFact],
) -> Life:
    """Return what has become of the finding that is known by these ids.

    `about` is the office or agency that it is about.
    """
    first: dict[Outcome, CoordinationFact] = {}
    facts = sorted(dispositions_of(ids, coordination), key=lambda fact: fact.place)
    for fact in facts:
        statement = fact.statement
        if isinstance(statement, Disposition) and void_reason(fact, mode, about) is None:
            first.setdefault(statement.outcome or Outcome.TAKEN, fact)
    return Life(first.get(Outcome.TAKEN), first.get(Outcome.RESOLVED))


def dispositions_of(
    ids: Collection[UUID], coordination: Iterable[CoordinationFact]
) -> Iterator[CoordinationFact]:
    """Yield the dispositions of these ids that their own agency published."""
    for fact in coordination:
        statement = fact.statement
        if isinstance(statement, Disposition) and statement.of in ids and fact.is_authorised:
            yield fact


def void_reason(fact: CoordinationFact, mode: Mode, about: str | None) -> VoidDisposition | None:
    """Return why a disposition of a finding of this mode has no effect; None when it has."""
    statement = fact.statement
    if not isinstance(statement, Disposition) or statement.outcome is None:
        return VoidDisposition.UNREADABLE
    if not fact.mode_is_sound or fact.mode is not mode:
        return VoidDisposition.OF_ANOTHER_MODE
    if not may_dispose(fact.office, about):
        return VoidDisposition.BY_ANOTHER_OFFICE
    if statement.outcome is Outcome.RESOLVED and not (statement.reference or "").strip():
        return VoidDisposition.WITHOUT_REFERENCE
    return None


def may_dispose(office: str, about: str | None) -> bool:
    """Whether an office may take or resolve what is about that office or agency."""
    return office == OVERSEER or (about is not None and agency_of(office) == agency_of(about))


NOTICEABLE = (
    FindingKind.UNANNOUNCED_POLICY,
    FindingKind.OBSERVED_POLICY,
    FindingKind.CITED_NOT_CLEAR,
)
"""Findings that a later notice shows in another light, and doesn't take back."""


def noticed_at(
    policy_id: str, mode: Mode, opened_at: datetime, notices: Iterable[NoticeFact]
) -> datetime | None:
    """Return when the policy's first notice since was recorded: announced after the fact."""
    moments = (
        notice.recorded_at
        for notice in notices
        if notice.policy_id == policy_id
        and notice.is_authorised
        and notice.mode_is_sound
        and notice.mode is mode
        and notice.recorded_at > opened_at
    )
    return min(moments, default=None)
