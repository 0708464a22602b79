"""The gate's answers: recorded before they are given, and how they are shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bus.notices.gate import Act, GateAnswer
from bus.notices.rules_version import RULES_VERSION
from bus.storage.connections import Connection
from bus.tracker.views import View, dimensions_of, positions_view, reasons_view


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """An answer and the id under which it was recorded.

    It was recorded in business time, and asked in real time, from which its validity counts.
    `limit` is how far the tracker might be behind, by the asker's setting. `doubt` says why
    nobody can tell how fresh the tracker is.
    """

    answer_id: UUID
    recorded_at: datetime
    asked_at: datetime
    act: Act
    answer: GateAnswer
    limit: timedelta
    doubt: str | None
    rules_version: int = RULES_VERSION


INSERT_ANSWER = """
INSERT INTO gate_answer (
    answer_id, policy_id, at, known_at, asked_at, valid_until, verdict, is_fresh,
    freshness_limit_seconds, dimensions, reasons, positions, sector, event_kind,
    rules_version, recorded_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


async def record(connection: Connection, recorded: RecordedAnswer) -> None:
    """Store an answer, before it is given."""
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
            recorded.act.sector,
            recorded.act.event_kind,
            recorded.rules_version,
            recorded.recorded_at,
        ],
    )


def answer_view(recorded: RecordedAnswer) -> View:
    """Return an answer as JSON has it."""
    given = recorded.answer
    return {
        "answer_id": recorded.answer_id,
        "policy_id": given.clearance.policy_id,
        "verdict": given.verdict,
        "at": given.clearance.at,
        "known_at": given.clearance.known_at,
        "sector": recorded.act.sector,
        "event_kind": recorded.act.event_kind,
        "scope": given.coverage,
        "asked_at": recorded.asked_at,
        "valid_until": given.valid_until,
        "is_fresh": given.is_fresh,
        "freshness_limit_seconds": recorded.limit.total_seconds(),
        **dimensions_of(given.clearance),
        "rules_version": recorded.rules_version,
        "reasons": reasons_view(given.reasons),
        "positions": positions_view(given.positions),
        "sentence": given.sentence,
    }
