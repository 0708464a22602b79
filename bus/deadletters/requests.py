"""What operators ask of dead letters: stored here, carried out by the owner of the partition.

Nothing is applied or closed here: `bus.consuming.requests` takes a request up, under the claim
of the partition, so that it races with nothing and goes on after a crash. A dead letter has one
open request at most; whoever asks second is told who asked first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bus.consuming.parking import LetterKind, LetterState
from bus.deadletters.letters import Filter
from bus.errors import FaultError, UsageError
from bus.events import new_event_id
from bus.storage.connections import Connection


class Action(StrEnum):
    """What can be asked for."""

    REDRIVE = "REDRIVE"
    DISCARD = "DISCARD"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an officer wants done, and on what terms. Officers are written ROLE:ID."""

    action: Action
    requested_by: str
    approved_by: str | None = None
    reason: str | None = None
    per_second: float | None = None

    def __post_init__(self) -> None:
        if self.action is not Action.DISCARD:
            return
        if not (self.reason and self.reason.strip()):
            raise UsageError("a discard needs a reason: whoever audits it later reads nothing else")
        approver = officer_id(self.approved_by or "")
        if approver == officer_id(self.requested_by):
            raise UsageError(
                "another officer than the one who asks has to approve a discard: both have one id"
            )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dead letter that may be asked for, and who has asked for it already."""

    dead_letter_id: UUID
    group: str
    topic: str
    partition: int
    offset: int
    kind: str
    state: str
    reason: str
    attempts: int
    asked_by: str | None
    asked_at: datetime | None
    asked_for: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """A stored request of one group: what is asked for by it, and what was before."""

    request_id: UUID | None
    group: str
    asked: list[UUID]
    already_asked: list[Candidate]

    @property
    def letters(self) -> list[UUID]:
        """Every dead letter that is asked for now, whoever did."""
        return self.asked + [each.dead_letter_id for each in self.already_asked]


def officer_id(officer: str) -> str:
    """Return what tells one officer from another: the id of ROLE:ID, whatever its letter case."""
    return officer.partition(":")[2].strip().casefold()


# Of the requests that a dead letter had, only an open one counts.
CANDIDATES = """
SELECT letter.dead_letter_id, letter.group_name, topic, partition, kafka_offset, kind, state,
       letter.reason, attempts, requested_by, requested_at, action
FROM dead_letter AS letter
     LEFT JOIN dead_letter_request_item AS item
         ON item.dead_letter_id = letter.dead_letter_id AND done_at IS NULL
     LEFT JOIN dead_letter_request USING (request_id)
WHERE {condition}
ORDER BY letter.group_name, topic, partition, account_id, kafka_offset, kind
"""


async def find_candidates(connection: Connection, chosen: Filter) -> list[Candidate]:
    """Return the dead letters of the owner's groups that are meant, in the order of the log."""
    query = CANDIDATES.format(condition=chosen.condition)
    cursor = await connection.execute(query.encode(), chosen.values)
    return [Candidate(*row) for row in await cursor.fetchall()]


def check_askable(candidates: Sequence[Candidate], action: Action) -> None:
    """Raise FaultError that names each dead letter of which this can't be asked, and why."""
    faults = [
        f"  {each.dead_letter_id} {hindrance}"
        for each in candidates
        if (hindrance := hindrance_of(each, action)) is not None
    ]
    if faults:
        listed = "\n".join(faults)
        raise FaultError(f"nothing was asked for; this can't be done with:\n{listed}")


def hindrance_of(candidate: Candidate, action: Action) -> str | None:
    """Return what keeps a dead letter from being redriven or discarded; None if nothing does."""
    if action is Action.REDRIVE and candidate.kind == LetterKind.FIELDS:
        return "was applied, without its wrong fields: see `bus deadletters correct`"
    if candidate.state == LetterState.RETRYING:
        return "is RETRYING: it is tried again by itself, and OPEN after its last try"
    if candidate.state == LetterState.REDRIVING:
        return "is REDRIVING: its owner is about to try it again"
    if candidate.state != LetterState.OPEN:
        return f"is {candidate.state} already"
    return None


STORE = """
INSERT INTO dead_letter_request (request_id, group_name, action, requested_by, approved_by, reason,
    per_second, requested_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, now())
"""

# In the order of their ids, so that two such commands wait for each other, but don't deadlock.
STORE_ITEMS = """
INSERT INTO dead_letter_request_item (request_id, dead_letter_id)
SELECT %s, wanted FROM unnest(%s::uuid[]) AS wanted ORDER BY wanted
ON CONFLICT (dead_letter_id) WHERE done_at IS NULL DO NOTHING
RETURNING dead_letter_id
"""


async def store_request(
    connection: Connection, group: str, letter_ids: Sequence[UUID], wish: Wish
) -> Request:
    """Ask for these dead letters of one group; leave out what has an open request already."""
    request_id = new_event_id()
    async with connection.transaction():
        await connection.execute(
            STORE,
            [
                request_id,
                group,
                wish.action.value,
                wish.requested_by,
                wish.approved_by,
                wish.reason,
                wish.per_second,
            ],
        )
        cursor = await connection.execute(STORE_ITEMS, [request_id, list(letter_ids)])
        asked = {row[0] for row in await cursor.fetchall()}
        if not asked:
            await connection.execute(
                "DELETE FROM dead_letter_request WHERE request_id = %s", [request_id]
            )
        others = [each for each in letter_ids if each not in asked]
        already = await find_candidates(connection, Filter(ids=others)) if others else []
    return Request(
        request_id if asked else None,
        group,
        [each for each in letter_ids if each in asked],
        already,
    )
