"""Messages in Postgres: queued with what causes them, leased while they are tried."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from bus.channels.channel import Outcome, Result
from bus.channels.message import Message, MessageKind, Words
from bus.channels.patience import Try
from bus.events import Mode
from bus.storage.connections import Connection

_NAMESPACE = UUID("7a2b8f0e-51a4-5f0d-8c66-0d5c1a3f9b42")
"""Of message ids. Never change it: what was sent would be sent again."""


def message_id_of(cause: Sequence[str | int], office: str) -> UUID:
    """Return the id of the message to this office about this cause: it is sent once."""
    return uuid5(_NAMESPACE, json.dumps([*cause, office]))


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message that is to be tried now, and the tries so far."""

    message: Message
    tries: tuple[Try, ...]


QUEUE = """
INSERT INTO message (
    message_id, kind, mode, office, policy_id, action_id, caused_at, subject, body, facts)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (message_id) DO NOTHING
"""


async def queue_messages(
    connection: Connection, messages: Iterable[Message], action_id: UUID | None = None
) -> None:
    """Queue messages; `action_id` is what fell due and caused them."""
    rows = [
        (
            each.message_id,
            each.kind.value,
            each.mode.value,
            each.office,
            each.policy_id,
            action_id,
            each.at,
            each.words.subject,
            each.words.text,
            json.dumps(each.words.facts),
        )
        for each in messages
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(QUEUE, rows)


LEASE = """
UPDATE message SET leased_until = %(until)s WHERE message_id IN (
    SELECT message_id FROM message
    WHERE state = 'QUEUED' AND next_try_at <= %(now)s
      AND (leased_until IS NULL OR leased_until <= %(now)s)
    ORDER BY next_try_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING message_id, kind, mode, office, policy_id, caused_at, subject, body, facts
"""

TRIES = """
SELECT message_id, round, channel, outcome FROM message_try
WHERE message_id = ANY(%s) ORDER BY message_id, number
"""


async def lease_messages(
    connection: Connection, now: datetime, lease: timedelta, limit: int
) -> list[QueuedMessage]:
    """Take messages that are to be tried now; nobody else tries them until the lease is over."""
    values = {"now": now, "until": now + lease, "limit": limit}
    cursor = await connection.execute(LEASE, values)
    messages = [_message(row) for row in await cursor.fetchall()]
    cursor = await connection.execute(TRIES, [[each.message_id for each in messages]])
    tries: dict[UUID, list[Try]] = {}
    for message_id, number, channel, outcome in await cursor.fetchall():
        tries.setdefault(message_id, []).append(Try(number, channel, Outcome(outcome)))
    return [QueuedMessage(each, tuple(tries.get(each.message_id, ()))) for each in messages]


def _message(row: Sequence[Any]) -> Message:
    """Return the message of a row of LEASE."""
    message_id, kind, mode, office, policy_id, caused_at, subject, body, facts = row
    return Message(
        message_id=message_id,
        kind=MessageKind(kind),
        mode=Mode(mode),
        office=office,
        policy_id=policy_id,
        at=caused_at,
        words=Words(subject=subject, text=body, facts=facts),
    )


INSERT_TRY = """
INSERT INTO message_try (message_id, number, round, channel, outcome, reason, tried_at)
SELECT %(id)s, count(*) + 1, %(round)s, %(channel)s, %(outcome)s, %(reason)s, %(at)s
FROM message_try WHERE message_id = %(id)s
"""


async def note_try(
    connection: Connection, message_id: UUID, made: Try, result: Result, at: datetime
) -> None:
    """Store one try."""
    await connection.execute(
        INSERT_TRY,
        {
            "id": message_id,
            "round": made.round,
            "channel": made.channel,
            "outcome": result.outcome.value,
            "reason": result.reason,
            "at": at,
        },
    )


REASONS = """
SELECT channel || ': ' || reason FROM message_try WHERE message_id = %s ORDER BY number
"""


async def reasons_of(connection: Connection, message_id: UUID) -> list[str]:
    """Return why a message's tries failed, in their order."""
    cursor = await connection.execute(REASONS, [message_id])
    return [reason for (reason,) in await cursor.fetchall()]


async def end_message(connection: Connection, message_id: UUID, state: str) -> None:
    """Let a message be DELIVERED or GIVEN_UP."""
    await connection.execute(
        "UPDATE message SET state = %s, leased_until = NULL WHERE message_id = %s",
        [state, message_id],
    )


async def put_off(connection: Connection, message_id: UUID, until: datetime) -> None:
    """Let a message be tried again, not before that moment."""
    await connection.execute(
        "UPDATE message SET next_try_at = %s, leased_until = NULL WHERE message_id = %s",
        [until, message_id],
    )
