"""When a chart shows a shift that hasn't been told.

A chart runs from one reset to the next: a policy that explained the share, or an office that
resolved the finding. Each run shows at most one shift. So a shift that goes on after a finding was
resolved, without a policy, is told again, and a day that is counted anew changes nothing told.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from bus.events import Mode
from bus.notices.findings import Finding, FindingKind
from bus.notices.practice.chart import (
    PLAN,
    Baseline,
    Count,
    Plan,
    estimate,
    first_crossing,
    weights,
)
from bus.notices.practice.counts import STREAMS, DayCount, Place, Stream, counts_of, split_reference
from bus.notices.practice.cover import Cover


@dataclass(frozen=True, slots=True)
class Told:
    """A shift that was told: the day that showed it, and the day on which it was resolved."""

    day: date
    resolved_on: date | None = None


def first_crossings(
    counts: Sequence[Count],
    baseline: Baseline,
    plan: Plan,
    *,
    told: Iterable[Told] = (),
    explained: Collection[date] = (),
) -> list[Count]:
    """Return the day of each run that shows a shift that wasn't told in that run."""
    known = list(told)
    resets = sorted({*explained, *(each.resolved_on for each in known if each.resolved_on)})
    told_runs = {bisect_right(resets, each.day) for each in known}
    watched = [each for each in counts if each.day not in explained]
    found = []
    for run, days in groupby(watched, key=lambda each: bisect_right(resets, each.day)):
        if run in told_runs:
            continue
        run_days = list(days)
        index = first_crossing(weights(run_days, baseline, plan.odds_ratio), plan)
        if index is not None:
            found.append(run_days[index])
    return found


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift that hasn't been told: in whose sector, of which share, and the day that shows it."""

    place: Place
    stream: Stream
    shown: Count
    baseline: Baseline

    @property
    def finding(self) -> Finding:
        """The finding, opened when the day that shows it is over."""
        day = self.shown.day
        return Finding(
            kind=FindingKind.PRACTICE_SHIFT,
            cause=(*self.place, self.stream.code, day.isoformat()),
            mode=Mode.ACTUAL,
            opened_at=datetime.combine(day, time(), UTC) + timedelta(days=1),
            facts=(
                f"sector: {self.place.sector or 'not stated'}",
                f"shown on: {day.isoformat()}",
                f"on that day: {self.shown.events} of {self.shown.trials}",
                f"baseline share: {self.baseline.share:.4f}",
            ),
            reason=self.stream.code,
            office=self.place.agency,
        )


def shifts_of(
    place: Place,
    counts: Iterable[DayCount],
    told: Mapping[Stream, Sequence[Told]],
    covers: Iterable[Cover],
    *,
    plan: Plan = PLAN,
) -> Iterator[Shift]:
    """Yield the shifts that a sector's days show, but those that were told or are explained.

    `counts` are of days that are over.
    """
    reference, judged = split_reference(counts)
    if not judged:
        return
    announced = list(covers)
    for stream in STREAMS:
        baseline = estimate(counts_of(stream, reference))
        explained = {each.day for each in announced if each.explains(stream, place.sector)}
        days = counts_of(stream, judged)
        known = told.get(stream, ())
        for shown in first_crossings(days, baseline, plan, told=known, explained=explained):
            yield Shift(place, stream, shown, baseline)
