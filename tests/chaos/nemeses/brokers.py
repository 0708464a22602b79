"""Faults of the brokers. Two of three must always be left: that is what replication promises."""

from __future__ import annotations

import time
from collections.abc import Callable

from bus.local.cluster import are_replicas_in_sync
from bus.local.stack import Server
from tests.chaos.arena import Arena
from tests.chaos.workload import CUSTODY, NOTICES

NUMBERS = (1, 2, 3)
FROZEN_SECONDS = 6.0
"""Twice a broker's session timeout: others lead its partitions when it thaws."""


def kill_broker(arena: Arena) -> None:
    """Kill -9 any broker."""
    _kill(arena, arena.chance.choice(NUMBERS), lambda: True)


def kill_leader(arena: Arena) -> None:
    """Kill -9 the leader of a partition that is written all the time, and wait for the next."""
    topic, partition = arena.settings.names.on_broker(CUSTODY), arena.chance.randrange(12)
    leader = arena.stack.leader_of(topic, partition)
    assert leader is not None
    _kill(arena, leader, lambda: arena.stack.leader_of(topic, partition) not in (None, leader))


def kill_controller(arena: Arena) -> None:
    """Kill -9 the active controller, and wait for the next, and for others to lead for it."""
    controller = arena.stack.active_controller()
    assert controller is not None
    topic = arena.settings.names.on_broker(CUSTODY)

    def has_successors() -> bool:
        leaders = {arena.stack.leader_of(topic, partition) for partition in range(12)}
        return arena.stack.active_controller() not in (None, controller) and not (
            leaders & {None, controller}
        )

    _kill(arena, controller, has_successors)


def freeze_broker(arena: Arena) -> None:
    """Stop a broker until the others have fenced it, then let it go on as if it still led."""
    number = arena.chance.choice(NUMBERS)
    arena.stack.freeze(Server.KAFKA, number)
    try:
        time.sleep(FROZEN_SECONDS)
    finally:
        arena.stack.thaw(Server.KAFKA, number)
    _until_in_sync(arena)


def restart_in_turn(arena: Arena) -> None:
    """Restart every broker cleanly, one after the other, as for an upgrade."""
    for number in NUMBERS:
        arena.stack.stop(Server.KAFKA, number)
        arena.stack.start(Server.KAFKA, number)
        _until_in_sync(arena)


def _kill(arena: Arena, number: int, has_consequence: Callable[[], bool]) -> None:
    """Kill a broker, let the bus work without it, and bring it back at its address."""
    arena.until_applied(1)
    arena.stack.kill(Server.KAFKA, number)
    try:
        arena.until(has_consequence, "another one takes over")
        arena.until_applied(10)
    finally:
        arena.stack.start(Server.KAFKA, number)
    _until_in_sync(arena)


def _until_in_sync(arena: Arena) -> None:
    topics = [arena.settings.names.on_broker(topic) for topic in (CUSTODY, NOTICES)]
    bootstrap = arena.settings.bootstrap
    arena.until(
        lambda: all(are_replicas_in_sync(bootstrap, topic) for topic in topics),
        "every replica is in sync",
    )
