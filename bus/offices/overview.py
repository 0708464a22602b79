"""The policies of which there are notices, and all that is known of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.codec.schemas import SchemaStore
from bus.notices.clearance import Clearance, Judgement, judge
from bus.notices.history import History
from bus.storage.connections import Connection
from bus.tracker.fact_rows import FactRow
from bus.tracker.fact_store import load_policies
from bus.tracker.known import newest


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy with notices: its state at a moment, and the records of its revisions."""

    clearance: Clearance
    judgement: Judgement
    rows: Mapping[UUID, FactRow]

    @property
    def title(self) -> str | None:
        """The title of the revision that governs."""
        assessment = self.judgement.governing(self.clearance.at)
        if assessment is None:
            return None
        return str(self.rows[assessment.notice.event_id].data["title"])


POLICIES = """
SELECT DISTINCT policy_id FROM fact WHERE kind = 'NOTICE' AND policy_id IS NOT NULL
ORDER BY policy_id
"""


async def announced_policies(
    connection: Connection, now: datetime, schemas: SchemaStore
) -> list[Policy]:
    """Return every policy of which a notice can be read, by id."""
    cursor = await connection.execute(POLICIES)
    found = [
        await find_policy(connection, policy_id, now, schemas)
        for (policy_id,) in await cursor.fetchall()
    ]
    return [policy for policy in found if policy is not None]


async def find_policy(
    connection: Connection, policy_id: str, now: datetime, schemas: SchemaStore
) -> Policy | None:
    """Return what is known of a policy, or None where no notice of it can be read."""
    loaded = await load_policies(connection, [policy_id], schemas)
    judgement = judge(policy_id, History.of(loaded.facts), newest(loaded.facts, now))
    if not judgement.assessments:
        return None
    rows = {row.event_id: row for row in loaded.rows}
    return Policy(judgement.at(now), judgement, rows)
