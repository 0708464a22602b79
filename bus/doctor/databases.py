"""Each owner's database, or its spool: reachable, up to date, permitted, in time, and read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bus.audit.spool import audit_spool
from bus.doctor.checks import Check, State, sound, unknown, wrong
from bus.errors import BusError
from bus.publishing.postgres import PostgresStore
from bus.publishing.store import Backlog
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.storage.migrations import compare

MAX_SKEW = timedelta(seconds=2)
"""Beyond it, a delivery seems to take place before its publication, or hours after."""

MAX_WAIT = timedelta(minutes=1)
"""A relay that works sends an event within a second."""

REFUSED = """
SELECT coalesce(string_agg(name, ', ' ORDER BY name), '') FROM (
    SELECT tablename AS name, format('%I.%I', schemaname, tablename) AS whole
    FROM pg_tables WHERE schemaname = current_schema()) AS ours
WHERE NOT (has_table_privilege(whole, 'SELECT') AND has_table_privilege(whole, 'INSERT'))
"""


async def check_owner(settings: Settings, owner: str) -> list[Check]:
    """Look at where an owner keeps its outbox, and its groups their state."""
    spool = settings.spool_of(owner)
    if spool is not None:
        return [_check_spool(spool, owner)]
    what = f"database of {owner}"
    try:
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            return [each async for each in _check_database(connection, owner, what)]
    except BusError as error:
        mend = f"start Postgres, or set BUS_DATABASE_URL_{owner.upper()} to where it is"
        return [wrong(what, str(error), mend)]


async def _check_database(connection: Connection, owner: str, what: str) -> AsyncIterator[Check]:
    yield sound(what, "answers")
    yield await _check_clock(connection, owner)
    changed, pending = await compare(connection, owner)
    if changed:
        found = f"changed after they ran: {', '.join(each.name for each in changed)}"
        yield wrong(f"migrations of {owner}", found, "install the release that this bus runs")
    elif pending:
        found = f"{len(pending)} haven't run, the first is {pending[0].name}"
        yield wrong(f"migrations of {owner}", found, f"bus migrate --owner {owner}")
        yield unknown(f"outbox of {owner}", "its schema isn't up to date")
        return
    else:
        yield sound(f"migrations of {owner}", "all have run")
    permissions = await _check_permissions(connection, owner)
    yield permissions
    if permissions.state is State.WRONG:
        yield unknown(f"outbox of {owner}", "it may not be read")
        return
    yield _check_outbox(await PostgresStore(connection, owner).backlog(), owner)


async def _check_clock(connection: Connection, owner: str) -> Check:
    """Compare clocks; half of the time that the question took is nobody's fault."""
    what = f"clock of {owner}'s database"
    asked = datetime.now(UTC)
    ((theirs,),) = await (await connection.execute("SELECT clock_timestamp()")).fetchall()
    answered = datetime.now(UTC)
    skew = abs(theirs - (asked + (answered - asked) / 2))
    found = f"differs from this machine's by {skew.total_seconds():.1f} s"
    if skew > MAX_SKEW + (answered - asked):
        return wrong(what, found, "let both machines keep time by NTP")
    return sound(what, found)


async def _check_permissions(connection: Connection, owner: str) -> Check:
    what = f"permissions of {owner}"
    ((refused,),) = await (await connection.execute(REFUSED)).fetchall()
    if refused:
        mend = f"GRANT ALL ON ALL TABLES IN SCHEMA {owner} to the bus's user"
        return wrong(what, f"may not read and add to {refused}", mend)
    return sound(what, "may read and add to every table")


def _check_outbox(backlog: list[Backlog], owner: str) -> Check:
    what = f"outbox of {owner}"
    if not backlog:
        return sound(what, "everything has been sent")
    count = sum(each.depth for each in backlog)
    wait = datetime.now(UTC) - min(each.oldest for each in backlog)
    found = f"{count:,} to be sent, the oldest for {wait.total_seconds():.0f} s"
    if wait > MAX_WAIT:
        mend = "start `bus serve relay`; if it runs, its log says what holds it up"
        return wrong(what, found, mend)
    return sound(what, found)


def _check_spool(path: Path, owner: str) -> Check:
    what = f"spool of {owner}"
    try:
        streams, faults = audit_spool(path, owner)
    except BusError as error:
        return wrong(what, str(error), f"make sure of BUS_SPOOL_{owner.upper()} and the disk")
    if faults:
        return wrong(what, str(faults[0]), "bus audit tells all; keep the file, restore a copy")
    unsent = sum(each.last_sequence - each.confirmed_sequence for each in streams)
    return sound(what, f"whole, {unsent:,} to be sent")
