"""Findings of gaps. Each group tells its own, and keeps them as gaps beside its positions."""

from __future__ import annotations

from bus.consuming.announcements import gap_finding_draft
from bus.consuming.claims import Gap, GapReason
from bus.consuming.records import Partition
from bus.storage.connections import Connection
from bus.tracker.changes import StoredFinding

GAPS = """
SELECT group_name, topic, partition, account_id, from_offset, to_offset, gap.reason, noticed_at
FROM gap JOIN consumer_account USING (account_id)
"""


async def gap_findings(connection: Connection) -> list[StoredFinding]:
    """Return the findings of the gaps that an owner's groups met, under the ids they were told."""
    cursor = await connection.execute(GAPS)
    found = []
    for group, topic, partition, account_id, lower, upper, reason, at in await cursor.fetchall():
        gap = Gap(Partition(topic, partition), lower, upper, GapReason(reason))
        draft = gap_finding_draft(group, account_id, gap, at)
        found.append(StoredFinding(dict(draft.data)))
    return found
