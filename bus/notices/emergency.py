"""Emergencies by which a sender claims a shorter lead time.

It has one only on a basis that the agreement enumerates, with a reason, and for a policy that
ends with the emergency, within 90 days of its effect.
"""

from __future__ import annotations

from bus.notices.agreement import Terms
from bus.notices.durations import Calendar
from bus.notices.facts import Emergency, NoticeFact
from bus.notices.states import Code

LONGEST_DAYS = 90
"""How long after its effect a policy may hold that was announced by an emergency's lead time."""


def basis_of(notice: NoticeFact, terms: Terms) -> str | None:
    """Return the basis that may shorten the lead time; None where there is none."""
    if notice.emergency is None or why_no_emergency(notice, notice.emergency, terms):
        return None
    return notice.emergency.basis


def why_no_emergency(notice: NoticeFact, emergency: Emergency, terms: Terms) -> Code | None:
    """Return what keeps an emergency from shortening anything; None where nothing does."""
    if not terms.has_basis(emergency.basis):
        return Code.BASIS_NOT_AGREED
    if not emergency.is_reasoned:
        return Code.REASON_MISSING
    calendar = Calendar.in_zone(notice.time_zone)
    last = calendar.days_later(notice.effective_at, LONGEST_DAYS)
    return None if notice.effective_at < emergency.ends_at <= last else Code.EMERGENCY_TOO_LONG
