"""The whole examination: every check, in the order in which a bus is built."""

from __future__ import annotations

import asyncio

from bus.doctor.broker import check_broker
from bus.doctor.checks import Check
from bus.doctor.databases import check_owner
from bus.doctor.groups import check_group
from bus.doctor.machine import check_disks, check_schema_files
from bus.settings import Settings
from bus.topics import GROUPS, OWNERS


async def examine(settings: Settings) -> list[Check]:
    """Look at everything; nothing that is wrong keeps the rest from being looked at."""
    parts = await asyncio.gather(
        asyncio.to_thread(check_broker, settings),
        *(check_owner(settings, owner) for owner in OWNERS),
        *(check_group(settings, group, owner) for group, owner in GROUPS.items()),
    )
    found = [check for part in parts for check in part]
    return [check_schema_files(), *check_disks(settings), *found]
