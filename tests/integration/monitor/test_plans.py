"""Nothing that the monitor asks again and again reads a filled table whole."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bus.consuming.sql import PARKED_COUNT
from bus.monitor import groups, policies
from bus.storage.connections import connect
from consumers.monitor import groups as groups_of_the_bus
from tests.integration.tracker.test_plans import ACCOUNT, FILL
from tests.records import MOMENT

TRACKER = groups_of_the_bus()[1]
STAND = """
UPDATE standing SET place = 'ended', mode = 'ACTUAL', agency = 'doj',
    next_effect_at = CASE WHEN policy_id LIKE '%00' THEN now() END;
VACUUM ANALYZE standing
"""
BIG = ("standing", "finding", "dead_letter", "fact", "clearance_state")

STATEMENTS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "places": (policies.PLACES, {}),
    "next effects": (policies.NEXT_EFFECTS, {}),
    "owed": (policies.OWED, {"at": MOMENT}),
    "findings": (policies.FINDINGS, policies.findings_asked()),
    "gaps": (policies.GAPS, {}),
    "letters": (groups.LETTERS, groups.letters_asked(TRACKER)),
    "parked": (PARKED_COUNT, {"group": TRACKER.name}),
}


@pytest.mark.timeout(60)
async def test_what_the_monitor_asks_reads_no_filled_table_whole(database_url: str) -> None:
    plans = {}
    async with await connect(database_url, "bus") as connection:
        await connection.execute(ACCOUNT)
        for statement in (FILL, *STAND.split(";")):
            await connection.execute(statement.encode())
        for name, (statement, values) in STATEMENTS.items():
            cursor = await connection.execute(f"EXPLAIN {statement}".encode(), values or None)
            plans[name] = "\n".join(row[0] for row in await cursor.fetchall())

    scanned = {
        name: table
        for name, plan in plans.items()
        for table in BIG
        if f"Seq Scan on {table}" in plan
    }
    assert scanned == {}, plans
    assert "Index Only Scan" in plans["places"]
