"""What falls due, in Postgres. Whoever writes here holds the policy's state lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from bus.notices.clearance import Judgement
from bus.notices.schedule import due_actions
from bus.storage.connections import Connection
from bus.tracker.message_queue import withdraw_messages

FORGET = """
DELETE FROM due_action
WHERE policy_id = ANY(%b) AND state = 'WAITING' AND action_id <> ALL(%b)
"""

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
    await connection.execute(FORGET, [list(judgements), identifiers])
    await withdraw_messages(connection, judgements, identifiers)
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


DUE_POLICIES = """
SELECT policy_id FROM due_action WHERE state = 'WAITING' AND due_at <= %s
GROUP BY policy_id ORDER BY min(due_at) LIMIT %s
"""


async def due_policies(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Return policies of which something is due, the longest due first."""
    cursor = await connection.execute(DUE_POLICIES, [now, limit])
    return [policy_id for (policy_id,) in await cursor.fetchall()]


TAKE_DUE = """
UPDATE due_action SET state = 'DONE', done_at = %(now)s WHERE action_id IN (
    SELECT action_id FROM due_action
    WHERE policy_id = %(policy)s AND state = 'WAITING' AND due_at <= %(now)s
    FOR UPDATE SKIP LOCKED)
RETURNING action_id
"""


async def take_due(connection: Connection, policy_id: str, now: datetime) -> set[UUID]:
    """Mark what is due of a policy as done, and return it: nobody else gets it."""
    cursor = await connection.execute(TAKE_DUE, {"policy": policy_id, "now": now})
    return {action_id for (action_id,) in await cursor.fetchall()}


async def mark_moot(connection: Connection, action_ids: Iterable[UUID]) -> None:
    """Note of actions that were taken that they no longer held."""
    await connection.execute(
        "UPDATE due_action SET state = 'MOOT' WHERE action_id = ANY(%s)", [list(action_ids)]
    )
