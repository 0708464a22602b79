"""Agreements between agencies: whose acceptance a notice needs, and how long before its effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from bus.events import Event, Payload
from bus.notices.durations import NEVER, Duration, Holidays, Unit
from bus.notices.facts.origin import Fact, Origin, officer_id
from bus.notices.states import ObjectionAfterEffect
from bus.topics import agency_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """`acceptances_needed` of these offices must accept."""

    seat_id: str
    offices: tuple[str, ...]
    acceptances_needed: int

    @classmethod
    def of_office(cls, office: str) -> Seat:
        """Return the seat that this one office must fill."""
        return cls(seat_id=office, offices=(office,), acceptances_needed=1)

    @property
    def needs_all(self) -> bool:
        """Whether each of its offices must accept."""
        return self.acceptances_needed >= len(self.offices)


Ladder = tuple[tuple[str, Duration], ...]
"""Offices in the order to turn to them, and how long after the delivery."""


class PartyApproval(NamedTuple):
    """A party's approval of one version, by an officer of one of its offices."""

    party: str
    office: str
    officer_id: str
    at: datetime

    @property
    def is_own(self) -> bool:
        """Whether the office is one of the party's: nobody approves for another agency."""
        return agency_of(self.office) == self.party


@dataclass(frozen=True, kw_only=True)
class AgreementFact(Fact):
    """A version of an agreement between agencies, and when it is in force.

    `receipts` name for each office the groups whose receipts prove delivery to it,
    `emergency_bases` the least lead time under each ground for a shorter one. `is_whole` is false
    where a symbol stands that nobody here knows; each is then read as what opens least: a lead
    time that nothing keeps, an objection that closes, federal holidays.
    """

    agreement_id: str
    version: int
    parties: frozenset[str]
    approvals: tuple[PartyApproval, ...]
    seats: tuple[Seat, ...]
    receipts: tuple[tuple[str, str], ...]
    lead_time: Duration
    acknowledge_within: Duration
    valid_from: datetime
    valid_to: datetime | None = None
    instruments: frozenset[str] = frozenset()
    ladders: tuple[tuple[str, Ladder], ...] = ()
    emergency_bases: tuple[tuple[str, Duration], ...] = ()
    objection_after_effect: ObjectionAfterEffect = ObjectionAfterEffect.WARN
    time_zone: str = "UTC"
    holidays: Holidays = Holidays.FEDERAL
    is_whole: bool = True

    @classmethod
    def from_event(cls, event: Event, recorded_at: datetime) -> AgreementFact:
        return cls.from_payload(Origin.from_event(event, recorded_at), event.data)

    @classmethod
    def from_payload(cls, origin: Origin, data: Payload) -> AgreementFact:
        objection, holidays = data["objection_after_effect"], data["holidays"]
        return cls(
            origin=origin,
            agreement_id=data["agreement_id"],
            version=data["version"],
            parties=frozenset(agency_of(party) for party in data["parties"]),
            approvals=tuple(_read_approval(each) for each in data["approvals"]),
            seats=tuple(_read_seat(each) for each in data["seats"]),
            receipts=tuple((each["office"], each["group"]) for each in data["receipts"]),
            lead_time=_read_lead(data["lead_time"]),
            acknowledge_within=_read_wait(data["acknowledge_within"]),
            valid_from=data["valid_from"],
            valid_to=data.get("valid_to"),
            instruments=frozenset(each for each in data["instruments"] if each is not None),
            ladders=tuple((each["office"], _read_ladder(each)) for each in data["ladders"]),
            emergency_bases=tuple(
                (each["basis"], _read_lead(each["minimum_lead"]))
                for each in data["emergency_bases"]
            ),
            objection_after_effect=ObjectionAfterEffect(objection or ObjectionAfterEffect.CLOSE),
            time_zone=data["time_zone"],
            holidays=Holidays(holidays or Holidays.FEDERAL),
            is_whole=None not in _symbols_of(data) and not origin.faults,
        )

    @property
    def is_authorised(self) -> bool:
        return self.owner == "bus"

    @property
    def is_agreed(self) -> bool:
        """Whether it is between agencies, and an office of each party approved it."""
        approved = {each.party for each in self.approvals if each.is_own}
        return len(self.parties) > 1 and self.parties <= approved

    @property
    def is_sound(self) -> bool:
        """Whether it may help to clear anything."""
        return self.mode_is_sound and self.is_whole

    @cached_property
    def content(self) -> tuple[object, ...]:
        """What it says, wherever it was recorded."""
        return tuple(getattr(self, each.name) for each in fields(self) if each.name != "origin")

    def is_in_force(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)

    def covers(self, instrument: str | None) -> bool:
        """Whether it is about this kind of instrument.

        One that names none is about all. One with a symbol that nobody here knows may be.
        """
        return not self.instruments or instrument in self.instruments or not self.is_whole


def _read_approval(data: Payload) -> PartyApproval:
    return PartyApproval(data["party"], data["office"], officer_id(data["officer"]), data["at"])


def _read_seat(data: Payload) -> Seat:
    """An office that is named twice can't fill a seat twice."""
    return Seat(
        seat_id=data["seat_id"],
        offices=tuple(dict.fromkeys(data["offices"])),
        acceptances_needed=data["acceptances_needed"],
    )


def _read_lead(data: Payload) -> Duration:
    return Duration(data["amount"], Unit(data["unit"])) if data["unit"] else NEVER


def _read_wait(data: Payload) -> Duration:
    """How long somebody may be silent: in the shortest unit, where we don't know its own."""
    return Duration(data["amount"], Unit(data["unit"] or Unit.HOURS))


def _read_ladder(data: Payload) -> Ladder:
    return tuple((step["office"], _read_wait(step["after"])) for step in data["steps"])


def _symbols_of(data: Payload) -> Iterable[str | None]:
    yield from data["instruments"]
    yield from (data["objection_after_effect"], data["holidays"])
    yield from (data["lead_time"]["unit"], data["acknowledge_within"]["unit"])
    yield from (each["minimum_lead"]["unit"] for each in data["emergency_bases"])
    yield from (step["after"]["unit"] for each in data["ladders"] for step in each["steps"])
