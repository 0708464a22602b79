"""A change of practice that no policy explains: counts in, findings out.

counts.py   which shares are watched, and the days' counts of them
chart.py    the chart of one share: a baseline, and a sum that grows while days speak against it
shifts.py   when a chart shows a shift that hasn't been told, and starts anew
cover.py    on which days an announced policy explains a share
"""

from __future__ import annotations

from bus.notices.practice.chart import PLAN, REFERENCE_DAYS, Baseline, Count, Plan, estimate
from bus.notices.practice.counts import STREAMS, WATCHED_KINDS, DayCount, Place, Population, Stream
from bus.notices.practice.cover import Cover, covers_of
from bus.notices.practice.shifts import Shift, Told, first_crossings, shifts_of

__all__ = [
    "PLAN",
    "REFERENCE_DAYS",
    "STREAMS",
    "WATCHED_KINDS",
    "Baseline",
    "Count",
    "Cover",
    "DayCount",
    "Place",
    "Plan",
    "Population",
    "Shift",
    "Stream",
    "Told",
    "covers_of",
    "estimate",
    "first_crossings",
    "shifts_of",
]
