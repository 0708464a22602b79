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
from bus.errors import UnavailableError
from bus.events import new_event_id
from bus.notices.clearance import Clearance, derive
from bus.notices.gate import Freshness, GateAnswer, SequenceGap, answer
from bus.notices.history import History
from bus.settings import Settings
from bus.storage.connections import Connection, take_snapshot
from bus.tracker.contents import TRACKED
from bus.tracker.fact_store import load_policies
from bus.tracker.known import newest
from bus.tracker.moments import read_moment, zone_of
from bus.tracker.positions import as_gate_positions, read_positions
from bus.tracker.sequences import missing_numbers
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
    gaps: tuple[SequenceGap, ...]


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An answer and the id under which it was recorded.

    `doubt` says why nobody can tell how fresh the tracker is.
    """

    answer_id: UUID
    asked_at: datetime
    answer: GateAnswer
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
    at = read_moment(question.at, zone) if question.at else now
    known_at = read_moment(question.known_at, zone) if question.known_at else newest(facts, now)
    clearance = derive(question.policy_id, History.of(facts), at=at, known_at=known_at)
    return Known(clearance, positions, gaps)


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
    lag, doubt = await _lag(settings, known.positions, asked_at, limit)
    freshness = Freshness(
        asked_at=asked_at,
        lag=lag,
        gaps=known.gaps,
        positions=as_gate_positions(known.positions),
        limit=limit,
    )
    recorded = RecordedAnswer(new_event_id(), asked_at, answer(known.clearance, freshness), doubt)
    await _record(connection, recorded)
    return recorded


async def _lag(
    settings: Settings, positions: Mapping[Partition, int], asked_at: datetime, limit: timedelta
) -> tuple[timedelta | None, str | None]:
    """Return how far the tracker is behind, and why nobody can tell."""
    try:
        lag = await asyncio.to_thread(
            lag_bound,
            settings.bootstrap,
            settings.names,
            TRACKED,
            positions,
            asked_at=asked_at,
            limit=limit,
        )
    except UnavailableError as error:
        return None, str(error)
    return lag, None


INSERT_ANSWER = """
INSERT INTO gate_answer (
    answer_id, policy_id, at, known_at, asked_at, valid_until, verdict, is_fresh, dimensions,
    reasons, positions)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
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
            json.dumps(dimensions_of(clearance)),
            json.dumps(reasons_view(given.reasons)),
            json.dumps(positions_view(given.positions)),
        ],
    )
