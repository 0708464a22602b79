"""Whose acceptance a notice needs, how long before it takes effect, and who receipts for whom.

The agreements that apply to a notice say so, those of its `recorded_at` (`versions.py`). Where
none does, the built-in default: HHS's two offices must accept, whoever is addressed, and 30
calendar days before the policy takes effect the text must have reached both. A sender can
require more offices, never leave one out.

Where several apply, all must be kept: every seat, every group that receipts for an office, and
the longest lead time. An agreement sets the default aside only if the agency of its offices is a
party, and if everything about it is right. One that contradicts itself, or that can't be read in
full, adds its seats and its lead time to the default, and grants nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from bus.notices.durations import Calendar, Duration, business_days, calendar_days
from bus.notices.facts import AgreementFact, Ladder, NoticeFact, Seat
from bus.notices.states import ObjectionAfterEffect
from bus.notices.versions import Applied, applying_to
from bus.topics import agency_of

__all__ = ["Ladder", "LeadTime", "Seat", "Span", "Terms", "Turn", "terms_for"]


class Turn(NamedTuple):
    """From when to turn to this office."""

    office: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, and the calendar in which its days are counted."""

    duration: Duration
    calendar: Calendar

    def after(self, moment: datetime) -> datetime:
        """Return the first moment at which this time since `moment` is over."""
        return self.duration.after(moment, self.calendar)


