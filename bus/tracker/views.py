"""Clearances and answers as people and programs are shown them: plain values by name."""

from __future__ import annotations

from collections.abc import Iterable

from bus.notices.assessment import OfficeState, SeatState
from bus.notices.clearance import Clearance
from bus.notices.gate import Position
from bus.notices.states import Reason

View = dict[str, object]


def dimensions_of(clearance: Clearance) -> View:
    """Return the dimensions, and what they add up to."""
    return {
        "revision": clearance.revision,
        "material_digest": clearance.material_digest,
        "record": clearance.record,
        "answer": clearance.answer,
        "lead": clearance.lead,
        "force": clearance.force,
        "mode": clearance.mode,
        "announced": clearance.announced,
    }


def clearance_view(clearance: Clearance) -> View:
    """Return a clearance with the moments that it was asked for."""
    return {
        "policy_id": clearance.policy_id,
        "at": clearance.at,
        "known_at": clearance.known_at,
        **dimensions_of(clearance),
        "clear": clearance.clear,
        "delivered_at": clearance.delivered_at,
        "due_at": clearance.due_at,
        "overdue": clearance.overdue,
        "changes_at": clearance.changes_at,
        "seats": [_seat(each, clearance) for each in clearance.seats],
        "reasons": reasons_view(clearance.reasons),
    }


def _seat(seat: SeatState, clearance: Clearance) -> View:
    return {
        "seat_id": seat.seat.seat_id,
        "filled": seat.is_filled,
        "acceptances_needed": seat.seat.acceptances_needed,
        "offices": [office_view(each, clearance) for each in seat.offices],
    }


def office_view(office: OfficeState, clearance: Clearance) -> View:
    """Return where an office stands."""
    return {
        "office": office.office,
        "decision": office.decision,
        "is_acceptance": office.is_acceptance,
        "delivered_at": office.delivered_at,
        "due_at": office.due_at,
        "lead": office.lead,
        "overdue": office.is_overdue(clearance.at),
    }


def reasons_view(reasons: Iterable[Reason]) -> list[View]:
    """Return reasons with the fact behind each."""
    return [{"code": each.code, "fact": each.fact, "office": each.office} for each in reasons]


def positions_view(positions: Iterable[Position]) -> list[View]:
    """Return how far the tracker had read."""
    return [
        {"topic": each.topic, "partition": each.partition, "next_offset": each.next_offset}
        for each in positions
    ]
