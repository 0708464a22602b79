"""The clearance and the gate, asked from the facts that the tracker has stored.

Facts, positions and gaps are read in one snapshot, so an answer rests on exactly the records
before its positions. The log is asked after that: what was appended in between counts as unread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bus.codec.schemas import SchemaStore
from bus.consuming.lag import lag_bound
from bus.consuming.records import Partition
from bus.errors import FaultError, UnavailableError
from bus.events import new_event_id
from bus.notices.clearance import Clearance, derive
from bus.notices.gate import (
    ANYTHING,
    Act,
    Freshness,
    LostOffsets,
    SequenceGap,
    answer,
)
from bus.notices.history import History
from bus.settings import Settings
from bus.storage.connections import Connection, take_snapshot
from bus.topic_admin import TopicIds
from bus.tracker.answers import RecordedAnswer, record
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
from bus.tracker.standing import read_standing
from bus.tracker.unreadable import UnreadableOfAny, unreadable_of_any


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a policy and, as people write them, a moment and a state of knowledge.

    Each is now, when None. `act` is what somebody means to do under the policy.
    """

    policy_id: str
    at: str | None = None
    known_at: str | None = None
    act: Act = ANYTHING

    @property
    def is_of_now(self) -> bool:
        """Whether it asks about now, by all that is known."""
        return self.at is None and self.known_at is None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the tracker was behind at `checked_at`, in real time: see `lag_bound`.

    `doubt` says why nobody can tell.
    """

    checked_at: datetime
    lag: timedelta | None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the tracker has stored about a question, from one snapshot; `now` is business time."""

    now: datetime
    clearance: Clearance
    positions: Mapping[Partition, int]
    topic_ids: Mapping[str, set[str]]
    gaps: tuple[SequenceGap, ...]
    lost: tuple[LostOffsets, ...]
    unreadable: UnreadableOfAny


async def read_known(
    connection: Connection, question: Question, now: datetime, schemas: SchemaStore
) -> Known:
    """Derive the clearance that is asked about; `now` is business time.

    Raises UsageError for a moment that can't be read.
    """
    async with connection.transaction():
        await take_snapshot(connection)
        return await _derived(connection, question, now, schemas)


async def read_current(
    connection: Connection, question: Question, now: datetime, schemas: SchemaStore
) -> Known:
    """Return the same, without seats where what was derived last still holds."""
    if not question.is_of_now:
        return await read_known(connection, question, now, schemas)
    async with connection.transaction():
        await take_snapshot(connection)
        clearance = await read_standing(connection, question.policy_id, now)
        if clearance is None:
            return await _derived(connection, question, now, schemas)
        return await _known(connection, clearance, now)


async def _derived(
    connection: Connection, question: Question, now: datetime, schemas: SchemaStore
) -> Known:
    facts = (await load_policies(connection, [question.policy_id], schemas)).facts
    zone = await zone_of(connection, question.policy_id)
    at = now if question.at is None else read_moment(question.at, zone)
    known_at = (
        newest(facts, now) if question.known_at is None else read_moment(question.known_at, zone)
    )
    clearance = derive(question.policy_id, History.of(facts), at=at, known_at=known_at)
    return await _known(connection, clearance, now)


async def _known(connection: Connection, clearance: Clearance, now: datetime) -> Known:
    return Known(
        now,
        clearance,
        positions=await read_positions(connection),
        topic_ids=await read_topic_ids(connection),
        gaps=await missing_numbers(connection),
        lost=await lost_offsets(connection, watched_topics()),
        unreadable=await unreadable_of_any(connection),
    )


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
    limit = timedelta(seconds=settings.freshness_limit)
    lag = await asyncio.to_thread(measure_lag, settings, known.positions, known.topic_ids, limit)
    return await answer_and_record(connection, question, known, lag, limit)


async def answer_and_record(
    connection: Connection, question: Question, known: Known, lag: Lag, limit: timedelta
) -> RecordedAnswer:
    """Answer from what is known, and record the answer before it is given.

    It is valid from the moment at which the lag was measured.
    """
    freshness = Freshness(
        asked_at=lag.checked_at,
        lag=lag.lag,
        gaps=known.gaps,
        lost=known.lost,
        agreements=known.unreadable.agreements,
        statements=known.unreadable.statements,
        positions=as_gate_positions(known.positions),
        limit=limit,
    )
    given = answer(known.clearance, freshness, question.act)
    recorded = RecordedAnswer(
        answer_id=new_event_id(),
        recorded_at=known.now,
        asked_at=lag.checked_at,
        act=question.act,
        answer=given,
        limit=limit,
        doubt=lag.doubt,
    )
    await record(connection, recorded)
    return recorded


def measure_lag(
    settings: Settings,
    positions: Mapping[Partition, int],
    topic_ids: Mapping[str, set[str]],
    limit: timedelta,
) -> Lag:
    """Ask the broker how far the tracker is behind; doubt says why nobody can tell. Blocks."""
    checked_at = datetime.now(UTC)
    try:
        anew = created_anew(settings, topic_ids)
        if anew:
            doubt = f"created anew since the tracker read them: {', '.join(anew)}"
            return Lag(checked_at, None, doubt)
        lag = lag_bound(
            settings.bootstrap,
            settings.names,
            TRACKED,
            positions,
            asked_at=checked_at,
            limit=limit,
        )
    except (UnavailableError, FaultError) as error:
        return Lag(checked_at, None, str(error))
    return Lag(checked_at, lag)


def created_anew(settings: Settings, known: Mapping[str, set[str]]) -> list[str]:
    """Return the topics whose log is another one than the tracker has read. Blocks."""
    present = TopicIds(settings.bootstrap, settings.names).of(sorted(known)) if known else {}
    return [topic for topic, ids in sorted(known.items()) if ids != {present[topic]}]
