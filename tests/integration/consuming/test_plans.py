"""No statement of the hot path, and none that runs every second, reads a filled table whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from bus.consuming import requests, sql
from bus.storage.connections import Connection, connect

TOPIC = "dhs.custody-event.v1"
GROUP = "hhs-intake"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID = UUID("019a0000-0000-7000-8000-000000000000")
PLACE = {"group": GROUP, "topic": TOPIC, "partition": 1, "at": NOW, "limit": 100}
WHOLE = re.compile(r"Seq Scan on (inbox_\d+|duplicate|dead_letter|held_record)\b")

FILL = """
INSERT INTO consumer_account (
    group_name, topic, partition, number, topic_id, first_offset, opened_by, reason)
SELECT 'hhs-intake', 'dhs.custody-event.v1', n, 1, 'id', 0, 'test', 'test'
FROM generate_series(0, 11) AS n;
INSERT INTO consumer_position (group_name, topic, partition, account_id, epoch, next_offset)
SELECT group_name, topic, partition, account_id, 1, 0 FROM consumer_account;
INSERT INTO inbox (group_name, event_id, account_id, kafka_offset, digest)
SELECT 'hhs-intake', uuidv7(), 1, n, sha256(n::text::bytea) FROM generate_series(1, 20000) AS n;
INSERT INTO duplicate SELECT 1, n, uuidv7() FROM generate_series(1, 20000) AS n;
INSERT INTO dead_letter (
    dead_letter_id, group_name, topic, partition, account_id, kafka_offset, appended_at, key,
    headers, reason, detail, event_id, digest, state, holds, due_at)
SELECT uuidv7(), 'hhs-intake', 'dhs.custody-event.v1', n % 12, 1 + n % 12, n, now(),
    ('key-' || n)::bytea, '[]', 'UNDECODABLE', '', uuidv7(), sha256(n::text::bytea),
    CASE WHEN n % 100 = 0 THEN 'RETRYING' WHEN n % 10 = 0 THEN 'OPEN' ELSE 'RESOLVED' END,
    true, CASE WHEN n % 100 = 0 THEN '2027-01-01'::timestamptz END
FROM generate_series(1, 10000) AS n;
INSERT INTO held_record (
    account_id, kafka_offset, group_name, topic, partition, appended_at, key, headers)
SELECT 1 + n % 12, n, 'hhs-intake', 'dhs.custody-event.v1', n % 12, now(),
    ('key-' || n % 600 * 10)::bytea, '[]'
FROM generate_series(100000, 110000) AS n;
INSERT INTO dead_letter_request (request_id, group_name, action, requested_by, requested_at)
SELECT uuidv7(), 'hhs-intake', 'REDRIVE', 'role:x', now();
INSERT INTO dead_letter_request_item (request_id, dead_letter_id, outcome, done_at)
SELECT request_id, dead_letter_id, 'TAKEN', now() FROM dead_letter_request, dead_letter;
ANALYZE
"""

STATEMENTS: dict[str, tuple[str, Any]] = {
    "inbox": (sql.INSERT_INBOX, [GROUP, [ID], [1], [1], [b""]]),
    "positions": (sql.POSITIONS, [GROUP]),
    "applied": (sql.APPLIED_DIGESTS, [GROUP, [ID]]),
    "advance": (sql.ADVANCE_POSITIONS, [[TOPIC], [1], [1], [0], [5], GROUP]),
    "lock": (sql.LOCK_CLAIM, [GROUP, TOPIC, 1, 1]),
    "resolve": (sql.RESOLVE_LETTERS, [[ID], [b""], [1], [1], GROUP]),
    "resolve fields": (sql.RESOLVE_FIELDS, [[ID], [TOPIC], GROUP]),
    "blockers": (
        sql.BLOCKERS,
        {
            "group": GROUP,
            "topics": [TOPIC],
            "partitions": [1],
            "digests": [sha256(b"key-70").digest()],
        },
    ),
    "due": (sql.DUE_LETTERS, PLACE),
    "drainable": (sql.DRAINABLE, PLACE),
    "waiting": (
        sql.WAITING,
        {"group": GROUP, "at": NOW, "topics": [TOPIC] * 12, "partitions": list(range(12))},
    ),
    "release": (sql.RELEASE, [[1], [5]]),
    "requests": (requests.REQUESTS, PLACE),
}


@pytest.fixture
async def filled(database_url: str) -> Connection:
    """Give a connection to HHS's schema with much of everything."""
    connection = await connect(database_url, "hhs")
    for statement in FILL.split(";"):
        await connection.execute(statement.encode())
    return connection


async def test_no_hot_statement_reads_a_filled_table_whole(filled: Connection) -> None:
    scans: dict[str, str] = {}
    async with filled as connection:
        for name, (statement, values) in STATEMENTS.items():
            explained = f"EXPLAIN {statement}".encode()
            cursor = await connection.execute(explained, values)
            plan = "\n".join(row[0] for row in await cursor.fetchall())
            if WHOLE.search(plan):
                scans[name] = plan

    assert scans == {}, "\n\n".join(f"{name}\n{plan}" for name, plan in scans.items())
