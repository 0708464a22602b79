"""Which shares are watched in a sector, and the days' counts of them.

Referrals for prosecution count among the families' adults who were apprehended; separations, all
and by reason, among the adults and children, since an agency may record one for either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from bus.notices.facts.citation import CHILD, REFERRED_FOR_PROSECUTION, SEPARATED
from bus.notices.practice.chart import REFERENCE_DAYS, Count

APPREHENDED = "APPREHENDED"
WATCHED_KINDS = (APPREHENDED, REFERRED_FOR_PROSECUTION, SEPARATED)
ADULTS = ("PARENT", "LEGAL_GUARDIAN")

SEPARATION_REASONS = (
    "PARENT_CRIMINAL_HISTORY",
    "PARENT_CRIMINAL_AND_IMMIGRATION_HISTORY",
    "PARENT_CRIMINAL_IMMIGRATION_AND_GANG",
    "PARENT_GANG_AND_IMMIGRATION_HISTORY",
    "PARENT_GANG",
    "PARENT_GANG_AND_CRIMINAL_HISTORY",
    "REFERRED_FOR_PROSECUTION",
    "COMMUNICABLE_DISEASE",
    "HOSPITALIZATION",
    "PARENT_FITNESS_OR_CHILD_DANGER",
    "UNVERIFIED_FAMILIAL",
    "SEPARATED_FROM_OTHER_ADULT",
    "WARRANT",
    "OTHER",
)


class Population(StrEnum):
    """Whom a custody event is about, as far as families are concerned."""

    ADULT = "ADULT"
    CHILD = "CHILD"
    OTHER = "OTHER"

    @classmethod
    def of(cls, role: str | None) -> Population:
        """Return the population of a subject's role; another adult belongs to no family."""
        if role in ADULTS:
            return cls.ADULT
        return cls.CHILD if role == CHILD else cls.OTHER


class Place(NamedTuple):
    """Whose custody events, and in which sector; "" where the event states none."""

    agency: str
    sector: str


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many custody events of one kind, reason and population a day had in a sector."""

    day: date
    event_kind: str
    reason: str | None
    population: Population
    events: int


@dataclass(frozen=True, slots=True, order=True)
class Stream:
    """A watched share: events of a kind, of a separation reason or of any."""

    event_kind: str
    reason: str | None = None

    @property
    def code(self) -> str:
        """How findings name it, such as SEPARATED_WARRANT."""
        return self.event_kind if self.reason is None else f"{self.event_kind}_{self.reason}"

    @property
    def populations(self) -> tuple[Population, ...]:
        """Who is counted, as events and as trials."""
        if self.event_kind == REFERRED_FOR_PROSECUTION:
            return (Population.ADULT,)
        return (Population.ADULT, Population.CHILD)

    def admits(self, count: DayCount) -> bool:
        """Tell whether these are events of the stream."""
        return (
            count.event_kind == self.event_kind
            and count.population in self.populations
            and (self.reason is None or count.reason == self.reason)
        )


STREAMS = (
    Stream(REFERRED_FOR_PROSECUTION),
    Stream(SEPARATED),
    *(Stream(SEPARATED, reason) for reason in SEPARATION_REASONS),
)
"""What is watched in each sector."""


def counts_of(stream: Stream, counts: Iterable[DayCount]) -> list[Count]:
    """Return the stream's counts by day, ascending, of the days that have any."""
    events: dict[date, int] = {}
    trials: dict[date, int] = {}
    for each in counts:
        if each.event_kind == APPREHENDED and each.population in stream.populations:
            trials[each.day] = trials.get(each.day, 0) + each.events
        elif stream.admits(each):
            events[each.day] = events.get(each.day, 0) + each.events
    return [
        Count(day, events.get(day, 0), trials.get(day, 0))
        for day in sorted(events.keys() | trials.keys())
    ]


def split_reference(
    counts: Iterable[DayCount], days: int = REFERENCE_DAYS
) -> tuple[list[DayCount], list[DayCount]]:
    """Return a sector's reference window, its first so many days with apprehensions, and the rest.

    While there are fewer, everything is reference, and nothing is judged.
    """
    known = list(counts)
    with_trials = sorted({each.day for each in known if each.event_kind == APPREHENDED})
    last = with_trials[days - 1] if len(with_trials) >= days else date.max
    reference = [each for each in known if each.day <= last]
    return reference, [each for each in known if each.day > last]
