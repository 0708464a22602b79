"""No statement of the tracker, and none that asks what it keeps, reads a filled table whole."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from bus.events import Mode
from bus.explaining import reaching, timeline, tracker_rows
from bus.offices import agreeing, overview, policy_steps
from bus.storage.connections import Connection, connect
from bus.tracker import (
    coordination_store,
    due_store,
    due_table,
    fact_store,
    finding_list,
    ladder_store,
    message_queue,
    moments,
    practice,
    replaying,
    standing,
    state_store,
    unreadable,
)
from tests.records import MOMENT

POLICY = "doj/2026/p-7"
ID = UUID("019a0000-0000-7000-8000-000000000000")
EARLY = datetime(2026, 1, 1, 0, 10, tzinfo=UTC)

FILL = """
INSERT INTO fact SELECT uuidv7(), 'CITATION', 'doj/2026/p-' || n % 1000, 'dhs.custody-event.v1', 0,
    n, 'dhs.e3/store', n, CASE WHEN n % 1000 = 0 THEN 'EXERCISE' ELSE 'ACTUAL' END, true, '[]',
    '2026-01-01+00'::timestamptz + n * interval '1 second', '{}'
FROM generate_series(1, 20000) AS n;
INSERT INTO fact SELECT uuidv7(), 'NOTICE', 'doj/2026/p-' || n, 'doj.policy-notice.v1', 0,
    n, 'doj.oag/store', n, 'ACTUAL', true, '[]', '2026-01-01+00', '{}'
FROM generate_series(1, 1000) AS n;
INSERT INTO fact SELECT uuidv7(), 'RECEIPT', NULL, 'hhs.delivery-receipt.v1', 0,
    n, 'hhs/store', n, 'ACTUAL', true, '[]', '2026-01-01+00', '{}'
FROM generate_series(1, 5000) AS n;
INSERT INTO fact SELECT uuidv7(), 'COORDINATION', NULL, 'hhs.coordination.v1', 0,
    n, 'hhs/store', n, 'ACTUAL', true, '[]', '2026-01-01+00', jsonb_build_object(
        'coordination_id', uuidv7(), 'kind', 'OBSERVATION')
FROM generate_series(1, 3000) AS n;
INSERT INTO fact SELECT uuidv7(), 'COORDINATION', NULL, 'hhs.coordination.v1', 0,
    n, 'hhs/store', n, 'ACTUAL', true, '[]', '2026-01-01+00', jsonb_build_object(
        'kind', 'DISPOSITION', 'disposition', jsonb_build_object('of', uuidv7()))
FROM generate_series(3001, 6000) AS n;
INSERT INTO fact_receipt SELECT uuidv7(), event_id FROM fact WHERE kind = 'RECEIPT';
INSERT INTO clearance_state SELECT 'doj/2026/p-' || n % 1000, n, '2026-01-01+00', '2026-01-01+00',
    jsonb_build_object('announced', n % 100 = 0, 'mode', 'ACTUAL'), '[]'
FROM generate_series(1, 5000) AS n;
INSERT INTO standing SELECT 'doj/2026/p-' || n, '2026-01-01+00', '2026-01-01+00', NULL, '{}', NULL
FROM generate_series(1, 5000) AS n;
INSERT INTO finding (finding_id, version, kind, severity, mode, policy_id, event_id, facts,
    opened_at, state)
SELECT uuidv7(), 1, CASE WHEN n % 1000 = 0 THEN 'OVERDUE' ELSE 'CITED_NOT_CLEAR' END, 'ALARM',
    CASE WHEN n % 1000 = 1 THEN 'EXERCISE' ELSE 'ACTUAL' END, 'doj/2026/p-' || n % 1000, uuidv7(),
    '[]', '2026-01-01+00'::timestamptz + n * interval '1 second',
    CASE WHEN n % 100 = 0 THEN 'OPEN' ELSE 'RESOLVED' END
FROM generate_series(1, 5000) AS n;
INSERT INTO due_action SELECT uuidv7(), 'doj/2026/p-' || n % 1000, 'REMINDER', 'ACTUAL',
    '2026-01-01+00'::timestamptz + n * interval '1 minute', 1, '', 'hhs.orr.intake',
    'hhs.orr.intake', 50, CASE WHEN n % 50 = 0 THEN 'WAITING' ELSE 'DONE' END,
    CASE WHEN n % 50 = 0 THEN NULL ELSE now() END
