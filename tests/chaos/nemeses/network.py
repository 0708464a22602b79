"""Faults of the network between every second process and the brokers."""

from __future__ import annotations

import time

from tests.chaos.arena import Arena

AWAY_SECONDS = 3.0
SLOW_SECONDS = 4.0
DELAY_SECONDS = 0.2


def cut(arena: Arena) -> None:
    """End every connection and refuse new ones."""
    arena.ground.network.cut()
    _restore_after(arena, AWAY_SECONDS)


def silence(arena: Arena) -> None:
    """Let nothing through and end nothing, as when a cable is pulled."""
    arena.ground.network.silence()
    _restore_after(arena, AWAY_SECONDS)


def slow(arena: Arena) -> None:
    """Hold each piece of data back, in both directions."""
    arena.ground.network.slow(DELAY_SECONDS)
    _restore_after(arena, SLOW_SECONDS)


def _restore_after(arena: Arena, seconds: float) -> None:
    try:
        time.sleep(seconds)
    finally:
        arena.ground.network.restore()
    arena.until_applied(10)
