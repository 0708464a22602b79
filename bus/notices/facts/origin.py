"""Where a fact comes from, and who it can speak for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from bus.events import Event, Mode, Payload
from bus.topics import agency_of


class Place(NamedTuple):
    """Where a fact stands in the log; facts are compared by it, never by reading order."""

    recorded_at: datetime
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The record that a fact comes from.

    `recorded_at` is the append time, as a running maximum over the partition. With
    `mode_is_sound` false, `mode` is ACTUAL, for alarms, and the fact may clear nothing.
    `faults` are the paths of optional fields that couldn't be read.
    """

    event_id: UUID
    source: str
    topic: str
    partition: int
    offset: int
    sequence: int
    recorded_at: datetime
    mode: Mode = Mode.ACTUAL
    mode_is_sound: bool = True
    faults: tuple[str, ...] = ()

    @classmethod
    def from_event(cls, event: Event, recorded_at: datetime) -> Origin:
        """Return where the event stood; the caller keeps the running maximum."""
        return cls(
            event_id=event.id,
            source=event.source,
            topic=event.topic,
            partition=event.partition,
            offset=event.offset,
            sequence=event.sequence,
            recorded_at=recorded_at,
            mode=event.mode,
            mode_is_sound=event.mode_is_sound,
            faults=tuple(fault.path for fault in event.faults),
        )


def officer_id(officer: Payload) -> str:
    """Return the id by which an officer counts: two that differ only in letter case are one."""
    return str(officer["id"]).casefold()


def recording_office(data: Payload) -> str | None:
    """Return the office of the liaison who wrote a record for another; None without one."""
    liaison = data.get("recorded_by")
    return liaison["office"] if liaison else None


def is_own_entry(owner: str, recorded_by: str | None) -> bool:
    """Whether a record was written by the agency that it speaks for, be it by a liaison."""
    return recorded_by is None or agency_of(recorded_by) == owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What all facts of a topic share."""

    origin: Origin

    @property
    def event_id(self) -> UUID:
        return self.origin.event_id

    @property
    def identity(self) -> UUID:
        """What makes two records one fact: redelivery repeats it."""
        return self.origin.event_id

    @property
    def recorded_at(self) -> datetime:
        return self.origin.recorded_at

    @property
    def mode(self) -> Mode:
        return self.origin.mode

    @property
    def mode_is_sound(self) -> bool:
        return self.origin.mode_is_sound

    @property
    def owner(self) -> str:
        """The owner of the fact's topic, whose agency it speaks for."""
        return agency_of(self.origin.topic)

    @property
    def place(self) -> Place:
        origin = self.origin
        return Place(origin.recorded_at, origin.topic, origin.partition, origin.offset)
