"""Each consumer group: somebody works in it, and nothing stops it."""

from __future__ import annotations

import asyncio

from bus.consuming.breaker import BreakerState
from bus.consuming.group_members import count_members
from bus.deadletters.breakers import Breaker, read_breakers
from bus.doctor.checks import Check, sound, unknown, wrong
from bus.errors import BusError
from bus.settings import Settings
from bus.storage.connections import owner_session

MAY_LOOK = """
SELECT coalesce(has_table_privilege(to_regclass('breaker'), 'SELECT')
    AND has_table_privilege(to_regclass('dead_letter'), 'SELECT'), false)
"""
OPEN_LETTERS = "SELECT count(*) FROM dead_letter WHERE group_name = %s AND state = 'OPEN'"


async def check_group(settings: Settings, group: str, owner: str) -> list[Check]:
    """Look at a group's members, at its breaker and at its dead letters."""
    return [await _check_members(settings, group), *await _check_state(settings, group, owner)]


async def _check_members(settings: Settings, group: str) -> Check:
    what = f"members of {group}"
    try:
        count = await asyncio.to_thread(count_members, settings.bootstrap, settings.names, group)
    except BusError:
        return unknown(what, "the broker doesn't answer")
    if count == 0:
        return wrong(what, "nobody consumes", f"bus serve {group}")
    return sound(what, f"{count} at work")


async def _check_state(settings: Settings, group: str, owner: str) -> list[Check]:
    because = f"{owner}'s database doesn't answer as it should"
    try:
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            ((may_look,),) = await (await connection.execute(MAY_LOOK)).fetchall()
            if not may_look:
                return [unknown(f"breaker of {group}", because)]
            (breaker,) = await read_breakers(connection, [group])
            ((letters,),) = await (await connection.execute(OPEN_LETTERS, [group])).fetchall()
    except BusError:
        return [unknown(f"breaker of {group}", because)]
    return [_check_breaker(breaker, group), _check_letters(letters, group)]


def _check_breaker(breaker: Breaker, group: str) -> Check:
    what = f"breaker of {group}"
    if breaker.state == BreakerState.CLOSED:
        return sound(what, "closed: it consumes")
    mend = f"find the cause with `bus deadletters list --group {group}`, then bus breaker close"
    return wrong(what, f"{breaker.state} since {breaker.changed_at}: {breaker.reason}", mend)


def _check_letters(count: int, group: str) -> Check:
    what = f"dead letters of {group}"
    if count:
        mend = f"bus deadletters list --group {group}"
        return wrong(what, f"{count:,} wait for an operator", mend)
    return sound(what, "none waits for an operator")
