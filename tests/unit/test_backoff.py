"""Waits between tries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bus.backoff import Backoff


@given(first=st.floats(0.001, 10), limit=st.floats(0.001, 10), failures=st.integers(1, 3000))
def test_a_wait_never_passes_the_limit_however_often_it_failed(
    first: float, limit: float, failures: int
) -> None:
    backoff = Backoff(first, limit)

    waits = [backoff.next() for _ in range(failures)]

    assert all(0 <= wait <= limit for wait in waits)


def test_waits_begin_short_and_begin_again_after_a_reset() -> None:
    backoff = Backoff(0.1, 60.0)
    for _ in range(20):
        backoff.next()

    backoff.reset()

    assert backoff.next() <= 0.1


def test_waits_are_spread_so_that_not_all_come_back_at_once() -> None:
    waits = {[backoff.next() for _ in range(6)][-1] for backoff in backoffs(20)}

    assert len(waits) > 15


def backoffs(count: int) -> list[Backoff]:
    """Return so many that have not failed yet."""
    return [Backoff(0.1, 2.0) for _ in range(count)]
