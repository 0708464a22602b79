"""Faults of the database."""

from __future__ import annotations

import time

import psycopg

from bus.local.stack import Server
from tests.chaos.arena import Arena, ImpossibleError
from tests.chaos.disk import Disk

FULL_SECONDS = 2.0
TABLES = ("hhs.consumer_position", "bus.consumer_position", "hhs.inbox", "dhs.outbox_position")

TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def kill_postgres(arena: Arena) -> None:
    """Kill -9 the server, and start it again: it recovers from its log."""
    arena.until_applied(arena.chance.randint(1, 60))
    arena.stack.kill(Server.POSTGRES)
    arena.stack.start(Server.POSTGRES)
    arena.until_applied(10)


def terminate_connections(arena: Arena) -> None:
    """End everybody's session in the middle of whatever it does, three times."""
    for _ in range(3):
        arena.until_applied(arena.chance.randint(1, 30))
        assert int(str(arena.ask(TERMINATE))) > 0
    arena.until_applied(10)


def fill_disk(arena: Arena) -> None:
    """Leave the database no room for another page, until publishers were refused."""
    disk = arena.ground.disk
    if not isinstance(disk, Disk):
        raise ImpossibleError(disk)
    load = arena.load
    assert load is not None
    refused = load.refused
    disk.fill()
    try:
        arena.until(lambda: load.refused > refused, "a publisher meets the full disk")
        time.sleep(FULL_SECONDS)
    finally:
        disk.free()
    arena.until_applied(10)


def hold_lock(arena: Arena) -> None:
    """Hold a lock that nobody can work without, for as long as the arena says."""
    with psycopg.connect(arena.settings.database_url) as connection:
        table = arena.chance.choice(TABLES)
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        time.sleep(arena.ground.lock_seconds)
        connection.rollback()
    arena.until_applied(10)
