"""The steps of alarms' ladders, in Postgres. Whoever writes here holds the finding's lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from bus.codec.schemas import SchemaStore
from bus.notices.facts import AgreementFact
from bus.notices.findings import FindingKind
from bus.notices.history import History
from bus.notices.ladders import CLIMBING, Alarm, LadderStep, steps_of
from bus.notices.life import FindingState
from bus.storage.connections import Connection
from bus.topics import agency_of
from bus.tracker.changes import StoredFinding
from bus.tracker.due_table import DueTable
from bus.tracker.fact_store import load_agreements

OF_FINDINGS: DueTable[UUID] = DueTable("ladder_step", "finding_id")

STORE = """
INSERT INTO ladder_step (action_id, finding_id, tells, number, due_at)
SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::text[], %b::integer[], %b::timestamptz[])
ON CONFLICT (action_id) DO UPDATE SET due_at = excluded.due_at, number = excluded.number
WHERE ladder_step.state = 'WAITING'
"""


async def schedule_steps(
    connection: Connection, findings: Iterable[StoredFinding], schemas: SchemaStore
) -> None:
    """Let the steps that wait be those of these findings as they are now.

    Of a finding that somebody has taken none is left, and messages that aren't sent are withdrawn.
    """
    alarms = [alarm_of(each) for each in findings if each.payload["kind"] in CLIMBING]
    if alarms:
        agreements = await agreements_of(connection, schemas)
        steps = {each.finding_id: steps_of(each, agreements) for each in alarms}
        await replace_steps(connection, steps)


async def agreements_of(connection: Connection, schemas: SchemaStore) -> tuple[AgreementFact, ...]:
    """Return every version of every agreement, in the log's order."""
    return History.of(await load_agreements(connection, schemas)).agreements


def alarm_of(finding: StoredFinding) -> Alarm:
    """Return what of a finding its ladder depends on."""
    source, policy_id = finding.payload["source"], finding.payload["policy_id"]
    return Alarm(
        finding_id=finding.finding_id,
        kind=FindingKind(str(finding.payload["kind"])),
        mode=finding.mode,
        state=FindingState(str(finding.payload["state"])),
        opened_at=finding.opened_at,
        about=finding.about,
        reporter=None if source is None else agency_of(str(source)),
        policy_id=None if policy_id is None else str(policy_id),
    )


async def replace_steps(
    connection: Connection, steps_by_finding: Mapping[UUID, Sequence[LadderStep]]
) -> None:
    """Let these be the steps of these findings; what was carried out stays so."""
    findings = list(steps_by_finding)
    steps = [step for each in steps_by_finding.values() for step in each]
    identifiers = [step.action_id for step in steps]
    await OF_FINDINGS.keep_only(connection, findings, identifiers)
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
