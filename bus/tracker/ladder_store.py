"""The steps of alarms' ladders, in Postgres. Whoever writes here holds the finding's lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from bus.notices.findings import FindingKind
from bus.notices.ladders import CLIMBING, Alarm, LadderStep, steps_of
from bus.notices.life import FindingState
from bus.storage.connections import Connection
from bus.topics import agency_of
from bus.tracker.changes import StoredFinding

FORGET = """
DELETE FROM ladder_step
WHERE finding_id = ANY(%b) AND state = 'WAITING' AND action_id <> ALL(%b)
"""

WITHDRAW = """
UPDATE message SET state = 'WITHDRAWN'
WHERE state = 'QUEUED' AND action_id <> ALL(%b)
  AND action_id IN (SELECT action_id FROM ladder_step WHERE finding_id = ANY(%b))
"""

STORE = """
INSERT INTO ladder_step (action_id, finding_id, tells, number, due_at)
SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::text[], %b::integer[], %b::timestamptz[])
ON CONFLICT (action_id) DO UPDATE SET due_at = excluded.due_at, number = excluded.number
WHERE ladder_step.state = 'WAITING'
"""


async def schedule_steps(connection: Connection, findings: Iterable[StoredFinding]) -> None:
    """Let the steps that wait be those of these findings as they are now.

    Of a finding that somebody has taken none is left, and messages that aren't sent are withdrawn.
    """
    steps = {
        each.finding_id: steps_of(alarm_of(each))
        for each in findings
        if each.payload["kind"] in CLIMBING
    }
    if steps:
        await replace_steps(connection, steps)


def alarm_of(finding: StoredFinding) -> Alarm:
    """Return what of a finding its ladder depends on."""
    source = finding.payload["source"]
    return Alarm(
        finding_id=finding.finding_id,
        kind=FindingKind(str(finding.payload["kind"])),
        state=FindingState(str(finding.payload["state"])),
        opened_at=finding.opened_at,
        about=finding.about,
        reporter=None if source is None else agency_of(str(source)),
    )


async def replace_steps(
    connection: Connection, steps_by_finding: Mapping[UUID, Sequence[LadderStep]]
) -> None:
    """Let these be the steps of these findings; what was carried out stays so."""
    findings = list(steps_by_finding)
    steps = [step for each in steps_by_finding.values() for step in each]
    identifiers = [step.action_id for step in steps]
    await connection.execute(FORGET, [findings, identifiers])
    await connection.execute(WITHDRAW, [identifiers, findings])
    if steps:
        await connection.execute(
            STORE,
            [
                identifiers,
                [step.finding_id for step in steps],
                [step.tells for step in steps],
                [step.number for step in steps],
                [step.due_at for step in steps],
            ],
        )


DUE_FINDINGS = """
SELECT finding_id FROM ladder_step WHERE state = 'WAITING' AND due_at <= %s
GROUP BY finding_id ORDER BY min(due_at) LIMIT %s
"""


async def due_findings(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """Return findings of which a step is due, the longest due first."""
    cursor = await connection.execute(DUE_FINDINGS, [now, limit])
    return [finding_id for (finding_id,) in await cursor.fetchall()]


TAKE_STEPS = """
UPDATE ladder_step SET state = 'DONE', done_at = %(now)s
WHERE finding_id = %(finding)s AND state = 'WAITING' AND due_at <= %(now)s
RETURNING action_id
"""


async def take_steps(connection: Connection, finding_id: UUID, now: datetime) -> set[UUID]:
    """Mark the steps of a finding that are due as done, and return them."""
    cursor = await connection.execute(TAKE_STEPS, {"finding": finding_id, "now": now})
    return {action_id for (action_id,) in await cursor.fetchall()}


async def mark_steps_moot(connection: Connection, action_ids: Iterable[UUID]) -> None:
    """Note of steps that were taken that they no longer held."""
    await connection.execute(
        "UPDATE ladder_step SET state = 'MOOT' WHERE action_id = ANY(%s)", [list(action_ids)]
    )
