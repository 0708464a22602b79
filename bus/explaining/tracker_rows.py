"""What the tracker's rows say: facts, and the states and findings that were derived from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from bus.codec.schemas import SchemaStore
from bus.explaining.rows import Row, rows_of
from bus.notices.clearance import derive
from bus.notices.facts import AnyFact, DeadLetterFact
from bus.notices.history import History
from bus.storage.connections import Connection, take_snapshot
from bus.tracker.fact_store import load_policies
from bus.tracker.known import newest
from bus.tracker.replaying import replay
from bus.tracker.views import dimensions_of, reasons_view

FACTS = """
SELECT event_id, kind, policy_id, topic, partition, kafka_offset AS "offset", source, sequence,
       mode, recorded_at
FROM fact WHERE event_id = ANY(%s) ORDER BY recorded_at, topic, partition, kafka_offset
"""


async def facts_by_id(connection: Connection, events: Sequence[UUID]) -> list[Row]:
    """Return which of these events the tracker keeps as facts, and where they stand."""
    return await rows_of(connection, FACTS, [list(events)])


FINDING = """
SELECT finding_id, kind, severity, mode, state, policy_id, office, event_id, facts, opened_at
FROM finding
"""


async def findings_about(connection: Connection, identifier: UUID) -> list[Row]:
    """Return the finding of this id, and those that rest on the event of this id."""
    query = f"{FINDING} WHERE finding_id = %(id)s OR event_id = %(id)s OR facts ? %(text)s"
    query += " ORDER BY opened_at, finding_id"
    return await rows_of(connection, query, {"id": identifier, "text": str(identifier)})


async def findings_of_policy(connection: Connection, policy_id: str) -> list[Row]:
    """Return every finding about a policy."""
    query = f"{FINDING} WHERE policy_id = %s ORDER BY opened_at, finding_id"
    return await rows_of(connection, query, [policy_id])


CLEARANCES = """
SELECT policy_id, version, at, known_at, cause AS caused_by, state -> 'record' AS record,
       state -> 'answer' AS answer, state -> 'lead' AS lead, state -> 'force' AS force,
       state -> 'announced' AS announced
FROM clearance_state
"""


async def clearances_caused_by(connection: Connection, event_id: UUID) -> list[Row]:
    """Return the clearances that changed because of this event."""
    query = f"{CLEARANCES} WHERE cause = %s ORDER BY policy_id, version"
    return await rows_of(connection, query, [event_id])


DUE = """
SELECT action_id, kind, due_at, state, done_at, revision, office, tells, number
FROM due_action WHERE policy_id = %s ORDER BY due_at, kind, action_id
"""


async def due_of_policy(connection: Connection, policy_id: str) -> list[Row]:
    """Return what falls due of a policy by time alone, and what of it was done."""
    return await rows_of(connection, DUE, [policy_id])


STEPS = """
SELECT action_id, finding_id, due_at, step.state, done_at, tells, number
FROM ladder_step AS step JOIN finding USING (finding_id)
"""


async def steps_of_policy(connection: Connection, policy_id: str) -> list[Row]:
    """Return whom the alarms about a policy turn to, and what of it was done."""
    query = f"{STEPS} WHERE policy_id = %s ORDER BY due_at, finding_id, number"
    return await rows_of(connection, query, [policy_id])


async def steps_of_finding(connection: Connection, identifier: UUID) -> list[Row]:
    """Return whom this finding turns to, or the one step of this id."""
    query = f"{STEPS} WHERE finding_id = %(id)s OR action_id = %(id)s ORDER BY number"
    return await rows_of(connection, query, {"id": identifier})


MESSAGES = """
SELECT message_id, kind, mode, office, state, caused_at, queued_at, next_try_at, action_id
FROM message
"""

TRIES = """
SELECT message_id, round, channel, outcome, try.reason, tried_at
FROM message_try AS try JOIN message USING (message_id)
"""


async def messages_of_policy(connection: Connection, policy_id: str) -> dict[str, list[Row]]:
    """Return the messages about a policy, and each try to deliver them."""
    return {
        "messages": await rows_of(
            connection, f"{MESSAGES} WHERE policy_id = %s ORDER BY queued_at, office", [policy_id]
        ),
        "tries": await rows_of(
            connection, f"{TRIES} WHERE policy_id = %s ORDER BY tried_at, number", [policy_id]
        ),
    }


async def messages_about(connection: Connection, identifier: UUID) -> dict[str, list[Row]]:
    """Return the message of this id, or those that an action of this id caused, with each try."""
    wanted = "WHERE message_id = %(id)s OR action_id = %(id)s"
    values = {"id": identifier}
    return {
        "messages": await rows_of(
            connection, f"{MESSAGES} {wanted} ORDER BY queued_at, office", values
        ),
        "tries": await rows_of(connection, f"{TRIES} {wanted} ORDER BY tried_at, number", values),
    }


ANSWER = """
SELECT answer_id, policy_id, verdict, at, known_at, recorded_at, asked_at, is_fresh,
       freshness_limit_seconds, rules_version, dimensions, reasons, positions