FROM generate_series(1, 5000) AS n;
INSERT INTO ladder_step SELECT uuidv7(), finding_id, 'hhs.oig', 1, opened_at,
    CASE WHEN state = 'OPEN' THEN 'WAITING' ELSE 'DONE' END,
    CASE WHEN state = 'OPEN' THEN NULL ELSE now() END
FROM finding;
INSERT INTO message SELECT uuidv7(), 'REMINDER', 'ACTUAL', 'hhs.orr.intake',
    'doj/2026/p-' || n % 1000, uuidv7(), '2026-01-01+00', '', '', '{}',
    CASE WHEN n % 100 = 0 THEN 'QUEUED' ELSE 'DELIVERED' END,
    now(), '2026-01-01+00'::timestamptz + n * interval '1 minute', NULL
FROM generate_series(1, 5000) AS n;
INSERT INTO message_try SELECT message_id, 1, 1, 'email', 'DELIVERED', '', now() FROM message;
INSERT INTO gate_answer (
    policy_id, at, known_at, recorded_at, asked_at, valid_until, verdict, is_fresh, dimensions,
    reasons, positions)
SELECT 'doj/2026/p-' || n % 1000, now(), now(), now(), now(), now(), 'CLEAR', true, '{}', '[]', '[]'
FROM generate_series(1, 5000) AS n;
INSERT INTO practice_day SELECT 'dhs', 'sector ' || n % 20, '2025-10-01'::date + n / 20,
    kind, '', 'ADULT', n
FROM generate_series(1, 4000) AS n, unnest('{APPREHENDED,SEPARATED}'::text[]) AS kind;
INSERT INTO dead_letter (
    dead_letter_id, group_name, topic, partition, account_id, kafka_offset, appended_at, headers,
    reason, detail, event_id, digest, state, holds)
SELECT uuidv7(), 'tracker', 'doj.policy-notice.v1', 0, account_id, n, now(), '[]', 'UNDECODABLE',
    '', uuidv7(), sha256(n::text::bytea), CASE WHEN n % 100 = 0 THEN 'OPEN' ELSE 'RESOLVED' END,
    false
FROM generate_series(1, 5000) AS n, consumer_account;
INSERT INTO unreadable_record (
    dead_letter_id, policy_id, topic, partition, kafka_offset, event_id, digest, opened_at)
SELECT dead_letter_id, 'doj/2026/p-' || kafka_offset % 1000, topic, 0, kafka_offset, event_id,
    digest, now() FROM dead_letter;
ANALYZE
"""
ACCOUNT = """
INSERT INTO consumer_account (
    group_name, topic, partition, number, topic_id, first_offset, opened_by, reason)
