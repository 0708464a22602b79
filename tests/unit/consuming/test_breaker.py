"""When a group stops because too many of its records fail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.consuming.breaker import BreakerLimits, Window

LIMITS = BreakerLimits(share=0.2, minimum=200, window=60.0, pause=30.0, pause_limit=600.0)


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 60)), max_size=20))
def test_what_may_fail_is_just_below_the_share_of_all_within_the_window(
    batches: list[tuple[int, int]],
) -> None:
    window = Window(LIMITS)
    for records, failed in batches:
        window.add(0.0, records, min(failed, records))
    total = sum(records for records, _ in batches) + 100
    before = sum(min(failed, records) for records, failed in batches)

    allowance = window.allowance(1.0, 100)

    if total < LIMITS.minimum:
        assert allowance is None
    else:
        assert allowance is not None
        assert (before + allowance) / total < LIMITS.share or allowance == 0
        assert (before + allowance + 1) / total >= LIMITS.share


def test_a_few_records_may_all_fail() -> None:
    assert Window(LIMITS).allowance(0.0, LIMITS.minimum - 1) is None


def test_what_is_older_than_the_window_is_forgotten() -> None:
    window = Window(LIMITS)
    window.add(0.0, 1000, 1000)

    assert window.allowance(59.9, 200) == 0
    assert window.allowance(60.0, 200) == 39


def test_cleared_it_begins_anew() -> None:
    window = Window(LIMITS)
    window.add(0.0, 1000, 1000)

    window.clear()

    assert window.allowance(0.0, 200) == 39


@pytest.mark.parametrize(
    ("openings", "seconds"), [(1, 30), (2, 60), (5, 480), (6, 600), (9999, 600)]
)
def test_it_stays_open_twice_as_long_each_time_up_to_a_limit(openings: int, seconds: int) -> None:
    assert LIMITS.pause_after(openings) == seconds