FROM gate_answer WHERE answer_id = %s
"""


async def gate_answer(connection: Connection, answer_id: UUID) -> list[Row]:
    """Return the gate's answer of this id, if there was one."""
    return await rows_of(connection, ANSWER, [answer_id])


async def replayed_answer(
    connection: Connection, answer_id: UUID, schemas: SchemaStore
) -> list[Row]:
    """Return the answer of this id as the same records give it again, if there was one."""
    found = await replay(connection, answer_id, schemas)
    if found is None:
        return []
    same = {"is_same": found.is_same, "is_by_these_rules": found.is_by_these_rules}
    return [{"answer_id": answer_id, **same, **found.replayed}]


async def policy_record(
    connection: Connection, policy_id: str, now: datetime, schemas: SchemaStore
) -> dict[str, list[Row]]:
    """Return a policy's clearance now, its reasons, every fact behind it, and how it came so.

    Empty where nobody has heard of the policy.
    """
    async with connection.transaction():
        await take_snapshot(connection)
        facts = (await load_policies(connection, [policy_id], schemas)).facts
        query = f"{CLEARANCES} WHERE policy_id = %s ORDER BY version"
        versions = await rows_of(connection, query, [policy_id])
    if not versions and not any(is_about(fact, policy_id) for fact in facts):
        return {}
    known_at = newest(facts, now)
    clearance = derive(policy_id, History.of(facts), at=now, known_at=known_at)
    facts.sort(key=lambda fact: fact.place)
    return {
        "clearance": [{"policy_id": policy_id, "at": now, **dimensions_of(clearance)}],
        "reasons": reasons_view(clearance.reasons),
        "facts": [fact_row(fact) for fact in facts],
        "versions": versions,
    }


def is_about(fact: AnyFact, policy_id: str) -> bool:
    """Tell whether a fact names the policy; agreements are about every policy."""
    return getattr(fact, "policy_id", None) == policy_id


def fact_row(fact: AnyFact) -> Row:
    """Return which record a fact is, and where it stands."""
    if isinstance(fact, DeadLetterFact):
        return {
            "kind": "DEAD_LETTER",
            "event_id": None,
            "dead_letter_id": fact.dead_letter_id,
            "topic": fact.topic,
            "partition": fact.partition,
            "offset": fact.offset,
            "source": None,
            "sequence": None,
            "recorded_at": fact.recorded_at,
        }
    origin = fact.origin
    return {
        "kind": type(fact).__name__.removesuffix("Fact").upper(),
        "event_id": origin.event_id,
        "dead_letter_id": None,
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "source": origin.source,
        "sequence": origin.sequence,
        "recorded_at": origin.recorded_at,
    }
