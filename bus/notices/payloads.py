"""Clearances and findings as the bus publishes them: payloads of `Clearance` and `Finding`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from bus.notices.assessment import OfficeState, SeatState
from bus.notices.clearance import Clearance
from bus.notices.findings import Finding
from bus.notices.gate import Position
from bus.notices.life import FindingState, Life
from bus.notices.rules_version import RULES_VERSION
from bus.notices.states import Reason

PayloadDict = dict[str, object]
Value = TypeVar("Value")


MOMENTARY = ("version", "at", "positions")
"""What of a clearance may differ while its state is the same: when it was said."""


def clearance_payload(
    clearance: Clearance, *, version: int, positions: Iterable[Position]
) -> PayloadDict:
    """Return the payload of a clearance; the tracker counts versions and knows positions."""
    return {
        "policy_id": clearance.policy_id,
        "revision": clearance.revision,
        "material_digest": clearance.material_digest,
        "record": clearance.record.value,
        "answer": _text(clearance.answer),
        "lead": _text(clearance.lead),
        "force": _text(clearance.force),
        "mode": _text(clearance.mode),
        "announced": clearance.announced,
        "clear": clearance.clear,
        "reasons": [_reason(each) for each in clearance.reasons],
        "seats": [_seat(each, clearance.at) for each in clearance.seats],
        "delivered_at": clearance.delivered_at,
        "due_at": clearance.due_at,
        "overdue": clearance.overdue,
        "version": version,
        "at": clearance.at,
        "positions": [_position(each) for each in sorted(positions)],
        "rules_version": RULES_VERSION,
    }


def state_of(payload: Mapping[str, Value]) -> dict[str, Value]:
    """Return what of a clearance's payload is its state: another state is a new version.

    So are the same facts by other rules.
    """
    return {name: value for name, value in payload.items() if name not in MOMENTARY}


def finding_payload(
    finding: Finding, *, version: int = 1, state: FindingState = FindingState.OPEN
) -> PayloadDict:
    """Return the payload of a finding; its version and state are the tracker's to keep."""
    return {
        "finding_id": str(finding.finding_id),
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "mode": finding.mode.value,
        "reason": finding.reason,
        "policy_id": finding.policy_id,
        "office": finding.office,
        "source": finding.source,
        "event_id": str(finding.event_id) if finding.event_id else None,
        "facts": list(finding.facts),
        "opened_at": finding.opened_at,
        "version": version,
        **life_fields(Life()),
        "state": state.value,
        "noticed_at": None,
        "reason_now": None,
    }


def life_fields(life: Life) -> PayloadDict:
    """Return what of a finding's payload depends on its dispositions."""
    return {
        "state": life.state.value,
        "taken_by": life.taken.office if life.taken else None,
        "resolved_by": life.resolved.office if life.resolved else None,
        "officer": life.last.officer_id if life.last else None,
        "reference": life.reference,
    }


def _text(value: StrEnum | None) -> str | None:
    return None if value is None else value.value


def _position(position: Position) -> PayloadDict:
    return {
        "topic": position.topic,
        "partition": position.partition,
        "next_offset": position.next_offset,
    }


def _reason(reason: Reason) -> PayloadDict:
    return {"code": reason.code.value, "fact": reason.fact, "office": reason.office}


def _seat(seat: SeatState, at: datetime) -> PayloadDict:
    return {
        "seat_id": seat.seat.seat_id,
        "filled": seat.is_filled,
        "offices": [_office(each, at) for each in seat.offices],
    }


def _office(office: OfficeState, at: datetime) -> PayloadDict:
    return {
        "office": office.office,
        "decision": _text(office.decision),
        "delivered_at": office.delivered_at,
        "due_at": office.due_at,
        "lead": office.lead.value,
        "overdue": office.is_overdue(at),
    }
