"""What this process brings itself: its schemas, and the disk under its spools."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

from bus.codec.evolution import check_schemas
from bus.doctor.checks import Check, sound, wrong
from bus.settings import Settings
from bus.topics import OWNERS

LEAST_FREE_SHARE = 0.1


def check_schema_files() -> Check:
    """Look at the schemas that are installed with the bus."""
    faults = check_schemas(files("schemas"))
    if faults:
        mend = "install the release anew: its schemas were changed"
        return wrong("schemas", f"{len(faults)} faults, the first: {faults[0]}", mend)
    return sound("schemas", "every released version is sound")


def check_disks(settings: Settings) -> list[Check]:
    """Look at how much room the spools have left; a database's disk is its server's to watch."""
    spools = [(owner, settings.spool_of(owner)) for owner in OWNERS]
    return [_check_disk(owner, path) for owner, path in spools if path is not None]


def _check_disk(owner: str, path: Path) -> Check:
    what = f"disk under {owner}'s spool"
    folder = path.absolute().parent
    if not folder.is_dir():
        return wrong(what, f"there is no folder {folder}", "make the folder, or mend the setting")
    usage = shutil.disk_usage(folder)
    found = f"{usage.free / usage.total:.0%} of {usage.total / 2**30:,.0f} GiB are free"
    if usage.free < LEAST_FREE_SHARE * usage.total:
        return wrong(what, found, "free some: what can't be stored can't be published")
    return sound(what, found)
