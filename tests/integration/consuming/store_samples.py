"""Records, events and dead letters for the tests of stores, and what the tests ask of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from bus.consuming.claims import Claim, LogBounds
from bus.consuming.parking import Held, LetterKind, LetterState, Parked
from bus.consuming.records import Partition, Rejected, StoredRecord
from bus.consuming.store import AppliedEvent
from bus.events import Event, Mode, new_event_id
from bus.reasons import Reason
from tests.integration.consuming.store_places import (
    Place,
)

CATALOGUE_GROUP = "hhs-intake"
TOPIC = "dhs.custody-event.v1"
PARTITION, OTHER = Partition(TOPIC, 0), Partition(TOPIC, 1)
BOUNDS = LogBounds("topic-id", 5, 1000)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOON, LATER = NOW + timedelta(seconds=1), NOW + timedelta(hours=1)
IDLE_SECONDS = 0.2
LIMIT = 100


class UndoneError(Exception):
    """Ends a transaction or a savepoint without a commit."""


async def claim(place: Place, partition: Partition = PARTITION) -> Claim:
    """Claim a partition; its account begins at offset 5."""
    async with place.store.transaction() as transaction:
        position = (await transaction.claim_positions({partition: BOUNDS}))[partition]
    return Claim(
        partition, position.topic_id, position.epoch, position.account_id, position.next_offset
    )


def record(offset: int, key: bytes | None = b"key") -> StoredRecord:
    """Return a record with what a store has to give back as it came."""
    headers = (("ce_id", b"\x00\xff"), ("empty", None), ("ce_id", b"again"))
    return StoredRecord(offset, 1_772_000_000_123, key, b"\x00value", headers)


def event(
    offset: int,
    *,
    event_id: UUID | None = None,
    digest: bytes = b"d",
    topic: str = TOPIC,
    causation_id: UUID | None = None,
) -> Event:
    """Return an event of the partition."""
    return Event(
        id=event_id or new_event_id(),
        source="dhs.e3/1",
        type="custody",
        subject="s",
        time=NOW,
        recorded_time=NOW,
        sequence=1,
        mode=Mode.ACTUAL,
        mode_is_sound=True,
        dataschema="schema",
        data={},
        causation_id=causation_id,
        topic=topic,
        partition=0,
        offset=offset,
        key="key",
        appended_at=NOW,
        digest=digest,
    )


def applied(held: Claim, what: Event) -> AppliedEvent:
    """Return the event as applied from its own offset."""
    return AppliedEvent(what, held.account_id, record(what.offset))


def parked(
    held: Claim,
    offset: int,
    what: Event | None = None,
    *,
    key: bytes = b"key",
    state: LetterState = LetterState.OPEN,
    due_at: datetime | None = None,
    kind: LetterKind = LetterKind.RECORD,
    holds: bool = True,
) -> Parked:
    """Return a dead letter, which holds its key unless told otherwise."""
    rejected = Rejected(
        held.partition,
        record(offset, key),
        Reason.HANDLER_REFUSED,
        "why",
        event_id=what.id if what else None,
        digest=what.digest if what else None,
    )
    return Parked(new_event_id(), held.account_id, rejected, state, due_at, kind=kind, holds=holds)


async def park(place: Place, *letters: Parked) -> None:
    """Store dead letters."""
    async with place.store.transaction() as transaction:
        await transaction.park(letters)


async def hold(place: Place, held: Claim, *offsets: int, key: bytes = b"key") -> None:
    """Hold records of a key."""
    async with place.store.transaction() as transaction:
        await transaction.hold(
            [Held(held.account_id, held.partition, record(each, key)) for each in offsets]
        )


async def due(place: Place, at: datetime = SOON) -> list[int]:
    """Return the offsets of the dead letters that are to be tried."""
    async with place.store.transaction() as transaction:
        letters = await transaction.due_letters(PARTITION, at, LIMIT)
    return [each.record.offset for each in letters]


async def drainable(place: Place, limit: int = LIMIT) -> list[int]:
    """Return the offsets of held records that are held no longer."""
    async with place.store.transaction() as transaction:
        return [each.record.offset for each in await transaction.drainable(PARTITION, limit)]


async def digests(place: Place, *events: Event) -> dict[UUID, bytes]:
    """Return which events are in the inbox, by a transaction of its own."""
    async with place.store.transaction() as transaction:
        return await transaction.applied_digests([each.id for each in events])