VALUES ('tracker', 'doj.policy-notice.v1', 0, 1, 'id', 0, 'test', 'test')
"""


def of(table: due_table.DueTable[Any], statement: str) -> str:
    return statement.format(table=table.table, subject=table.subject)


def of_a_due_table(
    name: str, table: due_table.DueTable[Any], subject: str | UUID
) -> dict[str, tuple[str, Any]]:
    return {
        f"{name}: forget": (of(table, due_table.FORGET), [[subject], [ID]]),
        f"{name}: withdraw": (of(table, due_table.WITHDRAW), [[ID], [subject]]),
        f"{name}: due": (of(table, due_table.DUE), [MOMENT, 100]),
        f"{name}: take": (of(table, due_table.TAKE), {"now": MOMENT, "of": subject}),
        f"{name}: moot": (of(table, due_table.MARK_MOOT), [[ID]]),
    }


def listed(**wanted: object) -> dict[str, object]:
    nothing = dict.fromkeys(("policy", "kind", "mode", "known_at"))
    return {**nothing, "resolved": True, **wanted}


JUDGED = {"today": date(2026, 4, 20), "since": date(2026, 4, 1), "reference": 28}
LEASED = {"now": MOMENT, "until": MOMENT, "limit": 10}
TRIED = {"id": ID, "round": 1, "channel": "email", "outcome": "REFUSED", "reason": "", "at": MOMENT}

STATEMENTS: dict[str, tuple[str, Any]] = {
    **of_a_due_table("policies", due_store.OF_POLICIES, POLICY),
    **of_a_due_table("alarms", ladder_store.OF_FINDINGS, ID),
    "findings of a policy": (finding_list.CHOSEN, listed(policy=POLICY)),
    "findings of a kind": (finding_list.CHOSEN, listed(kind="OVERDUE")),
    "findings of exercises": (finding_list.CHOSEN, listed(mode=Mode.EXERCISE.value)),
    "open findings": (finding_list.CHOSEN, listed(resolved=False)),
    "early findings": (finding_list.KNOWN, listed(known_at=EARLY)),
    "findings as known": (finding_list.KNOWN, listed(known_at=MOMENT, policy=POLICY)),
    "findings since": (state_store.CONCERNED, [[POLICY], [MOMENT]]),
    "findings by id": (state_store.FINDINGS_OF, [[ID]]),
    "lease": (message_queue.LEASE, LEASED),
    "tries": (message_queue.TRIES, [[ID]]),
    "a try": (message_queue.INSERT_TRY, TRIED),
    "reasons": (message_queue.REASONS, [ID]),
    "practice": (practice.COUNTS, JUDGED),
    "announced policies": (practice.ANNOUNCED, []),
    "standing": (standing.READ, [POLICY]),
    "an answer": (replaying.ANSWER, [ID]),
    "answers": (reaching.ANSWERS, {"policy": POLICY, "known_at": None}),
    "due lines": (reaching.DUE, [POLICY, ["REMINDER"]]),
    "step lines": (reaching.STEPS, [POLICY]),
    "try lines": (reaching.TRIES, [POLICY]),
    "cited": (timeline.CITED, {"policy": POLICY, "known_at": None}),
    "messages about": (
        f"{tracker_rows.MESSAGES} WHERE message_id = %(id)s OR action_id = %(id)s",
        {"id": ID},
    ),
    "policies' facts": (fact_store.OF_POLICIES, {"policies": [POLICY]}),
    "citations": (fact_store.CITATIONS, [[POLICY], [MOMENT]]),
    "exercises": (coordination_store.EXERCISES, ["dhs.custody-event.v1", MOMENT]),
    "superseded": (fact_store.SUPERSEDED, [[POLICY]]),
    "receipted": (fact_store.RECEIPTED, [[ID]]),
    "covered": (fact_store.COVERED, [["dhs"]]),
    "zone": (moments.ZONE, [POLICY]),
    "announced": (overview.POLICIES, []),
    "a stay": (policy_steps.POLICY_OF_STAY, [["doj.coordination.v1"], "019a"]),
    "agreements": (fact_store.AGREEMENTS, []),
    "agreements listed": (agreeing.AGREED, ["AGREEMENT"]),
    "observations": (coordination_store.OBSERVATIONS, [[str(ID)]]),
    "dispositions": (coordination_store.DISPOSITIONS, [[str(ID)]]),
    "windows": (coordination_store.WINDOWS, []),
    "seen policies": (coordination_store.SEEN_POLICIES, {"ids": [str(ID)]}),
    "unreadable": (unreadable.UNREADABLE, [[POLICY]]),
    "closing": (unreadable.CLOSE_UNREADABLE, [MOMENT, [ID], [b""]]),
    "unreadable of any": (
        unreadable.OF_ANY_POLICY,
        {"group": "tracker", "agreements": ["bus.agreement.v1"], "limit": 20},
    ),
}
GROWING = (
    "fact|fact_receipt|clearance_state|standing|finding|due_action|ladder_step|message|message_try"
    "|gate_answer|practice_day|dead_letter|unreadable_record"
)
WHOLE = re.compile(rf"Seq Scan on ({GROWING})\b")


@pytest.fixture
async def filled(database_url: str) -> Connection:
    """Give a connection to the bus's schema with much of everything."""
    connection = await connect(database_url, "bus")
    for statement in (ACCOUNT, *FILL.split(";")):
        await connection.execute(statement.encode())
    return connection


async def test_no_statement_about_what_the_tracker_keeps_reads_a_filled_table_whole(
    filled: Connection,
) -> None:
    scans: dict[str, str] = {}
    async with filled as connection:
        for name, (statement, values) in STATEMENTS.items():
            cursor = await connection.execute(f"EXPLAIN {statement}".encode(), values)
            plan = "\n".join(row[0] for row in await cursor.fetchall())
            if WHOLE.search(plan):
                scans[name] = plan

    assert scans == {}, "\n\n".join(f"{name}\n{plan}" for name, plan in scans.items())
