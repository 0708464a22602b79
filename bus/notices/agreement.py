"""Whose acceptance a notice needs, how long before it takes effect, and who receipts for whom.

The agreement in force at the notice's `recorded_at` applies. Where none is, the built-in
default does: HHS's two offices must accept, whoever is addressed, and 30 calendar days before
the policy takes effect the text must have reached both. A sender can require more offices,
never leave one out.

Agreement facts aren't applied yet. A known one that may cover the notice is named in its terms
as `not_applied`, and nothing is announced under such terms: an agreement could ask for more
than the default does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bus.events import Mode
from bus.notices.durations import Calendar, Duration, business_days, calendar_days
from bus.notices.facts import AgreementFact, NoticeFact
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


Ladder = tuple[tuple[str, Duration], ...]
"""Offices in the order to turn to them, and how long after the delivery."""


class Turn(NamedTuple):
    """From when to turn to this office."""

    office: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an agreement asks for one notice.

    `receipt_groups` names for each office the group whose receipt counts as delivery to it.
    Every duration runs from a delivery, and its days are those of `calendar`. `ladders` names for
    each office whom to turn to while it is silent.
    """

    seats: tuple[Seat, ...]
    lead_time: Duration
    acknowledge_within: Duration
    receipt_groups: Mapping[str, str]
    ladders: Mapping[str, Ladder]
    calendar: Calendar
    not_applied: tuple[AgreementFact, ...] = ()
    objection_after_effect: ObjectionAfterEffect = ObjectionAfterEffect.WARN

    @property
    def offices(self) -> tuple[str, ...]:
        """Every office of a required seat, by name."""
        return tuple(sorted({office for seat in self.seats for office in seat.offices}))

    def earliest_effect(self, delivered_at: datetime) -> datetime:
        """Return from when a policy may be in force whose text was delivered at this moment."""
        return self.lead_time.after(delivered_at, self.calendar)

    def due_at(self, delivered_at: datetime) -> datetime:
        """Return when the time to answer is over for an office that was delivered to."""
        return self.acknowledge_within.after(delivered_at, self.calendar)

    def climb(self, office: str, since: datetime) -> tuple[Turn, ...]:
        """Return whom to turn to, and when, while the office is silent since this moment.

        `since` is the delivery to it, or what an office must look at without one.
        """
        steps = self.ladders.get(office, ())
        return tuple(Turn(to, after.after(since, self.calendar)) for to, after in steps)


DEFAULT_OFFICES = ("hhs.orr.intake", "hhs.orr.director")
DEFAULT_LEAD_TIME = calendar_days(30)

DEFAULT_ACKNOWLEDGE_WITHIN = DEFAULT_LEAD_TIME
"""The default names no other time: an office has as long to answer as it must be told ahead."""

HHS_RECEIPT_GROUP = "hhs-intake"
"""HHS's machine on the bus. It receipts for each of HHS's offices, and for no others'."""

LAST_STEP = "hhs.oig"
"""Where the built-in ladders end: outside the chain that may be silent."""

DEFAULT_STEPS: Ladder = (
    ("hhs.orr.director", business_days(2)),
    ("hhs.acf.assistant-secretary", business_days(5)),
    ("hhs.ios", business_days(8)),
    (LAST_STEP, business_days(10)),
)
"""The last is turned to before half of the time to answer is over: there is still time to act."""


def default_ladder(office: str) -> Ladder:
    """Return whom to turn to while this office is silent, of whatever agency it is.

    An office that is silent isn't turned to about itself; the inspector general has nobody above.
    """
    if office == LAST_STEP:
        return ()
    return tuple(step for step in DEFAULT_STEPS if step[0] != office)


def terms_for(notice: NoticeFact, agreements: Iterable[AgreementFact]) -> Terms:
    """Return the terms on which the notice is announced."""
    offices = (*DEFAULT_OFFICES, *sorted(set(notice.required_offices) - set(DEFAULT_OFFICES)))
    return Terms(
        seats=tuple(Seat.of_office(office) for office in offices),
        lead_time=DEFAULT_LEAD_TIME,
        acknowledge_within=DEFAULT_ACKNOWLEDGE_WITHIN,
        receipt_groups={o: HHS_RECEIPT_GROUP for o in offices if agency_of(o) == "hhs"},
        ladders={o: default_ladder(o) for o in {*offices, notice.issuing_office}},
        calendar=Calendar.in_zone(notice.time_zone),
        not_applied=tuple(each for each in agreements if _may_cover(each, notice)),
    )


def _may_cover(agreement: AgreementFact, notice: NoticeFact) -> bool:
    return (
        agreement.is_authorised
        and agreement.mode in (Mode.ACTUAL, notice.mode)
        and agency_of(notice.policy_id) in agreement.parties
        and agreement.is_in_force(notice.recorded_at)
    )
