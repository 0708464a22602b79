"""Receipts: what a machine stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.events import Event, Payload
from bus.notices.facts.origin import Fact, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFact(Fact):
    """A machine's statement that it stored these events; never an acknowledgement."""

    group: str
    office: str | None
    event_ids: frozenset[UUID]

    @classmethod
    def from_event(cls, event: Event, recorded_at: datetime) -> ReceiptFact:
        return cls.from_payload(Origin.from_event(event, recorded_at), event.data)

    @classmethod
    def from_payload(cls, origin: Origin, data: Payload) -> ReceiptFact:
        return cls(
            origin=origin,
            group=data["group"],
            office=data.get("office"),
            event_ids=frozenset(UUID(str(each)) for each in data.get("event_ids") or ()),
        )
