"""HHS intake: stores what HHS is told of policies, custody and exercises, and says that it did.

All are facts with their own times, so the subscription is INDEPENDENT: no bad record holds
back a later one. A wrong optional field is stored as missing and flagged; the event counts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from bus.codec.plain import to_plain
from bus.codec.schemas import Schema, SchemaStore, packaged
from bus.consuming.subscription import Order, Subscription, Unit
from bus.consuming.worker import Worker
from bus.errors import FieldFault
from bus.events import Draft, Event, Mode, Payload
from bus.notices.canary import is_canary
from bus.services import ServiceContext
from bus.storage.connections import Connection
from bus.topics import COORDINATION, CUSTODY_EVENT, POLICY_NOTICE, find_topic, topics_of
from bus.tracker.canaries import note_canary
from bus.tracker.recording import MomentOf, appended_at, recorded_time
from consumers.custody_numbers import add_numbers
from consumers.exercise_windows import store_windows

GROUP = "hhs-intake"
RECEIPTS = "hhs.delivery-receipt.v1"
SYSTEM = "hhs.intake"


def subscription(*, is_simulated: bool = False) -> Subscription:
    """Return what HHS intake reads, and how.

    In a simulated run, recorded times are business time.
    """
    contents = (POLICY_NOTICE, CUSTODY_EVENT, COORDINATION)
    topics = [topic for content in contents for topic in topics_of(content)]
    return Subscription(
        group=GROUP,
        topics=tuple(topic.name for topic in topics),
        handler=Intake(packaged(), is_simulated=is_simulated),
        order=Order.INDEPENDENT,
    )


def service(context: ServiceContext) -> Worker:
    """Return the service `hhs-intake`."""
    is_simulated = context.settings.clock_file is not None
    return Worker(subscription(is_simulated=is_simulated), context)


class Intake:
    """Stores notices, custody events and exercise windows, and receipts the first two.

    All in the same transaction.
    """

    def __init__(self, schemas: SchemaStore, *, is_simulated: bool = False) -> None:
        self._moment_of = recorded_time if is_simulated else appended_at
        self._custody_event = schemas.latest(CUSTODY_EVENT.schema)
        self._notice = schemas.latest(POLICY_NOTICE.schema)

    async def handle_batch(self, events: Sequence[Event], unit: Unit) -> None:
        """Store the events and emit a receipt for each source and topic of what is receipted."""
        by_content: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_content[find_topic(event.topic).content.name].append(event)
        custody = by_content[CUSTODY_EVENT.name]
        notices = [each for each in by_content[POLICY_NOTICE.name] if not is_canary(each)]
        if said := by_content[COORDINATION.name]:
            await store_windows(unit.connection, said, self._moment_of)
        if custody:
            await store_custody_events(
                unit.connection, custody, self._custody_event, self._moment_of
            )
            for receipt in await custody_receipts(unit.connection, custody):
                unit.emit(receipt)
        if by_content[POLICY_NOTICE.name]:
            await note_canary(unit.connection, by_content[POLICY_NOTICE.name])
        if notices:
            await store_notices(unit.connection, notices, self._notice)
            for receipt in notice_receipts(notices):
                unit.emit(receipt)


INSERT_CUSTODY = """
INSERT INTO custody_event (
    event_id, source, sequence, mode, mode_is_sound, event_kind, family_group_id, subject_id,
    agency, occurred_at, recorded_at, details, faults)
SELECT * FROM unnest(
    %b::uuid[], %b::text[], %b::bigint[], %b::text[], %b::boolean[], %b::text[], %b::uuid[],
    %b::uuid[], %b::text[], %b::timestamptz[], %b::timestamptz[], %b::jsonb[], %b::jsonb[])
