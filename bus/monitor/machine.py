"""Clocks and disks: what everything stands on."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bus.errors import FaultError
from bus.settings import Settings
from bus.storage.connections import Connection
from bus.topics import OWNERS


def skew_beyond(earliest: datetime, told: datetime, latest: datetime) -> float:
    """Return by how many seconds a clock is surely wrong that told this moment in between; else 0.

    Ahead is above 0.
    """
    if told < earliest:
        return (told - earliest).total_seconds()
    return max(0.0, (told - latest).total_seconds())


async def database_skew(connection: Connection) -> float:
    """Return by how many seconds the database's clock is surely ahead of this machine's."""
    asked = datetime.now(UTC)
    ((told,),) = await (await connection.execute("SELECT clock_timestamp()")).fetchall()
    return skew_beyond(asked, told, datetime.now(UTC))


def places_of(settings: Settings) -> dict[str, Path]:
    """Return the disks to watch, by name: those that the setting names, and under each spool."""
    spools = {f"spool-{owner}": settings.spool_of(owner) for owner in OWNERS}
    folders = {name: path.absolute().parent for name, path in spools.items() if path is not None}
    return settings.disk_places | folders


def disk_usages(places: Mapping[str, Path]) -> dict[str, tuple[int, int]]:
    """Return free and whole size of each disk in bytes. Blocks; raises FaultError for no disk."""
    usages = {}
    for name, path in places.items():
        try:
            usage = shutil.disk_usage(path)
        except OSError as error:
            raise FaultError(f"the disk {name} can't be looked at: {error.strerror}") from error
        usages[name] = (usage.free, usage.total)
    return usages
