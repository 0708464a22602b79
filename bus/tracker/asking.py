"""The clearance and the gate, asked from the facts that the tracker has stored.

Facts, positions and gaps are read in one snapshot, so an answer rests on exactly the records
before its positions. The log is asked after that: what was appended in between counts as unread.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bus.codec.schemas import SchemaStore
from bus.consuming.lag import lag_bound
from bus.consuming.records import Partition
from bus.errors import FaultError, UnavailableError
from bus.events import new_event_id
from bus.notices.clearance import Clearance, derive
from bus.notices.gate import Freshness, GateAnswer, LostOffsets, SequenceGap, answer
from bus.notices.history import History
from bus.settings import Settings
from bus.storage.connections import Connection, take_snapshot
from bus.topic_admin import TopicIds
from bus.tracker.contents import TRACKED
from bus.tracker.fact_store import load_policies
from bus.tracker.known import newest
from bus.tracker.moments import read_moment, zone_of
from bus.tracker.positions import (
    as_gate_positions,
    lost_offsets,
    read_positions,
    read_topic_ids,
)
from bus.tracker.sequences import missing_numbers, watched_topics
from bus.tracker.views import dimensions_of, positions_view, reasons_view


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a policy and, as people write them, a moment and a state of knowledge.

    Each is now, when None.
    """

    policy_id: str
    at: str | None = None
    known_at: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the tracker has stored about a question, from one snapshot."""

    clearance: Clearance
    positions: Mapping[Partition, int]
    topic_ids: Mapping[str, set[str]]
    gaps: tuple[SequenceGap, ...]
    lost: tuple[LostOffsets, ...]


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An answer and the id under which it was recorded.

    `limit` is how far the tracker might be behind, by the asker's setting. `doubt` says why
    nobody can tell how fresh the tracker is.
    """

    answer_id: UUID
    asked_at: datetime
    answer: GateAnswer
    limit: timedelta
    doubt: str | None


async def read_known(
    connection: Connection, question: Question, now: datetime, schemas: SchemaStore
) -> Known:
    """Derive the clearance that is asked about; `now` is business time.

    Raises UsageError for a moment that can't be read.
    """
    async with connection.transaction():
        await take_snapshot(connection)
        facts = (await load_policies(connection, [question.policy_id], schemas)).facts
        zone = await zone_of(connection, question.policy_id)
        positions = await read_positions(connection)
        gaps = await missing_numbers(connection)
        lost = await lost_offsets(connection, watched_topics())
        topic_ids = await read_topic_ids(connection)
    at = now if question.at is None else read_moment(question.at, zone)
    known_at = (
        newest(facts, now) if question.known_at is None else read_moment(question.known_at, zone)
    )
    clearance = derive(question.policy_id, History.of(facts), at=at, known_at=known_at)
    return Known(clearance, positions, topic_ids, gaps, lost)


async def ask_gate(
    connection: Connection,
    question: Question,
    settings: Settings,
    now: datetime,
    schemas: SchemaStore,
) -> RecordedAnswer:
    """Answer the gate's question, and record the answer.

    A broker that doesn't answer leaves nobody able to tell how fresh the tracker is: not clear.
    Raises UnavailableError if the database is away: then nothing can be said.
    """
    known = await read_known(connection, question, now, schemas)
    asked_at = datetime.now(UTC)
    limit = timedelta(seconds=settings.freshness_limit)
    lag, doubt = await _lag(settings, known, asked_at, limit)
    freshness = Freshness(
        asked_at=asked_at,
        lag=lag,
        gaps=known.gaps,
        lost=known.lost,
        positions=as_gate_positions(known.positions),
        limit=limit,
    )
    given = answer(known.clearance, freshness)
    recorded = RecordedAnswer(new_event_id(), asked_at, given, limit, doubt)
    await _record(connection, recorded)
    return recorded


async def _lag(
    settings: Settings, known: Known, asked_at: datetime, limit: timedelta
) -> tuple[timedelta | None, str | None]:
    """Return how far the tracker is behind, and why nobody can tell."""
    try:
        anew = await asyncio.to_thread(created_anew, settings, known.topic_ids)
        if anew:
            return None, f"created anew since the tracker read them: {', '.join(anew)}"
        lag = await asyncio.to_thread(
            lag_bound,
            settings.bootstrap,
            settings.names,
            TRACKED,
            known.positions,
            asked_at=asked_at,
            limit=limit,
        )
    except (UnavailableError, FaultError) as error:
        return None, str(error)
    return lag, None


def created_anew(settings: Settings, known: Mapping[str, set[str]]) -> list[str]:
    """Return the topics whose log is another one than the tracker has read. Blocks."""
    present = TopicIds(settings.bootstrap, settings.names).of(sorted(known)) if known else {}
    return [topic for topic, ids in sorted(known.items()) if ids != {present[topic]}]


INSERT_ANSWER = """
INSERT INTO gate_answer (
    answer_id, policy_id, at, known_at, asked_at, valid_until, verdict, is_fresh,
    freshness_limit_seconds, dimensions, reasons, positions)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


async def _record(connection: Connection, recorded: RecordedAnswer) -> None:
    given = recorded.answer
    clearance = given.clearance
    await connection.execute(
        INSERT_ANSWER,
        [
            recorded.answer_id,
            clearance.policy_id,
            clearance.at,
            clearance.known_at,
            recorded.asked_at,
            given.valid_until,
            given.verdict.value,
            given.is_fresh,
            recorded.limit.total_seconds(),
            json.dumps(dimensions_of(clearance)),
            json.dumps(reasons_view(given.reasons)),
            json.dumps(positions_view(given.positions)),
        ],
    )
