"""Tells when a member of a group has been without an assignment for too long.

aiokafka tries to join again for ever. Where that has got stuck, nothing but a new consumer helps.
"""

from __future__ import annotations


class Watchdog:
    """Watches one membership. Times are in seconds of a clock that never goes back."""

    def __init__(self, limit: float, now: float) -> None:
        self._limit = limit
        self._outside_since: float | None = now

    def assigned(self) -> None:
        """Note that the group has assigned partitions, perhaps none."""
        self._outside_since = None

    def revoked(self, now: float) -> None:
        """Note that the assignment is over, and the next one to come."""
        self._outside_since = now

    def is_stuck(self, now: float) -> bool:
        """Tell whether the next assignment is overdue."""
        return self._outside_since is not None and now > self._outside_since + self._limit
