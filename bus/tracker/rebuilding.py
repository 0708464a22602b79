"""The tracker's facts and states, made anew from the topics. Nobody is told of it.

One transaction, under the tracker's claims: a crash leaves everything as it was, and whoever held
a claim is fenced off. What the inbox says was applied is applied again, so dead letters, positions
and the account of each offset stay as they are. What was told keeps its versions. A change of
practice that was told stays: what it was judged by is counted anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bus.clock import Clock
from bus.codec.schemas import SchemaStore
from bus.consuming.claims import LogBounds
from bus.consuming.group_members import count_members
from bus.consuming.log_bounds import read_log_bounds
from bus.consuming.records import Partition
from bus.consuming.tailing import read_again
from bus.errors import FaultError, UsageError
from bus.events import Draft, Event
from bus.settings import Settings
from bus.storage.connections import Connection
from bus.tracker.contents import TRACKED
from bus.tracker.handler import Tracker
from bus.tracker.positions import GROUP

CLAIM = """
UPDATE consumer_position AS position SET epoch = epoch + 1, updated_at = now()
FROM consumer_account AS account
WHERE position.group_name = %s AND account.account_id = position.account_id
RETURNING position.topic, position.partition, next_offset, topic_id
"""

SET_ASIDE = """
CREATE TEMP TABLE told_clearance ON COMMIT DROP AS SELECT * FROM clearance_state;
CREATE TEMP TABLE told_finding ON COMMIT DROP AS SELECT * FROM finding;
CREATE TEMP TABLE told_message ON COMMIT DROP AS SELECT message_id, state FROM message;
DELETE FROM fact_receipt; DELETE FROM fact; DELETE FROM fact_clock;
DELETE FROM clearance_state; DELETE FROM standing; DELETE FROM owed_decision;
DELETE FROM practice_day;
DELETE FROM finding WHERE kind NOT IN ('CHANNEL_FAILED', 'PRACTICE_SHIFT');
"""

DIFFERENT = """
WITH told AS (
    SELECT DISTINCT ON (policy_id) policy_id, state FROM told_clearance
    ORDER BY policy_id, version DESC
), anew AS (
    SELECT DISTINCT ON (policy_id) policy_id, state FROM clearance_state
    ORDER BY policy_id, version DESC
)
SELECT policy_id FROM told FULL JOIN anew USING (policy_id)
WHERE told.state IS DISTINCT FROM anew.state ORDER BY policy_id
"""

DIFFERENT_FINDINGS = """
SELECT finding_id FROM finding FULL JOIN told_finding AS told USING (finding_id)
WHERE NOT (coalesce(finding.is_withdrawn, true) AND coalesce(told.is_withdrawn, true))
  AND to_jsonb(finding) - 'version' - 'changed_at'
      IS DISTINCT FROM to_jsonb(told) - 'version' - 'changed_at'
ORDER BY finding_id
"""

RESTORE = """
DELETE FROM clearance_state;
INSERT INTO clearance_state SELECT * FROM told_clearance;
DELETE FROM finding WHERE is_withdrawn;
UPDATE finding SET version = told.version, changed_at = told.changed_at
FROM told_finding AS told WHERE told.finding_id = finding.finding_id;
INSERT INTO finding SELECT * FROM told_finding AS told
WHERE told.is_withdrawn AND NOT EXISTS (
    SELECT FROM finding WHERE finding.finding_id = told.finding_id);
DELETE FROM message WHERE message_id NOT IN (SELECT message_id FROM told_message);
UPDATE message SET state = told.state FROM told_message AS told
WHERE told.message_id = message.message_id AND told.state <> message.state
"""

APPLIED = """
SELECT event_id FROM inbox JOIN unnest(%b::uuid[], %b::bigint[]) AS read (event_id, kafka_offset)
    USING (event_id, kafka_offset)
WHERE group_name = %b
"""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild came to: how much was applied, and what differs from what was told last.

    A clearance may differ by time alone: it is told with the policy's next fact.
    """

    events: int
    facts: int
    clearances: tuple[str, ...]
    findings: tuple[UUID, ...]


class SilentUnit:
    """An open transaction from which nothing is published."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def emit(self, draft: Draft) -> None:
        """Publish nothing: it was told when it was first derived."""

    def afterwards(self, action: Callable[[], None]) -> None:
        """Count nothing: it was counted then."""


async def rebuild(
    connection: Connection, settings: Settings, clock: Clock, schemas: SchemaStore
) -> Rebuilt:
    """Make the facts, states and findings anew from the topics.

    Raises UsageError while a tracker runs, FaultError where a log has lost records or is another
    one than was read, UnavailableError if the broker is away. Nothing is changed then.
    """
    await _refuse_running(settings)
    tracker = Tracker(clock, schemas, is_simulated=settings.clock_file is not None)
    async with connection.transaction():
        spans = await _claim(connection, settings)
        await _run(connection, SET_ASIDE)
        unit, events = SilentUnit(connection), 0
        async for batch in read_again(settings, spans):
            applied = await _applied(connection, [e for e in batch if isinstance(e, Event)])
            events += len(applied)
            if applied:
                await tracker.handle_batch(applied, unit)
        clearances = await _column(connection, DIFFERENT)
        findings = await _column(connection, DIFFERENT_FINDINGS)
        await _run(connection, RESTORE)
        (facts,) = await _column(connection, "SELECT count(*) FROM fact")
    return Rebuilt(events, facts, tuple(clearances), tuple(findings))


async def _refuse_running(settings: Settings) -> None:
    members = await asyncio.to_thread(count_members, settings.bootstrap, settings.names, GROUP)
    if members:
        raise UsageError(
            f"{members} tracker(s) are running: stop `bus serve tracker` (after a kill, wait for "
            f"its session of {settings.session_timeout:g} s), then rebuild"
        )


async def _claim(connection: Connection, settings: Settings) -> dict[Partition, tuple[int, int]]:
    """Fence off whoever claimed before; return what was read of each partition."""
    cursor = await connection.execute(CLAIM, [GROUP])
    positions = {Partition(row[0], row[1]): (row[2], row[3]) for row in await cursor.fetchall()}
    topics = [topic.name for topic in TRACKED]
    bounds = await asyncio.to_thread(read_log_bounds, settings.bootstrap, settings.names, topics)
    return {
        partition: _span(partition, next_offset, topic_id, bounds.get(partition))
        for partition, (next_offset, topic_id) in positions.items()
    }


def _span(
    partition: Partition, next_offset: int, topic_id: str, bounds: LogBounds | None
) -> tuple[int, int]:
    place = f"{partition.topic}/{partition.number}"
    if bounds is None or bounds.topic_id != topic_id:
        raise FaultError(f"{place} is another log than the tracker has read: nothing was changed")
    if bounds.start > 0:
        raise FaultError(
            f"{place} begins at {bounds.start}: what stood before would be forgotten, so nothing "
            "was changed"
        )
    return 0, min(next_offset, bounds.end)


async def _applied(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """Return those of the events that the inbox says were applied at their offset."""
    ids, offsets = [each.id for each in events], [each.offset for each in events]
    cursor = await connection.execute(APPLIED, [ids, offsets, GROUP])
    known = {row[0] for row in await cursor.fetchall()}
    return [each for each in events if each.id in known]


async def _run(connection: Connection, statements: str) -> None:
    for statement in statements.split(";"):
        await connection.execute(statement.encode())


async def _column(connection: Connection, query: str) -> list[Any]:
    cursor = await connection.execute(query.encode())
    return [row[0] for row in await cursor.fetchall()]
