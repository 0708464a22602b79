"""Waits after a fault."""

from __future__ import annotations

from bus.publishing.relay import Backoff, Pace


def test_waits_grow_up_to_a_limit_and_begin_again_after_a_success() -> None:
    backoff = Backoff(Pace(first_backoff=0.1, backoff_limit=2.0))

    waits = [backoff.next() for _ in range(200)]
    backoff.reset()
    after = backoff.next()

    assert all(0.05 <= wait <= 2.0 for wait in waits)
    assert waits[0] <= 0.1
    assert max(waits) > 1.5
    assert after <= 0.1


def test_waits_are_spread_so_that_relays_do_not_return_all_at_once() -> None:
    pace = Pace(first_backoff=0.1, backoff_limit=2.0)
    waits = set()
    for _ in range(20):
        backoff = Backoff(pace)
        waits.add([backoff.next() for _ in range(6)][-1])

    assert len(waits) > 15