"""


async def store_custody_events(
    connection: Connection, events: Sequence[Event], schema: Schema, moment_of: MomentOf
) -> None:
    """Append custody events, with their own times and those of recording."""
    await connection.execute(
        INSERT_CUSTODY,
        [
            [event.id for event in events],
            [event.source for event in events],
            [event.sequence for event in events],
            [event.mode.value for event in events],
            [event.mode_is_sound for event in events],
            [event.data["event_kind"] for event in events],
            [event.data["family_group_id"] for event in events],
            [event.data["subject_id"] for event in events],
            [event.data["agency"] for event in events],
            [event.data["occurred_at"] for event in events],
            [moment_of(event) for event in events],
            [to_json(schema, details_of(schema, event)) for event in events],
            [faults_to_json(event.faults) for event in events],
        ],
    )


def details_of(schema: Schema, event: Event) -> dict[str, object]:
    """Return the optional fields that have a value."""
    return {
        name: value
        for name, value in event.data.items()
        if value is not None and name not in schema.core_fields
    }


INSERT_NOTICES = """
INSERT INTO notice (
    event_id, topic, source, sequence, mode, mode_is_sound, policy_id, revision, effective_at,
    recorded_at, data, faults)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


async def store_notices(connection: Connection, events: Sequence[Event], schema: Schema) -> None:
    """Append notices as they came."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            INSERT_NOTICES,
            [
                (
                    event.id,
                    event.topic,
                    event.source,
                    event.sequence,
                    event.mode.value,
                    event.mode_is_sound,
                    event.data["policy_id"],
                    event.data["revision"],
                    event.data["effective_at"],
                    event.appended_at,
                    to_json(schema, event.data),
                    faults_to_json(event.faults),
                )
                for event in events
            ],
        )


ENCODE = json.JSONEncoder(separators=(",", ":")).encode
"""Made once: `json.dumps` makes an encoder for every call that isn't all defaults."""


def to_json(schema: Schema, data: Payload) -> str:
    """Return a payload, or a part of it, in plain JSON."""
    return ENCODE(to_plain(schema, data))


def faults_to_json(faults: Iterable[FieldFault]) -> str | None:
    """Return which fields were wrong and by which rule; None when all were sound."""
    rows = [{"path": fault.path, "rule": fault.rule} for fault in faults]
    return json.dumps(rows) if rows else None


def notice_receipts(events: Sequence[Event]) -> list[Draft]:
    """Return a receipt for each source, topic and mode that names every notice."""
    stored: dict[tuple[str, str, Mode], list[str]] = defaultdict(list)
    for event in events:
        stored[event.source, event.topic, event.mode].append(str(event.id))
    return [
        receipt_draft(source, topic, mode, event_ids=ids)
        for (source, topic, mode), ids in sorted(stored.items())
    ]


async def custody_receipts(connection: Connection, events: Sequence[Event]) -> list[Draft]:
    """Return a receipt for each source and topic: everything up to a number, but these.

    A source's numbers arrive out of order, at several workers; what is told is what all stored.
    """
    stored: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        stored[event.source, event.topic].append(event)
    receipts = []
    for (source, topic), received in sorted(stored.items()):
        numbers = [event.sequence for event in received]
        through, exceptions = await add_numbers(connection, source, topic, numbers)
        mode = min((event.mode for event in received), key=list(Mode).index)
        receipts.append(
            receipt_draft(source, topic, mode, through_sequence=through, exceptions=exceptions)
        )
    return receipts


def receipt_draft(
    source: str,
    topic: str,
    mode: Mode,
    *,
    event_ids: Sequence[str] = (),
    through_sequence: int | None = None,
    exceptions: Sequence[int] = (),
) -> Draft:
    """Return HHS's statement of what it stored of this source's events."""
    return Draft(
        topic=RECEIPTS,
        mode=mode,
        system=SYSTEM,
        data={
            "group": GROUP,
            "office": None,
            "source": source,
            "topic": topic,
            "event_ids": list(event_ids),
            "through_sequence": through_sequence,
            "exceptions": list(exceptions),
        },
    )
