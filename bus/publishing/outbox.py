"""The outbox: events become durable with the caller's own transaction, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from bus.clock import Clock
from bus.codec.encoding import encode
from bus.codec.schemas import SchemaStore
from bus.errors import FieldFault, InvalidEventError, UsageError
from bus.events import Draft, new_event_id
from bus.publishing.headers import headers_of, time_text
from bus.publishing.streams import Entry, insert, open_store, take_sequences
from bus.publishing.validation import find_event_faults
from bus.storage.connections import Connection
from bus.topics import OWNERS, Topic, find_topic

MAX_VALUE_BYTES = 900_000
"""Kafka takes a record of 1 MiB with its key and headers; what it wouldn't take would stop the
relay for good, so it never gets into the outbox."""


@dataclass(frozen=True, slots=True)
class Published:
    """What an event was given: its id, and its place in the order of its source and topic."""

    event_id: UUID
    topic: str
    source: str
    sequence: int


class Outbox:
    """Takes events for one owner, in that owner's schema, within the caller's transaction."""

    def __init__(self, owner: str, clock: Clock, schemas: SchemaStore) -> None:
        if owner not in OWNERS:
            raise UsageError(f"there is no owner {owner!r}; owners are {', '.join(OWNERS)}")
        self._owner = owner
        self._clock = clock
        self._schemas = schemas

    async def publish(self, connection: Connection, drafts: Sequence[Draft]) -> list[Published]:
        """Store these events, in this order; they are published when the transaction commits.

        Call it once, as the transaction's last statement: from here to the commit, nobody else
        publishes from the same sources on the same topics. Raises InvalidEventError with every
        fault of every event, before anything is written, and UsageError outside a transaction.
        """
        if not _is_in_transaction(connection):
            raise UsageError(
                "publish needs the caller's open transaction, so that the events are stored with "
                "what they tell of: wrap both in `async with connection.transaction()`"
            )
        if not drafts:
            return []
        self._refuse_faults(drafts)
        recorded_at = self._clock.now()
        encoded = [self._encode(draft) for draft in drafts]
        self._refuse_sizes(encoded)
        store_id = await open_store(connection, self._owner)
        recorded_time = time_text(recorded_at)
        entries = [event.entry(self._owner, store_id, recorded_time) for event in encoded]
        places = await take_sequences(connection, self._owner, entries)
        await insert(connection, self._owner, entries, places, recorded_at)
        return [
            Published(entry.event_id, entry.topic, entry.source, place.sequence)
            for entry, place in zip(entries, places, strict=True)
        ]

    def _refuse_faults(self, drafts: Sequence[Draft]) -> None:
        faults = [
            _of_event(fault, index, len(drafts))
            for index, draft in enumerate(drafts)
            for fault in find_event_faults(self._owner, self._schemas, draft)
        ]
        if faults:
            raise InvalidEventError(_subject(drafts), faults)

    def _refuse_sizes(self, encoded: Sequence[_Encoded]) -> None:
        fault = FieldFault("data", "size", f"at most {MAX_VALUE_BYTES} bytes once encoded")
        faults = [
            _of_event(fault, index, len(encoded))
            for index, event in enumerate(encoded)
            if len(event.value) > MAX_VALUE_BYTES
        ]
        if faults:
            raise InvalidEventError(_subject([event.draft for event in encoded]), faults)

    def _encode(self, draft: Draft) -> _Encoded:
        topic = find_topic(draft.topic)
        schema = self._schemas.latest(topic.schema)
        key = topic.key_of(draft.data) or ""
        return _Encoded(draft, topic, key, encode(schema, draft.data), schema.dataschema)


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A sound draft with its key and its value, before it has a place in a store."""

    draft: Draft
    topic: Topic
    key: str
    value: bytes
    dataschema: str

    def entry(self, owner: str, store_id: UUID, recorded_time: str) -> Entry:
        event_id = new_event_id()
        source = f"{self.draft.system or owner}/{store_id}"
        headers = headers_of(
            self.draft,
            self.topic,
            event_id=event_id,
            source=source,
            key=self.key,
            dataschema=self.dataschema,
            recorded_time=recorded_time,
        )
        return Entry(event_id, self.topic.name, source, self.key.encode(), self.value, headers)


def _is_in_transaction(connection: Connection) -> bool:
    """Whether a commit is still to come: without autocommit, psycopg begins by itself."""
    status = connection.info.transaction_status.name
    return status == "INTRANS" or (status == "IDLE" and not connection.autocommit)


def _of_event(fault: FieldFault, index: int, count: int) -> FieldFault:
    """Name the event in the path, where there are several."""
    path = fault.path if count == 1 else f"[{index}].{fault.path}"
    return FieldFault(path, fault.rule, fault.hint)


def _subject(drafts: Sequence[Draft]) -> str:
    topics = sorted({draft.topic for draft in drafts})
    count = "an event" if len(drafts) == 1 else f"a list of {len(drafts)} events"
    return f"{count} for {', '.join(topics)}"