@dataclass(frozen=True, slots=True)
class LeadTime:
    """How long before its effect a text must be delivered, and how long in an emergency."""

    whole: Span
    by_basis: tuple[tuple[str, Span], ...] = ()

    def after(self, moment: datetime, basis: str | None) -> datetime:
        """Return the first moment at which it is over: the shorter one, on a basis that it has."""
        whole = self.whole.after(moment)
        shorter = [span.after(moment) for name, span in self.by_basis if name == basis]
        return min(whole, max(shorter)) if shorter else whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the agreements ask for one notice. Every time in them runs from a delivery.

    `receipt_groups` names for each office the groups whose receipts prove delivery to it: all of
    them must. `ladders` names for each office whom to turn to while it is silent. Until
    `grace_ends_at` nobody is blamed that a baseline isn't announced; None where there is no grace.
    """

    seats: tuple[Seat, ...]
    lead_times: tuple[LeadTime, ...]
    answer_times: tuple[Span, ...]
    receipt_groups: Mapping[str, frozenset[str]]
    ladders: Mapping[str, tuple[tuple[str, Span], ...]]
    objection_after_effect: ObjectionAfterEffect = ObjectionAfterEffect.WARN
    grace_ends_at: datetime | None = None

    @property
    def offices(self) -> tuple[str, ...]:
        """Every office of a required seat, by name."""
        return tuple(sorted({office for seat in self.seats for office in seat.offices}))

    @property
    def lead_time(self) -> str:
        """Every lead time that must be kept, in words."""
        return " and ".join(dict.fromkeys(str(each.whole.duration) for each in self.lead_times))

    def earliest_effect(self, delivered_at: datetime, basis: str | None = None) -> datetime:
        """Return from when a policy may be in force whose text was delivered at this moment.

        With the basis of an emergency: where an agreement has it, by its shorter lead time.
        """
        return max(each.after(delivered_at, basis) for each in self.lead_times)

    def has_basis(self, basis: str) -> bool:
        """Whether any agreement enumerates this basis of an emergency."""
        return any(name == basis for each in self.lead_times for name, _ in each.by_basis)

    def is_in_grace(self, at: datetime) -> bool:
        return self.grace_ends_at is not None and at < self.grace_ends_at

    def due_at(self, delivered_at: datetime) -> datetime:
        """Return when the time to answer is over for an office that was delivered to."""
        return min(each.after(delivered_at) for each in self.answer_times)

    def climb(self, office: str, since: datetime) -> tuple[Turn, ...]:
        """Return whom to turn to, and when, while the office is silent since this moment.

        `since` is the delivery to it, or what an office must look at without one.
        """
        turns = [Turn(to, after.after(since)) for to, after in self.ladders.get(office, ())]
        return tuple(sorted(turns, key=lambda turn: turn.at))


DEFAULT_OFFICES = ("hhs.orr.intake", "hhs.orr.director")
DEFAULT_LEAD_TIME = calendar_days(30)

DEFAULT_ACKNOWLEDGE_WITHIN = DEFAULT_LEAD_TIME
"""The default names no other time: an office has as long to answer as it must be told ahead."""

BASELINE_DAYS = 90
"""How long after an agreement begins what was in force by then may be announced as BASELINE."""

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


def default_groups(office: str) -> frozenset[str]:
    """Return the groups that receipt for this office where nobody agreed on one."""
    return frozenset({HHS_RECEIPT_GROUP} if agency_of(office) == "hhs" else ())


def default_ladder(office: str) -> Ladder:
    """Return whom to turn to while this office is silent, of whatever agency it is.

    An office that is silent isn't turned to about itself; the inspector general has nobody above.
    """
    if office == LAST_STEP:
        return ()
    return tuple(step for step in DEFAULT_STEPS if step[0] != office)


AGENCY_STEPS: Mapping[str, Ladder] = {
    "doj": (("doj.oag", business_days(1)),),
    "dhs": (("dhs.plcy", business_days(1)),),
}
"""Who answers for an agency first, where nobody in it has looked at what is about it."""


def agency_steps(about: str) -> Ladder:
    """Return who answers first for the agency of this office, but itself."""
    own = AGENCY_STEPS.get(agency_of(about), ())
    return tuple(step for step in own if step[0] != about)


def terms_for(notice: NoticeFact, agreements: Iterable[AgreementFact]) -> Terms:
    """Return the terms on which the notice is announced."""
    applying = applying_to(notice, agreements)
    parts = [part for each in applying for part in _parts_of(each, notice)]
    if not any(_sets_the_default_aside(each) for each in applying if each.is_sound) or not all(
        each.is_sound for each in applying
    ):
        parts = [_default_terms(notice), *parts]
    return _with_the_senders(_together(parts), notice)


def _sets_the_default_aside(applied: Applied) -> bool:
    """Whether the agency whose offices the default asks agreed to something else."""
    return {agency_of(office) for office in DEFAULT_OFFICES} <= applied.agreement.parties


def _parts_of(applied: Applied, notice: NoticeFact) -> list[Terms]:
    if applied.is_sound:
        agreed = _agreed_terms(applied.agreement, notice)
        return [replace(agreed, grace_ends_at=_end_of_grace(applied, notice))]
    doubtful = [_agreed_terms(each, notice) for each in applied.version.contents]
    return [replace(each, receipt_groups={}) for each in doubtful]


def _end_of_grace(applied: Applied, notice: NoticeFact) -> datetime | None:
    """Return until when a baseline may be announced: what was in force when it was agreed on."""
    agreement = applied.agreement
    zone = Calendar.in_zone(agreement.time_zone)
    end = zone.days_later(applied.began_at, BASELINE_DAYS)
    is_before = notice.is_baseline and notice.effective_at <= applied.began_at
    return end if is_before and notice.recorded_at < end else None


def _agreed_terms(agreement: AgreementFact, notice: NoticeFact) -> Terms:
    calendar = Calendar.in_zone(agreement.time_zone, agreement.holidays)
    told = Calendar.in_zone(notice.time_zone, agreement.holidays)
    shorter = ((basis, least) for basis, least in agreement.emergency_bases if least.amount > 0)
    groups: dict[str, frozenset[str]] = {}
    for office, group in agreement.receipts:
        groups[office] = groups.get(office, frozenset()) | {group}
    return Terms(
        seats=agreement.seats,
        lead_times=(
            LeadTime(
                Span(agreement.lead_time, told),
                tuple((basis, Span(least, told)) for basis, least in shorter),
            ),
        ),
        answer_times=(Span(agreement.acknowledge_within, calendar),),
        receipt_groups=groups,
        ladders={office: _steps_in(calendar, ladder) for office, ladder in agreement.ladders},
        objection_after_effect=agreement.objection_after_effect,
    )


def _default_terms(notice: NoticeFact) -> Terms:
    calendar = Calendar.in_zone(notice.time_zone)
    return Terms(
        seats=tuple(Seat.of_office(office) for office in DEFAULT_OFFICES),
        lead_times=(LeadTime(Span(DEFAULT_LEAD_TIME, calendar)),),
        answer_times=(Span(DEFAULT_ACKNOWLEDGE_WITHIN, calendar),),
        receipt_groups={office: default_groups(office) for office in DEFAULT_OFFICES},
        ladders={},
    )


def _together(parts: Sequence[Terms]) -> Terms:
    """Return what keeps each of them."""
    closes = ObjectionAfterEffect.CLOSE in {each.objection_after_effect for each in parts}
    graces = [each.grace_ends_at for each in parts]
    ends = [each for each in graces if each is not None]
    return Terms(
        seats=_distinct(seat for part in parts for seat in part.seats),
        lead_times=tuple(each for part in parts for each in part.lead_times),
        answer_times=tuple(each for part in parts for each in part.answer_times),
        receipt_groups=_by_office(parts),
        ladders={
            office: tuple(step for part in parts for step in part.ladders.get(office, ()))
            for office in {office for part in parts for office in part.ladders}
        },
        objection_after_effect=ObjectionAfterEffect.CLOSE if closes else ObjectionAfterEffect.WARN,
        grace_ends_at=min(ends) if len(ends) == len(graces) else None,
    )


def _by_office(parts: Iterable[Terms]) -> dict[str, frozenset[str]]:
    groups: dict[str, frozenset[str]] = {}
    for part in parts:
        for office, named in part.receipt_groups.items():
            groups[office] = groups.get(office, frozenset()) | named
    return groups


def _distinct(seats: Iterable[Seat]) -> tuple[Seat, ...]:
    """Return each seat once, whatever agreements call it; a name that is taken gets a number."""
    first: dict[tuple[frozenset[str], int], Seat] = {}
    for seat in seats:
        first.setdefault((frozenset(seat.offices), seat.acceptances_needed), seat)
    named: dict[str, Seat] = {}
    for seat in first.values():
        name, number = seat.seat_id, 1
        while name in named:
            number += 1
            name = f"{seat.seat_id}-{number}"
        named[name] = replace(seat, seat_id=name)
    return tuple(named.values())


def _with_the_senders(terms: Terms, notice: NoticeFact) -> Terms:
    """Add the offices that the sender requires, and what nobody has agreed on for an office.

    Where the agreements have no seat, the sender's offices are none either: a sender can't make
    up alone whose acceptance is enough.
    """
    alone = {office for seat in terms.seats if seat.needs_all for office in seat.offices}
    added = [office for office in notice.required_offices if office not in alone]
    seats = (*terms.seats, *map(Seat.of_office, added)) if terms.seats else ()
    groups = {office: default_groups(office) for office in added if default_groups(office)}
    asked = {*(office for seat in seats for office in seat.offices), notice.issuing_office}
    calendar = Calendar.in_zone(notice.time_zone)
    ladders = {office: _steps_in(calendar, default_ladder(office)) for office in asked}
    return replace(
        terms,
        seats=seats,
        receipt_groups={**groups, **terms.receipt_groups},
        ladders={**ladders, **terms.ladders},
    )


def _steps_in(calendar: Calendar, ladder: Ladder) -> tuple[tuple[str, Span], ...]:
    return tuple((office, Span(after, calendar)) for office, after in ladder)
