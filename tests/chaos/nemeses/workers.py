"""Faults of the bus's own processes."""

from __future__ import annotations

import time

from tests.chaos.arena import Arena

FROZEN_SECONDS = 3.0
"""Twice the session timeout: the group has given its partitions away when it thaws."""

PILE_UP_SECONDS = 0.8
"""Half the session timeout."""

HANDS_FULL_SECONDS = 0.1


def kill_worker(arena: Arena) -> None:
    """Kill -9 a worker in the middle of some batch; another takes its place at once."""
    arena.until_applied(arena.chance.randint(1, 60))
    victim = arena.chance.choice(arena.workers)
    victim.kill()
    arena.replace_worker(victim)


def freeze_worker(arena: Arena) -> None:
    """Stop a worker until others have its partitions, then let it go on as if it had them.

    It is stopped with its hands full: records have piled up, so that it holds some of them.
    """
    _pile_up(arena)
    victim = arena.chance.choice(arena.workers)
    time.sleep(arena.chance.uniform(0, HANDS_FULL_SECONDS))
    victim.freeze()
    try:
        time.sleep(FROZEN_SECONDS)
    finally:
        victim.thaw()
    arena.until_applied(10)


def _pile_up(arena: Arena) -> None:
    """Keep every worker from its work for a while, but not so long that it loses its place."""
    for worker in arena.workers:
        worker.freeze()
    time.sleep(PILE_UP_SECONDS)
    for worker in arena.workers:
        worker.thaw()


def kill_relay(arena: Arena) -> None:
    """Kill -9 the relay in the middle of some batch; another takes its place at once."""
    arena.relay.freeze()
    arena.until_committed(60)
    arena.relay.thaw()
    time.sleep(arena.chance.uniform(0, HANDS_FULL_SECONDS))
    arena.relay.kill()
    arena.replace_relay()
    arena.until_applied(10)


def freeze_relay(arena: Arena) -> None:
    """Stop the relay for longer than any of its sessions may be silent."""
    arena.relay.freeze()
    try:
        time.sleep(FROZEN_SECONDS)
    finally:
        arena.relay.thaw()
    arena.until_applied(10)


def rebalance(arena: Arena) -> None:
    """Let workers come and go, so that the group is never done with sharing the work."""
    extra = [arena.start_worker(), arena.start_worker()]
    arena.workers += extra
    extra[0].await_ready()
    for leaving in arena.chance.sample(arena.workers, 2):
        arena.workers.remove(leaving)
        assert leaving.stop() == 0, leaving.log[-2000:]
    arena.until_applied(10)
