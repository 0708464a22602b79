"""What falls due of policies, in Postgres. Whoever writes here holds the policy's state lock."""

from __future__ import annotations

from collections.abc import Mapping

from bus.notices.clearance import Judgement
from bus.notices.schedule import due_actions
from bus.storage.connections import Connection
from bus.tracker.due_table import DueTable

OF_POLICIES: DueTable[str] = DueTable("due_action", "policy_id")

STORE = """
INSERT INTO due_action (
    action_id, policy_id, kind, mode, due_at, revision, material_digest, office, tells, number)
SELECT * FROM unnest(
    %b::uuid[], %b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::integer[], %b::text[],
    %b::text[], %b::text[], %b::integer[])
ON CONFLICT (action_id) DO UPDATE SET due_at = excluded.due_at, revision = excluded.revision
WHERE due_action.state = 'WAITING'
  AND (due_action.due_at, due_action.revision) <> (excluded.due_at, excluded.revision)
"""


async def replace_due(connection: Connection, judgements: Mapping[str, Judgement]) -> None:
    """Let all that is due of these policies be what they say; what was carried out stays so.

    Messages that aren't sent yet and ask for what has been done are withdrawn.
    """
    actions = [action for each in judgements.values() for action in due_actions(each)]
    identifiers = [action.action_id for action in actions]
    await OF_POLICIES.keep_only(connection, list(judgements), identifiers)
    if actions:
        await connection.execute(
            STORE,
            [
                identifiers,
                [action.policy_id for action in actions],
                [action.kind.value for action in actions],
                [action.mode.value for action in actions],
                [action.due_at for action in actions],
                [action.revision for action in actions],
                [action.material_digest for action in actions],
                [action.office for action in actions],
                [action.tells for action in actions],
                [action.number for action in actions],
            ],
        )
