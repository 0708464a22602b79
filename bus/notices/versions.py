"""Versions of agreements, and which of them apply to a notice.

Every agreement applies that was on record when the notice was recorded, was in force then, and is
about its kind of instrument, with the notice's agency among its parties. Of one agreement the
highest version counts that had begun by then. It replaces lower ones only where none of their
parties is left out: nobody ends by a new version what another party agreed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bus.events import Mode
from bus.notices.facts import AgreementFact, NoticeFact
from bus.topics import agency_of


@dataclass(frozen=True, slots=True)
class Version:
    """The records of one version of an agreement, in the log's order.

    One that was published again with the same content is no second content.
    """

    facts: tuple[AgreementFact, ...]

    @property
    def first(self) -> AgreementFact:
        return self.facts[0]

    @property
    def contents(self) -> tuple[AgreementFact, ...]:
        """The first record of each different content."""
        first: dict[tuple[object, ...], AgreementFact] = {}
        for fact in self.facts:
            first.setdefault(fact.content, fact)
        return tuple(first.values())

    @property
    def is_contradictory(self) -> bool:
        """Whether one version has two contents."""
        return len(self.contents) > 1

    @property
    def is_sound(self) -> bool:
        """Whether it may help to clear anything."""
        return not self.is_contradictory and any(fact.is_sound for fact in self.facts)

    @property
    def parties(self) -> frozenset[str]:
        """The agencies that are party to it, by each of its contents."""
        return frozenset.intersection(*(fact.parties for fact in self.facts))

    def has_begun(self, at: datetime) -> bool:
        return any(fact.valid_from <= at for fact in self.facts)

    def replaces(self, other: Version) -> bool:
        """Whether the other one no longer counts beside it."""
        return (
            self.first.mode is other.first.mode
            and self.first.agreement_id == other.first.agreement_id
            and self.first.version > other.first.version
            and any(fact.mode_is_sound for fact in self.facts)
            and all(fact.parties <= self.parties for fact in other.facts)
        )

    def may_cover(self, notice: NoticeFact) -> bool:
        """Whether any of its contents is about the notice."""
        return any(
            fact.is_in_force(notice.recorded_at)
            and agency_of(notice.policy_id) in fact.parties
            and fact.covers(notice.instrument)
            for fact in self.facts
        )


@dataclass(frozen=True, slots=True)
class Applied:
    """A version that applies to a notice; `began_at` is when its agreement began to."""

    version: Version
    began_at: datetime

    @property
    def is_sound(self) -> bool:
        return self.version.is_sound

    @property
    def agreement(self) -> AgreementFact:
        """What it says; of two contents, the one that was recorded first."""
        return self.version.first


def versions_of(agreements: Iterable[AgreementFact]) -> tuple[Version, ...]:
    """Return the versions that the bus itself recorded and every party approved."""
    grouped: dict[tuple[Mode, str, int], list[AgreementFact]] = {}
    for fact in agreements:
        if fact.is_authorised and fact.is_agreed:
            key = (fact.mode, fact.agreement_id, fact.version)
            grouped.setdefault(key, []).append(fact)
    return tuple(Version(tuple(facts)) for facts in grouped.values())


def _begun(mode: Mode, at: datetime, agreements: Iterable[AgreementFact]) -> list[Version]:
    known = versions_of(
        fact for fact in agreements if fact.recorded_at <= at and fact.mode in (Mode.ACTUAL, mode)
    )
    return [version for version in known if version.has_begun(at)]


def applying_to(notice: NoticeFact, agreements: Iterable[AgreementFact]) -> tuple[Applied, ...]:
    """Return the versions that apply to the notice, by what was on record when it was."""
    begun = _begun(notice.mode, notice.recorded_at, agreements)
    return tuple(
        Applied(version, _beginning_of(version, begun))
        for version in begun
        if version.may_cover(notice) and not any(other.replaces(version) for other in begun)
    )


def in_force(
    at: datetime, mode: Mode, agreements: Iterable[AgreementFact]
) -> Iterator[AgreementFact]:
    """Yield what is agreed on at that moment, by what was on record then, and in one way only.

    What is agreed on in earnest counts for exercises too.
    """
    begun = _begun(mode, at, agreements)
    for version in begun:
        is_replaced = any(other.replaces(version) for other in begun)
        if version.is_sound and version.first.is_in_force(at) and not is_replaced:
            yield version.first


def _beginning_of(version: Version, begun: Iterable[Version]) -> datetime:
    """Return when its agreement began: a new version begins no new agreement."""
    return min(
        fact.valid_from
        for each in begun
        for fact in each.facts
        if fact.agreement_id == version.first.agreement_id
    )
