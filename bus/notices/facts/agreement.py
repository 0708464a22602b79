"""Agreements: what agencies have settled between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bus.events import Event, Payload
from bus.notices.facts.origin import Fact, Origin
from bus.topics import agency_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementFact(Fact):
    """A version of an agreement between agencies, and when it is in force."""

    agreement_id: str
    version: int
    parties: frozenset[str]
    valid_from: datetime
    valid_to: datetime | None = None

    @classmethod
    def from_event(cls, event: Event, recorded_at: datetime) -> AgreementFact:
        return cls.from_payload(Origin.from_event(event, recorded_at), event.data)

    @classmethod
    def from_payload(cls, origin: Origin, data: Payload) -> AgreementFact:
        return cls(
            origin=origin,
            agreement_id=data["agreement_id"],
            version=data["version"],
            parties=frozenset(agency_of(party) for party in data["parties"]),
            valid_from=data["valid_from"],
            valid_to=data.get("valid_to"),
        )

    @property
    def is_authorised(self) -> bool:
        return self.owner == "bus"

    def is_in_force(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)
