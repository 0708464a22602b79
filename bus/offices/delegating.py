"""Delegating: an office lets another one of its department decide for a while, or no longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bus.errors import UsageError
from bus.notices.delegation import delegations_at
from bus.notices.facts import CoordinationFact, CoordinationKind, Delegation
from bus.offices.known_policy import KnownPolicy
from bus.offices.observing import Officer, Step
from bus.offices.policy_steps import step_on
from bus.topics import agency_of

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when an office may decide for another; `until` is exclusive."""

    since: datetime
    until: datetime | None

    @property
    def end(self) -> datetime:
        return self.until or NEVER

    def overlaps(self, other: Span) -> bool:
        return self.since < other.end and other.since < self.end

    def covers(self, other: Span) -> bool:
        return self.since <= other.since and other.end <= self.end

    def __str__(self) -> str:
        return f"until {self.until.isoformat()}" if self.until else "without end"


def delegating(
    known: KnownPolicy, officer: Officer, to_office: str, since: str | None, until: str | None
) -> Step:
    """Let another office decide. Raises UsageError where that would be void, or make a chain."""
    _refuse_stranger(officer, to_office)
    span = Span(known.moment(since), None if until is None else known.moment(until))
    if span.end <= max(span.since, known.now):
        raise UsageError("the delegation would be over before it begins: give a later --until")
    for fact in delegations_at(known.now, known.dossier):
        _refuse_chain(fact, officer.office, to_office, span)
    body: dict[str, object] = {"to_office": to_office, "from": span.since, "to": span.until}
    return step_on(known, officer, CoordinationKind.DELEGATION, body)


def revoking(known: KnownPolicy, officer: Officer, to_office: str) -> Step:
    """Let another office decide no longer. Raises UsageError where it isn't let decide anyway."""
    _refuse_stranger(officer, to_office)
    given = [
        fact.statement
        for fact in delegations_at(known.now, known.dossier)
        if fact.office == officer.office and isinstance(fact.statement, Delegation)
    ]
    standing = [each for each in given if Span(each.since, each.until).end > known.now]
    if to_office not in {each.to_office for each in standing}:
        named = sorted({each.to_office for each in standing})
        listed = f"it lets {', '.join(named)}" if named else "it lets nobody"
        raise UsageError(
            f"{officer.office} doesn't let {to_office} decide on {known.policy_id}: {listed}"
        )
    body: dict[str, object] = {"to_office": to_office, "from": known.now, "to": known.now}
    return step_on(known, officer, CoordinationKind.DELEGATION, body)


def _refuse_stranger(officer: Officer, to_office: str) -> None:
    if agency_of(to_office) != officer.owner or "." not in to_office:
        raise UsageError(
            f"{officer.office} can let only offices of its own department decide: name one of "
            f"{officer.owner} with --to"
        )
    if to_office == officer.office:
        raise UsageError(f"{to_office} decides for itself already: name another office with --to")


def _refuse_chain(fact: CoordinationFact, office: str, to_office: str, wanted: Span) -> None:
    """An office decides for another directly, never through a third one, nor twice by one word."""
    given = fact.statement
    if not isinstance(given, Delegation):
        return
    span = Span(given.since, given.until)
    if (fact.office, given.to_office) == (office, to_office) and span.covers(wanted):
        raise UsageError(f"{to_office} may decide for {office} already, {span}")
    if not span.overlaps(wanted):
        return
    if given.to_office == office:
        raise UsageError(
            f"{fact.office} lets {office} decide {span}, and whoever was let decide can't let a "
            f"third office: {_instead(fact.office, to_office, span)}"
        )
    if fact.office == to_office:
        raise UsageError(
            f"{to_office} lets {given.to_office} decide {span}, and a delegation goes no further "
            f"than one step: {_instead(office, given.to_office, span)}"
        )


def _instead(office: str, to_office: str, span: Span) -> str:
    direct = f"let {office} delegate to {to_office} directly"
    return f"{direct}, or begin --from {span.until.isoformat()}" if span.until else direct
