"""A policy's stays, and how each one ends.

One office puts a stay on record, and it holds at once. To lift it takes two officers of the
agency that recorded it, who name it; it holds until the moment that they name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bus.notices.dossier import Dossier
from bus.notices.facts import CoordinationFact, CoordinationKind, LiftStay
from bus.notices.states import Code


@dataclass(frozen=True, slots=True)
class StandingStay:
    """A stay, and from when on it is lifted; None while nobody has lifted it."""

    stay: CoordinationFact
    lifted_at: datetime | None

    def holds_at(self, at: datetime) -> bool:
        return self.stay.holds_at(at) and (self.lifted_at is None or at < self.lifted_at)


def stays_of(dossier: Dossier) -> list[StandingStay]:
    """Return the policy's stays, in the log's order."""
    return [
        StandingStay(stay, _lifted_at(stay, dossier))
        for stay in dossier.of_kind(CoordinationKind.STAY)
    ]


def _lifted_at(stay: CoordinationFact, dossier: Dossier) -> datetime | None:
    for lift in dossier.sound_of_kind(CoordinationKind.LIFT_STAY):
        if _is_lifted_by(stay, lift) and isinstance(lift.statement, LiftStay):
            return lift.statement.since
    return None


def _is_lifted_by(stay: CoordinationFact, lift: CoordinationFact) -> bool:
    """Whether it names a stay that its own agency had recorded, and two officers lift it."""
    return (
        _names(lift, stay)
        and stay.owner == lift.owner
        and stay.recorded_at <= lift.recorded_at
        and has_two_officers(lift)
    )


def _names(lift: CoordinationFact, stay: CoordinationFact) -> bool:
    statement = lift.statement
    return isinstance(statement, LiftStay) and statement.stay_id == stay.coordination_id


def has_two_officers(lift: CoordinationFact) -> bool:
    statement = lift.statement
    return isinstance(statement, LiftStay) and statement.approver_id != lift.officer_id


def why_void(lift: CoordinationFact, dossier: Dossier) -> Code | None:
    """Return why it lifts nothing; None if it does. `dossier` is what was known with it."""
    named = [stay for stay in dossier.of_kind(CoordinationKind.STAY) if _names(lift, stay)]
    if not named:
        return Code.STAY_UNKNOWN
    own = [stay for stay in named if stay.owner == lift.owner]
    if not own:
        return Code.OTHER_AGENCY
    if not has_two_officers(lift):
        return Code.ONE_OFFICER
    return Code.STAY_LIFTED if _was_lifted_before(own, lift, dossier) else None


def _was_lifted_before(
    stays: list[CoordinationFact], lift: CoordinationFact, dossier: Dossier
) -> bool:
    earlier = [
        each
        for each in dossier.sound_of_kind(CoordinationKind.LIFT_STAY)
        if each.place < lift.place and each.coordination_id != lift.coordination_id
    ]
    return all(any(_is_lifted_by(stay, each) for each in earlier) for stay in stays)
