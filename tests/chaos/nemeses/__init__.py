"""Every fault that the bus is tried with, each caused for real.

A nemesis does its harm under load, and has undone it when it returns or raises: processes run,
brokers are in sync, the network is whole. The bus is then left to recover by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.chaos.arena import Arena
from tests.chaos.nemeses import brokers, clocks, database, network, records, workers


class Trace(StrEnum):
    """A count of a verdict."""

    PUBLISHED = "published"
    DEAD_LETTERED = "dead_lettered"
    IN_GAPS = "in_gaps"


@dataclass(frozen=True, slots=True)
class Nemesis:
    """A fault by name.

    `cause` does it once. `trace` is the count of a verdict that grows when it was really done.
    """

    name: str
    cause: Callable[[Arena], None]
    trace: Trace = Trace.PUBLISHED


NEMESES = (
    Nemesis("worker killed", workers.kill_worker),
    Nemesis("worker frozen", workers.freeze_worker),
    Nemesis("relay killed", workers.kill_relay),
    Nemesis("relay frozen", workers.freeze_relay),
    Nemesis("rebalance storm", workers.rebalance),
    Nemesis("broker killed", brokers.kill_broker),
    Nemesis("broker frozen", brokers.freeze_broker),
    Nemesis("partition leader killed", brokers.kill_leader),
    Nemesis("controller killed", brokers.kill_controller),
    Nemesis("brokers restarted in turn", brokers.restart_in_turn),
    Nemesis("database killed", database.kill_postgres),
    Nemesis("connections terminated", database.terminate_connections),
    Nemesis("database disk full", database.fill_disk),
    Nemesis("lock held", database.hold_lock),
    Nemesis("network cut", network.cut),
    Nemesis("network silent", network.silence),
    Nemesis("network slow", network.slow),
    Nemesis("clock jumps", clocks.jump),
    Nemesis("poison storm", records.poison, Trace.DEAD_LETTERED),
    Nemesis("unread records expire", records.expire_unread, Trace.IN_GAPS),
)


def named(name: str) -> Nemesis:
    """Return the fault of that name."""
    return next(nemesis for nemesis in NEMESES if nemesis.name == name)
