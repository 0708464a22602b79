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
from datetime import timedelta

from bus.events import Mode
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an agreement asks for one notice.

    `receipt_groups` names for each office the group whose receipt counts as delivery to it.
    `lead_time` runs from the instant of delivery, `acknowledge_within` too.
    """

    seats: tuple[Seat, ...]
    lead_time: timedelta
    acknowledge_within: timedelta
    receipt_groups: Mapping[str, str]
    not_applied: tuple[AgreementFact, ...] = ()
    objection_after_effect: ObjectionAfterEffect = ObjectionAfterEffect.WARN

    @property
    def offices(self) -> tuple[str, ...]:
        """Every office of a required seat, by name."""
        return tuple(sorted({office for seat in self.seats for office in seat.offices}))


DEFAULT_OFFICES = ("hhs.orr.intake", "hhs.orr.director")
DEFAULT_LEAD_TIME = timedelta(days=30)
"""30 calendar days, counted as 30 times 24 hours from the instant of delivery."""

DEFAULT_ACKNOWLEDGE_WITHIN = DEFAULT_LEAD_TIME
"""The default names no other time: an office has as long to answer as it must be told ahead."""

HHS_RECEIPT_GROUP = "hhs-intake"
"""HHS's machine on the bus. It receipts for each of HHS's offices, and for no others'."""


def terms_for(notice: NoticeFact, agreements: Iterable[AgreementFact]) -> Terms:
    """Return the terms on which the notice is announced."""
    offices = (*DEFAULT_OFFICES, *sorted(set(notice.required_offices) - set(DEFAULT_OFFICES)))
    return Terms(
        seats=tuple(Seat.of_office(office) for office in offices),
        lead_time=DEFAULT_LEAD_TIME,
        acknowledge_within=DEFAULT_ACKNOWLEDGE_WITHIN,
        receipt_groups={o: HHS_RECEIPT_GROUP for o in offices if agency_of(o) == "hhs"},
        not_applied=tuple(each for each in agreements if _may_cover(each, notice)),
    )


def _may_cover(agreement: AgreementFact, notice: NoticeFact) -> bool:
    return (
        agreement.is_authorised
        and agreement.mode in (Mode.ACTUAL, notice.mode)
        and agency_of(notice.policy_id) in agreement.parties
        and agreement.is_in_force(notice.recorded_at)
    )
