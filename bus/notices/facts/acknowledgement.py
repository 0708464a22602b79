"""Acknowledgements: what an office decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bus.events import Event, Payload
from bus.notices.facts.origin import Fact, Origin, is_own_entry, officer_id, recording_office
from bus.topics import agency_of


class Decision(StrEnum):
    """What an office decided."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    WITHDRAW = "WITHDRAW"


class TextRead(StrEnum):
    """What the office had read. Who read nothing can't accept."""

    READ = "READ"
    SUMMARY_READ = "SUMMARY_READ"
    NOT_READ = "NOT_READ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """How many places the office can offer, and from when."""

    places: int
    starts_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementFact(Fact):
    """An office's decision on one text. `conditions` are the ids of those it makes.

    `recorded_by` is the office that wrote the record for another that can't use the bus.
    """

    policy_id: str
    revision: int
    material_digest: str
    office: str
    officer_id: str
    decision_no: int
    decision: Decision
    conditions: tuple[str, ...] = ()
    waives_lead_time: bool
    text_read: TextRead = TextRead.READ
    readiness: Readiness | None = None
    on_behalf_of: str | None = None
    recorded_by: str | None = None

    @classmethod
    def from_event(cls, event: Event, recorded_at: datetime) -> AcknowledgementFact:
        return cls.from_payload(Origin.from_event(event, recorded_at), event.data)

    @classmethod
    def from_payload(cls, origin: Origin, data: Payload) -> AcknowledgementFact:
        return cls(
            origin=origin,
            policy_id=data["policy_id"],
            revision=data["revision"],
            material_digest=data["material_digest"],
            office=data["office"],
            officer_id=officer_id(data["officer"]),
            decision_no=data["decision_no"],
            decision=Decision(data["decision"]),
            conditions=tuple(item["condition_id"] for item in data.get("conditions") or ()),
            waives_lead_time=bool(data.get("waives_lead_time")),
            text_read=TextRead(data["text_read"] or TextRead.NOT_READ),  # unknown can't accept
            readiness=_read_readiness(data.get("readiness")),
            on_behalf_of=data.get("on_behalf_of"),
            recorded_by=recording_office(data),
        )

    @property
    def deciding_office(self) -> str:
        """The office whose decision this claims to be."""
        return self.on_behalf_of or self.office

    @property
    def is_delegated(self) -> bool:
        """Whether an office decides for another."""
        return self.deciding_office != self.office

    @property
    def is_authorised(self) -> bool:
        """Whether the topic's owner owns both offices: nobody decides for another agency."""
        return self.owner == agency_of(self.office) == agency_of(self.deciding_office)

    @property
    def is_own_entry(self) -> bool:
        """Whether no other agency's liaison recorded it."""
        return is_own_entry(self.owner, self.recorded_by)

    @property
    def statement(self) -> tuple[object, ...]:
        """What it says: two statements under one decision number contradict each other."""
        return (
            self.revision,
            self.material_digest,
            self.office,
            self.officer_id,
            self.decision,
            self.conditions,
            self.waives_lead_time,
            self.text_read,
            self.readiness,
            self.recorded_by,
        )


def _read_readiness(data: Payload | None) -> Readiness | None:
    if data is None:
        return None
    return Readiness(places=data["places"], starts_at=data.get("from"))
