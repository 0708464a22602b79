"""When a membership is given up for a new one."""

from __future__ import annotations

from bus.consuming.watchdog import Watchdog


def test_a_member_that_was_never_assigned_anything_is_stuck_after_the_limit() -> None:
    watchdog = Watchdog(limit=60, now=100)

    assert [watchdog.is_stuck(now) for now in (100, 160, 160.1)] == [False, False, True]


def test_an_assigned_member_is_never_stuck() -> None:
    watchdog = Watchdog(limit=60, now=100)

    watchdog.assigned()

    assert not watchdog.is_stuck(1e9)


def test_the_limit_counts_from_the_last_revocation() -> None:
    watchdog = Watchdog(limit=60, now=100)
    watchdog.assigned()

    watchdog.revoked(now=500)

    assert [watchdog.is_stuck(now) for now in (560, 561)] == [False, True]
