"""When a record whose handling failed is tried again, and when no more."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.consuming.retries import Retries, RetryLimits

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Highest(random.Random):
    """Chance that always takes the upper end."""

    def uniform(self, a: float, b: float) -> float:
        return b


def retries(**limits: float) -> Retries:
    return Retries(RetryLimits(**limits), Highest())  # type: ignore[arg-type]


@given(st.integers(1, 4), st.integers(0, 2**32))
def test_it_is_tried_again_at_any_time_up_to_twice_the_last(attempts: int, seed: int) -> None:
    limits = RetryLimits(attempts=5, first=1.0, ceiling=60.0)

    due_at = Retries(limits, random.Random(seed)).due_at(NOW, NOW, attempts)

    assert due_at is not None
    assert NOW <= due_at <= NOW + timedelta(seconds=2 ** (attempts - 1))


def test_no_wait_is_longer_than_the_ceiling() -> None:
    due_at = retries(attempts=1000, ceiling=60.0).due_at(NOW, NOW, 900)

    assert due_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(("attempts", "is_over"), [(4, False), (5, True), (6, True)])
def test_after_so_many_attempts_it_is_over(attempts: int, is_over: bool) -> None:
    assert (retries(attempts=5).due_at(NOW, NOW, attempts) is None) is is_over


@pytest.mark.parametrize(("seconds", "is_over"), [(7.9, False), (8.0, True)])
def test_no_attempt_begins_beyond_the_age(seconds: float, is_over: bool) -> None:
    first_seen = NOW - timedelta(seconds=seconds)

    due_at = retries(age=10.0, first=2.0).due_at(NOW, first_seen, attempts=1)

    assert (due_at is None) is is_over
