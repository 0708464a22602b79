"""Faults of business time.

The machine's own clock can't be set here: it belongs to everybody on the machine, and a process
has no clock of its own. Event ids, limits and back-offs, which use it, are not tried.
"""

from __future__ import annotations

from datetime import timedelta

from tests.chaos.arena import Arena

JUMPS = (timedelta(days=40), timedelta(days=-10), timedelta(seconds=-1), timedelta(days=365))


def jump(arena: Arena) -> None:
    """Give the services a simulated clock that jumps forth and back; then real time again."""
    arena.clock.advance(arena.now())
    arena.restart(is_simulated=True)
    try:
        arena.until_applied(10)
        for step in JUMPS:
            arena.clock.advance(arena.clock.now() + step)
            arena.until_applied(10)
    finally:
        arena.restart(is_simulated=False)
    arena.until_applied(10)
