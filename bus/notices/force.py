"""Whether a policy is in force at a moment, and when that may change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bus.notices.dossier import Dossier
from bus.notices.facts import NoticeFact
from bus.notices.states import Code, Force, Reason
from bus.notices.stays import stays_of


def force_at(
    at: datetime, notice: NoticeFact, dossier: Dossier
) -> tuple[Force, tuple[Reason, ...]]:
    """Return the force dimension for the governing notice, and why: the first value that holds.

    A cancellation voids every revision, wherever it arrives. A stay holds whatever part of the
    policy it names.
    """
    ended = tuple(_endings(at, notice, dossier))
    if ended:
        return Force.ENDED, ended
    stayed = tuple(
        Reason(Code.STAYED, str(each.stay.event_id), each.stay.office)
        for each in stays_of(dossier)
        if each.holds_at(at)
    )
    if stayed:
        return Force.STAYED, stayed
    if notice.effective_at <= at:
        return Force.IN_FORCE, (Reason(Code.IN_FORCE, str(notice.event_id)),)
    return Force.NOT_YET, (Reason(Code.NOT_YET_EFFECTIVE, str(notice.event_id)),)


def _endings(at: datetime, notice: NoticeFact, dossier: Dossier) -> Iterator[Reason]:
    for cancel in dossier.cancellations:
        if cancel.holds_at(at):
            yield Reason(Code.CANCELLED, str(cancel.event_id), cancel.office)
    for succession in dossier.successions:
        if succession.since <= at:
            yield Reason(Code.SUPERSEDED, str(succession.notice.event_id))
    if notice.expires_at is not None and notice.expires_at <= at:
        yield Reason(Code.EXPIRED, str(notice.event_id))
    if notice.emergency_ends_at is not None and notice.emergency_ends_at <= at:
        yield Reason(Code.EMERGENCY_OVER, str(notice.event_id))


def turning_points(dossier: Dossier) -> set[datetime]:
    """Return every moment at which time alone may change a force, or which revision governs."""
    moments: set[datetime | None] = {succession.since for succession in dossier.successions}
    for notice in dossier.notices:
        moments |= {notice.effective_at, notice.expires_at, notice.emergency_ends_at}
    moments |= {cancel.since for cancel in dossier.cancellations}
    for each in stays_of(dossier):
        moments |= {each.stay.since, each.lifted_at}
    return {moment for moment in moments if moment is not None}
