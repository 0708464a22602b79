"""Takes the due steps of an alarm's ladder: whoever is turned to is written to, once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bus.codec.schemas import SchemaStore
from bus.notices.ladders import steps_of
from bus.storage.connections import Connection
from bus.tracker.ladder_store import OF_FINDINGS, agreements_of, alarm_of, replace_steps
from bus.tracker.letters import step_message
from bus.tracker.locks import try_lock_finding
from bus.tracker.message_queue import queue_messages
from bus.tracker.state_store import stored_findings


async def climb(
    connection: Connection, finding_id: UUID, now: datetime, schemas: SchemaStore
) -> bool:
    """Take the steps of a finding that are due now, in one transaction; tell whether any was.

    Whoever reads what became of the finding holds its lock: nobody waits for it here.
    """
    if not await try_lock_finding(connection, finding_id):
        return False
    taken = await OF_FINDINGS.take(connection, finding_id, now)
    if not taken:
        return False
    findings = await stored_findings(connection, [finding_id])
    agreements = await agreements_of(connection, schemas)
    steps = [(step, each) for each in findings for step in steps_of(alarm_of(each), agreements)]
    early = {step.action_id for step, _ in steps if step.due_at > now} & taken
    await OF_FINDINGS.put_back(connection, early)  # an agreement was read since they were stored
    await replace_steps(connection, {finding_id: [step for step, _ in steps]})
    await OF_FINDINGS.mark_moot(connection, taken - {step.action_id for step, _ in steps})
    for step, finding in steps:
        if step.action_id in taken - early:
            message = step_message(step, finding.payload, now)
            await queue_messages(connection, [message], step.action_id)
    return True
