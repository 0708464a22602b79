"""Custody events, as far as they cite a policy or should."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bus.events import Event, Mode, Payload
from bus.notices.facts.origin import Fact, Origin


class BasisKind(StrEnum):
    """On what a custody event says it rests."""

    POLICY = "POLICY"
    INDIVIDUAL_DETERMINATION = "INDIVIDUAL_DETERMINATION"
    NONE_STATED = "NONE_STATED"


SEPARATED = "SEPARATED"
REFERRED_FOR_PROSECUTION = "REFERRED_FOR_PROSECUTION"
CHILD = "CHILD"


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationFact(Fact):
    """A custody event, as far as it cites a policy or should.

    It holds no one's data: neither the person nor the family group. `occurred_at` is None for
    those that were stored before it was kept. `is_outside_window` says that it claims to be an
    exercise's, and is handled as ACTUAL.
    """

    event_kind: str
    agency: str
    occurred_at: datetime | None = None
    office: str | None = None
    sector: str | None = None
    separation_reason: str | None = None
    policy_id: str | None = None
    basis: str | None = None
    ground: str | None = None
    subject_role: str | None = None
    is_outside_window: bool = False

    @classmethod
    def from_event(cls, event: Event, recorded_at: datetime) -> CitationFact:
        return cls.from_payload(Origin.from_event(event, recorded_at), event.data)

    @classmethod
    def from_payload(cls, origin: Origin, data: Payload) -> CitationFact:
        subject, basis = data.get("subject"), data.get("basis")
        separation = data.get("separation")
        return cls(
            origin=origin,
            event_kind=data["event_kind"],
            agency=data["agency"],
            occurred_at=data.get("occurred_at"),
            office=data.get("office"),
            sector=data.get("sector"),
            separation_reason=separation.get("reason") if separation else None,
            policy_id=data.get("policy_id"),
            basis=basis["kind"] if basis else None,
            ground=basis.get("ground") if basis else None,
            subject_role=subject.get("role") if subject else None,
        )

    @property
    def acted_at(self) -> datetime:
        """When it was acted, by what the agency says; never later than it was told."""
        return min(self.occurred_at or self.recorded_at, self.recorded_at)

    @property
    def needs_citation(self) -> bool:
        """Every separation does, and every referral of a family's adult for prosecution.

        An unknown role counts as an adult's: a finding too many costs less than silence.
        """
        if self.event_kind == SEPARATED:
            return True
        return self.event_kind == REFERRED_FOR_PROSECUTION and self.subject_role != CHILD

    @property
    def cites_something(self) -> bool:
        """A policy, or a determination for this person that states its ground."""
        if self.policy_id is not None:
            return True
        return self.basis == BasisKind.INDIVIDUAL_DETERMINATION and self.ground is not None

    @property
    def matters(self) -> bool:
        """Whether the rules have anything to ask of this event; most custody events pass.

        Each of an exercise does: it may be outside of its window.
        """
        return (
            self.policy_id is not None
            or self.needs_citation
            or not self.mode_is_sound
            or self.mode is Mode.EXERCISE
        )
