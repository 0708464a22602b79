"""On which days an announced policy explains what a sector does.

Explaining silences a chart, so it is read strictly: by what was known at the day's end, and only
where the whole guarantee held. A day on which such a policy comes into force, or ends, is covered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bus.notices.detector.evidence import Judged, judging
from bus.notices.facts import Scope
from bus.notices.history import History
from bus.notices.practice.counts import Stream

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cover:
    """An announced policy was clear on this day, for what its scope says."""

    day: date
    scope: Scope

    def explains(self, stream: Stream, sector: str) -> bool:
        """Tell whether the policy covers these events; of all separations, those of any reason.

        Each reason has a stream of its own, which a policy for another doesn't explain.
        """
        scope = self.scope
        return scope.speaks_to(sector=sector, event_kind=stream.event_kind) and (
            stream.reason is None
            or not scope.separation_reasons
            or stream.reason in scope.separation_reasons
        )


def covers_of(policy_id: str, history: History, days: Iterable[date]) -> list[Cover]:
    """Return the days among these on which the policy was clear.

    `history` needs what a dossier needs.
    """
    if not history.epochs:
        return []
    judged = judging(history, policy_id)
    covers = []
    for day in days:
        start = datetime.combine(day, time(), UTC)
        for moment in (start, start + DAY):
            if (scope := _clear_scope(judged, moment, history.epochs[0])) is not None:
                covers.append(Cover(day, scope))
                break
    return covers


def _clear_scope(judged: Judged, moment: datetime, first: datetime) -> Scope | None:
    if moment < first:
        return None
    clearance = judged(moment).at(moment)
    return clearance.scope if clearance.clear else None
