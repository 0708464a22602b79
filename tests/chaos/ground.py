"""What arenas stand on: three brokers, a database server, the network and a disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.chaos.arena import BROKERS, Ground
from tests.chaos.disk import Disk, disk
from tests.chaos.network import network
from tests.stack import own_stack


@contextmanager
def ground(logs: Path, *, lock_seconds: float) -> Iterator[Ground]:
    """Start everything; stop and remove it at the end. The services' logs go to `logs`."""
    with disk() as own_disk, own_stack("chaos", BROKERS, has_detours=True) as stack:
        addresses = stack.up()
        if isinstance(own_disk, Disk):
            with psycopg.connect(addresses.database_url, autocommit=True) as server:
                server.execute(f"CREATE TABLESPACE small LOCATION '{own_disk.path}'".encode())
        with network(stack.detours()) as own_network:
            yield Ground(stack, addresses, own_network, own_disk, logs, lock_seconds)
