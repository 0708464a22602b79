"""Notices: what an agency announces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bus.events import Event, Payload
from bus.notices.digest import JsonValue, content_digest, is_editorial, material_digest
from bus.notices.facts.origin import Fact, Origin, officer_id
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFact(Fact):
    """One revision of a policy's announcement.

    `content` is the digest of the whole notice: two contents of one revision contradict each
    other. `required_offices` are those that the sender added to what the agreement requires.
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
    emergency_ends_at: datetime | None = None
    supersedes: str | None = None
    required_offices: tuple[str, ...] = ()
    expected_impact: ExpectedImpact | None = None

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
        emergency, approver = data.get("emergency"), data.get("approved_by")
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
            emergency_ends_at=emergency["ends_at"] if emergency else None,
            supersedes=data.get("supersedes"),
            required_offices=tuple(sorted(required)),
            expected_impact=_read_impact(data.get("expected_impact")),
        )

    @property
    def is_authorised(self) -> bool:
        """Whether the topic's owner issues this policy, and from an office of its own."""
        return self.owner == agency_of(self.issuing_office) == agency_of(self.policy_id)

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
    return ExpectedImpact(places_needed=data.get("places_needed"), starts_at=data.get("from"))
