"""What each owner's own rows say of an event: published where, applied when, parked why."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from bus.deadletters.letters import DeadLetter, find_dead_letter
from bus.explaining.rows import Row, rows_of
from bus.storage.connections import Connection
from bus.tracker.gap_findings import gap_findings

PUBLISHED = """
SELECT event_id, %(owner)s AS owner, topic, source, sequence, recorded_at, stored_at, sent_at,
       partition, kafka_offset AS "offset",
       (SELECT pair ->> 1 FROM json_array_elements(headers) AS pair
        WHERE pair ->> 0 = 'ce_causationid') AS causation_id
FROM outbox JOIN outbox_stream USING (stream_id)
     LEFT JOIN outbox_confirmation USING (stream_id, sequence)
WHERE event_id = ANY(%(events)s)
ORDER BY recorded_at, event_id
"""


async def published(connection: Connection, owner: str, events: Sequence[UUID]) -> list[Row]:
    """Return the place of these events in the owner's outbox, and where Kafka has them."""
    return await rows_of(connection, PUBLISHED, {"owner": owner, "events": list(events)})


STANDINGS = """
SELECT event_id, inbox.group_name AS "group", 'APPLIED' AS standing, topic, partition,
       kafka_offset AS "offset", number AS account, applied_at AS since,
       NULL::uuid AS dead_letter_id
FROM inbox JOIN consumer_account USING (account_id)
WHERE inbox.group_name = ANY(%(groups)s) AND event_id = ANY(%(events)s)
UNION ALL
SELECT event_id, group_name, 'DUPLICATE', topic, partition, kafka_offset, number, NULL, NULL
FROM duplicate JOIN consumer_account USING (account_id)
WHERE event_id = ANY(%(events)s)
UNION ALL
SELECT event_id, letter.group_name,
       CASE kind WHEN 'RECORD' THEN 'DEAD_LETTERED' ELSE 'FIELDS_DEAD_LETTERED' END,
       letter.topic, letter.partition, kafka_offset, number, first_seen, dead_letter_id
FROM dead_letter AS letter JOIN consumer_account USING (account_id)
WHERE event_id = ANY(%(events)s) AND state <> 'RESOLVED'
UNION ALL
SELECT event_id, held.group_name, 'HELD', held.topic, held.partition, kafka_offset, number,
       held_at, (
           SELECT dead_letter_id FROM dead_letter AS letter
           WHERE letter.group_name = held.group_name AND letter.topic = held.topic
             AND letter.partition = held.partition AND sha256(letter.key) = sha256(held.key)
             AND letter.holds AND state IN ('RETRYING', 'OPEN', 'REDRIVING')
           ORDER BY account_id, kafka_offset LIMIT 1)
FROM held_record AS held JOIN consumer_account USING (account_id)
WHERE event_id = ANY(%(events)s)
ORDER BY "group", event_id, topic, partition, "offset"
"""


async def standings(
    connection: Connection, groups: Sequence[str], events: Sequence[UUID]
) -> list[Row]:
    """Return what became of these events with each of the owner's groups, record by record."""
    return await rows_of(connection, STANDINGS, {"groups": list(groups), "events": list(events)})


REQUESTS = """
SELECT item.dead_letter_id, action, requested_by, approved_by, request.reason, requested_at,
       coalesce(outcome, 'WAITING') AS outcome, done_at, request_id
FROM dead_letter_request_item AS item JOIN dead_letter_request AS request USING (request_id)
WHERE item.dead_letter_id IN (
    SELECT dead_letter_id FROM dead_letter
    WHERE dead_letter_id = ANY(%(ids)s) OR event_id = ANY(%(ids)s))
ORDER BY requested_at, request_id, item.dead_letter_id
"""


async def requests_about(connection: Connection, ids: Sequence[UUID]) -> list[Row]:
    """Return what was asked of these dead letters, or of these events' dead letters, by whom."""
    return await rows_of(connection, REQUESTS, {"ids": list(ids)})


async def dead_letter_of(connection: Connection, dead_letter_id: UUID) -> list[Row]:
    """Return the story of the dead letter of this id, if the owner has it."""
    found = await find_dead_letter(connection, dead_letter_id)
    return [] if found is None else [letter_row(found[0])]


def letter_row(letter: DeadLetter) -> Row:
    """Return a dead letter's story by name."""
    return {
        "dead_letter_id": letter.dead_letter_id,
        "group": letter.group,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "account": letter.account,
        "kind": letter.kind,
        "state": letter.state,
        "reason": letter.reason,
        "detail": letter.detail,
        "attempts": letter.attempts,
        "due_at": letter.due_at,
        "held": letter.held,
        "event_id": letter.event_id,
        "first_seen": letter.first_seen,
        "closed_at": letter.closed_at,
    }


FINDING_NAMES = (
    "kind",
    "severity",
    "mode",
    "state",
    "policy_id",
    "office",
    "event_id",
    "facts",
    "opened_at",
)


async def gap_finding(connection: Connection, finding_id: UUID) -> list[Row]:
    """Return the finding of this id, if it is that of one of the owner's gaps."""
    return [
        {"finding_id": finding_id, **{name: each.payload[name] for name in FINDING_NAMES}}
        for each in await gap_findings(connection)
        if each.finding_id == finding_id
    ]
