"""Recorded answers, given again: by the same records, moments and rules, they come out the same.

What the tracker knows of itself (how far it was behind, which numbers were missing) was true of
that moment alone, and isn't asked again: a replay compares what the facts say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.codec.definitions import Json
from bus.codec.schemas import SchemaStore
from bus.consuming.records import Partition
from bus.notices.clearance import Clearance, derive
from bus.notices.facts import AnyFact, DeadLetterFact
from bus.notices.history import History
from bus.notices.rules_version import RULES_VERSION
from bus.notices.states import Code
from bus.storage.connections import Connection, take_snapshot
from bus.tracker.fact_store import load_policies
from bus.tracker.views import View, dimensions_of, reasons_view

OF_THE_MOMENT = frozenset(
    {
        Code.TRACKER_BEHIND,
        Code.OFFSETS_LOST,
        Code.AGREEMENT_UNREADABLE,
        Code.STATEMENT_UNREADABLE,
        Code.SEQUENCE_GAP,
        Code.OUT_OF_SCOPE,
        Code.SCOPE_NOT_ASKED,
    }
)
"""Reasons that an answer has beside those of its clearance: of the tracker, and of the act."""

ANSWER = """
SELECT policy_id, at, known_at, positions, dimensions, reasons, rules_version
FROM gate_answer WHERE answer_id = %s
"""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a recorded answer said, and what the facts say again.

    `rules_version` is that of the answer; None where it wasn't recorded.
    """

    rules_version: int | None
    recorded: Mapping[str, Json]
    replayed: View

    @property
    def is_same(self) -> bool:
        return self.recorded == self.replayed

    @property
    def is_by_these_rules(self) -> bool:
        """Whether the rules are those by which it was given: else it may well differ."""
        return self.rules_version == RULES_VERSION


async def replay(connection: Connection, answer_id: UUID, schemas: SchemaStore) -> Replay | None:
    """Give a recorded answer again; None where there is none of this id."""
    async with connection.transaction():
        await take_snapshot(connection)
        cursor = await connection.execute(ANSWER, [answer_id])
        row = await cursor.fetchone()
        if row is None:
            return None
        policy_id, at, known_at, positions, dimensions, reasons, version = row
        facts = (await load_policies(connection, [policy_id], schemas)).facts
    read = read_by(facts, positions)
    clearance = _derive(policy_id, read, at, known_at)
    told = {"reasons": [each for each in reasons if each["code"] not in OF_THE_MOMENT]}
    return Replay(version, dimensions | told, _said(clearance))


def read_by(facts: Iterable[AnyFact], positions: Collection[Mapping[str, int]]) -> list[AnyFact]:
    """Return the facts that stood before these positions."""
    reached = {
        Partition(str(each["topic"]), each["partition"]): each["next_offset"] for each in positions
    }
    return [fact for fact in facts if _offset(fact) < reached.get(_partition(fact), 0)]


def _derive(
    policy_id: str, facts: Iterable[AnyFact], at: datetime, known_at: datetime
) -> Clearance:
    return derive(policy_id, History.of(facts), at=at, known_at=known_at)


def _said(clearance: Clearance) -> View:
    return {**dimensions_of(clearance), "reasons": reasons_view(clearance.reasons)}


def _partition(fact: AnyFact) -> Partition:
    place = fact if isinstance(fact, DeadLetterFact) else fact.origin
    return Partition(place.topic, place.partition)


def _offset(fact: AnyFact) -> int:
    return fact.offset if isinstance(fact, DeadLetterFact) else fact.origin.offset
