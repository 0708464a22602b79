"""Notices: what an agency announces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bus.events import Event, Payload
from bus.notices.digest import JsonValue, content_digest, is_editorial, material_digest
from bus.notices.facts.citation import SEPARATED, CitationFact
from bus.notices.facts.origin import Fact, Origin, is_own_entry, officer_id, recording_office
from bus.topics import agency_of


class Stage(StrEnum):
    """How far a notice has come. A proposal never clears."""

    PROPOSED = "PROPOSED"
    FINAL = "FINAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedImpact:
    """What the sender says the policy will ask of HHS."""

    places_needed: int | None
    starts_at: datetime | None
    children_per_week: int | None = None

    @property
    def least_places(self) -> int:
        """How many places are needed at least: who comes within a week must have one, too."""
        return max(self.places_needed or 0, self.children_per_week or 0)


class Disclosure(StrEnum):
    """How much of the text its readers may see. Dates, scope and impact are always open."""

    FULL = "FULL"
    SUMMARY = "SUMMARY"
    EXISTENCE = "EXISTENCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """To what a policy applies; an empty set means every one."""

    sectors: frozenset[str] = frozenset()
    event_kinds: frozenset[str] = frozenset()
    separation_reasons: frozenset[str] = frozenset()

    def admits(self, citation: CitationFact) -> bool:
        """Whether a custody event is within it. What the event doesn't say is not."""
        return (
            (not self.sectors or citation.sector in self.sectors)
            and (not self.event_kinds or citation.event_kind in self.event_kinds)
            and (
                not self.separation_reasons
                or citation.event_kind != SEPARATED
                or citation.separation_reason in self.separation_reasons
            )
        )

    def speaks_to(self, *, sector: str | None, event_kind: str | None) -> bool:
        """Whether it speaks to such an act; what isn't said of the act isn't asked."""
        asked = ((sector, self.sectors), (event_kind, self.event_kinds))
        return all(value is None or not allowed or value in allowed for value, allowed in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """The emergency by which the sender claims a shorter lead time, and when it ends."""

    basis: str
    is_reasoned: bool
    ends_at: datetime


BASELINE = "BASELINE"
"""The instrument of a policy that was in force before the agreement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFact(Fact):
    """One revision of a policy's announcement.

    `content` is the digest of the whole notice: two contents of one revision contradict each
    other. `required_offices` are those that the sender added to what the agreement requires;
    `addressees` are all that it names, those for information too;
    `time_zone` is the IANA name of the zone in which its days are counted; `recorded_by` is the
    office that wrote the record for another that can't use the bus.
    """

    policy_id: str
    revision: int
    stage: Stage
    instrument: str
    issuing_office: str
    material_digest: str
    content: str
    effective_at: datetime
    drafter_id: str
    approver_id: str | None = None
    replaces_digest: str | None = None
    expires_at: datetime | None = None
    emergency: Emergency | None = None
    supersedes: str | None = None
    required_offices: tuple[str, ...] = ()
    addressees: frozenset[str] = frozenset()
    expected_impact: ExpectedImpact | None = None
    disclosure: Disclosure = Disclosure.FULL
    sealed_digest: str | None = None
    scope: Scope = Scope()
    time_zone: str = "UTC"
    recorded_by: str | None = None

    @classmethod
    def from_event(
        cls, event: Event, recorded_at: datetime, plain: Mapping[str, JsonValue]
    ) -> NoticeFact:
        """Read a notice; `plain` is its payload in plain JSON, which the digests are made of."""
        return cls.from_payload(Origin.from_event(event, recorded_at), event.data, plain)

    @classmethod
    def from_payload(
        cls, origin: Origin, data: Payload, plain: Mapping[str, JsonValue]
    ) -> NoticeFact:
        approver = data.get("approved_by")
        required = {item["office"] for item in data["addressees"] if item["required"]}
        return cls(
            origin=origin,
            policy_id=data["policy_id"],
            revision=data["revision"],
            stage=Stage(data["stage"] or Stage.PROPOSED),  # one that we don't know never clears
            instrument=data["instrument"],
            issuing_office=data["issuing_office"],
            material_digest=material_digest(plain),
            content=content_digest(plain),
            effective_at=data["effective_at"],
            drafter_id=officer_id(data["drafted_by"]),
            approver_id=officer_id(approver) if approver else None,
            replaces_digest=data.get("replaces_digest"),
            expires_at=data.get("expires_at"),
            emergency=_read_emergency(data.get("emergency")),
            supersedes=data.get("supersedes"),
            required_offices=tuple(sorted(required)),
            addressees=frozenset(item["office"] for item in data["addressees"]),
            expected_impact=_read_impact(data.get("expected_impact")),
            # one that we don't know discloses nothing
            disclosure=Disclosure(data["disclosure"] or Disclosure.EXISTENCE),
            sealed_digest=data.get("sealed_digest"),
            scope=_read_scope(data["scope"]),
            time_zone=data["effective_time_zone"],
            recorded_by=recording_office(data),
        )

    @property
    def emergency_ends_at(self) -> datetime | None:
        """When the emergency ends, and the policy with it; None without one."""
        return self.emergency.ends_at if self.emergency else None

    @property
    def is_baseline(self) -> bool:
        """Whether it declares a policy that was in force before the agreement."""
        return self.instrument == BASELINE

    @property
    def is_authorised(self) -> bool:
        """Whether the topic's owner issues this policy, from an office and an entry of its own."""
        is_issuers = self.owner == agency_of(self.issuing_office) == agency_of(self.policy_id)
        return is_issuers and is_own_entry(self.owner, self.recorded_by)

    @property
    def is_reported(self) -> bool:
        """Whether another agency's liaison recorded it: such a policy is known, not announced."""
        return (
            self.recorded_by is not None
            and agency_of(self.recorded_by) == self.owner
            and agency_of(self.issuing_office) == agency_of(self.policy_id) != self.owner
        )

    @property
    def is_bound(self) -> bool:
        """Whether its digest binds the text: one that isn't disclosed in full must be sealed."""
        return self.disclosure is Disclosure.FULL or self.sealed_digest is not None

    @property
    def has_second_officer(self) -> bool:
        """Publishing takes two officers: the drafter can't approve."""
        return self.approver_id is not None and self.approver_id != self.drafter_id

    @property
    def is_whole(self) -> bool:
        """Whether every material field could be read."""
        return all(is_editorial(path) for path in self.origin.faults)

    @property
    def is_sound(self) -> bool:
        """Whether it may help to clear anything."""
        return self.mode_is_sound and self.is_whole


def _read_impact(data: Payload | None) -> ExpectedImpact | None:
    if data is None:
        return None
    return ExpectedImpact(
        places_needed=data.get("places_needed"),
        starts_at=data.get("from"),
        children_per_week=data.get("children_per_week"),
    )


def _read_emergency(data: Payload | None) -> Emergency | None:
    if data is None:
        return None
    is_reasoned = bool(data["reason"].strip())
    return Emergency(basis=data["basis"], is_reasoned=is_reasoned, ends_at=data["ends_at"])


def _read_scope(data: Payload) -> Scope:
    return Scope(
        sectors=frozenset(data["sectors"]),
        event_kinds=frozenset(data["event_kinds"]),
        separation_reasons=frozenset(data["separation_reasons"]),
    )
