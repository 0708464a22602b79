"""What a store keeps of events: sound, encoded, with their headers, and numbered within it.

This is the same for each store; a store adds its own id and where its numbers are kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import NamedTuple
from uuid import UUID

from bus.codec.encoding import encode
from bus.codec.schemas import SchemaStore
from bus.errors import FieldFault, InvalidEventError, UsageError
from bus.events import Draft, new_event_id
from bus.publishing.headers import Headers, headers_of, sequence_text, time_text
from bus.publishing.observing import note_refused
from bus.publishing.validation import find_event_faults
from bus.topics import OWNERS, Topic, find_topic

MAX_VALUE_BYTES = 900_000
"""Kafka takes a record of 1 MiB with its key and headers; what it wouldn't take would stop the
relay for good, so it never gets into a store."""

StreamName = tuple[str, str]
"""A topic and a source: what is numbered from 1 without a hole."""


@dataclass(frozen=True, slots=True)
class Published:
    """What an event was given: its id, and its place in the order of its source and topic."""

    event_id: UUID
    topic: str
    source: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A sound draft with its key and its value, before it has a place in a store."""

    draft: Draft
    topic: Topic
    key: str
    value: bytes
    dataschema: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An event that is ready to be stored, but for its sequence number."""

    event_id: UUID
    topic: str
    source: str
    key: bytes
    value: bytes
    headers: Headers

    @property
    def stream(self) -> StreamName:
        """What its number counts in."""
        return self.topic, self.source

    def headers_at(self, sequence: int) -> str:
        """Return all headers as a store keeps them: JSON pairs, the number first."""
        return json.dumps([("ce_sequence", sequence_text(sequence)), *self.headers])


class Place(NamedTuple):
    """A number taken in a stream."""

    stream_id: int
    sequence: int


def require_owner(owner: str) -> str:
    """Return the owner; raise UsageError where there is none of this name."""
    if owner not in OWNERS:
        raise UsageError(f"there is no owner {owner!r}; owners are {', '.join(OWNERS)}")
    return owner


def encode_drafts(owner: str, schemas: SchemaStore, drafts: Sequence[Draft]) -> list[Encoded]:
    """Return the drafts encoded; raise InvalidEventError with every fault of every one."""
    _refuse(
        owner,
        drafts,
        [
            (index, fault)
            for index, draft in enumerate(drafts)
            for fault in find_event_faults(owner, schemas, draft)
        ],
    )
    encoded = [_encode(draft, schemas) for draft in drafts]
    fault = FieldFault("data", "size", f"at most {MAX_VALUE_BYTES} bytes once encoded")
    _refuse(
        owner,
        drafts,
        [(index, fault) for index, each in enumerate(encoded) if len(each.value) > MAX_VALUE_BYTES],
    )
    return encoded


def _encode(draft: Draft, schemas: SchemaStore) -> Encoded:
    topic = find_topic(draft.topic)
    schema = schemas.latest(topic.schema)
    key = topic.key_of(draft.data) or ""
    return Encoded(draft, topic, key, encode(schema, draft.data), schema.dataschema)


def entries_of(
    encoded: Sequence[Encoded], owner: str, store_id: UUID, recorded_at: datetime
) -> list[Entry]:
    """Return what this store keeps of the events, each with an id of its own."""
    recorded_time = time_text(recorded_at)
    return [_entry(each, owner, store_id, recorded_time) for each in encoded]


def _entry(encoded: Encoded, owner: str, store_id: UUID, recorded_time: str) -> Entry:
    event_id = new_event_id()
    source = f"{encoded.draft.system or owner}/{store_id}"
    headers = headers_of(
        encoded.draft,
        encoded.topic,
        event_id=event_id,
        source=source,
        key=encoded.key,
        dataschema=encoded.dataschema,
        recorded_time=recorded_time,
    )
    return Entry(event_id, encoded.topic.name, source, encoded.key.encode(), encoded.value, headers)


def needed_numbers(entries: Sequence[Entry]) -> list[tuple[StreamName, int]]:
    """Return how many numbers each stream gives, in the one order in which streams are locked."""
    return sorted(Counter(entry.stream for entry in entries).items())


def places_of(entries: Sequence[Entry], lasts: Mapping[StreamName, Place]) -> list[Place]:
    """Give the entries their numbers, in their order; `lasts` are the last taken in each stream."""
    following = {
        stream: count(lasts[stream].sequence - needed + 1)
        for stream, needed in needed_numbers(entries)
    }
    return [
        Place(lasts[entry.stream].stream_id, next(following[entry.stream])) for entry in entries
    ]


def published_at(entries: Sequence[Entry], places: Sequence[Place]) -> list[Published]:
    """Return what the caller is told of entries that are stored at these places."""
    return [
        Published(entry.event_id, entry.topic, entry.source, place.sequence)
        for entry, place in zip(entries, places, strict=True)
    ]


def _refuse(owner: str, drafts: Sequence[Draft], faults: Sequence[tuple[int, FieldFault]]) -> None:
    """Raise InvalidEventError if there is a fault, which stands beside its draft's index."""
    if faults:
        first = dict(reversed(faults))
        note_refused(owner, ((drafts[index].topic, fault) for index, fault in first.items()))
        raise InvalidEventError(
            _subject(drafts), [_of_event(fault, index, len(drafts)) for index, fault in faults]
        )


def _of_event(fault: FieldFault, index: int, count: int) -> FieldFault:
    """Name the event in the path, where there are several."""
    path = fault.path if count == 1 else f"[{index}].{fault.path}"
    return FieldFault(path, fault.rule, fault.hint)


def _subject(drafts: Sequence[Draft]) -> str:
    topics = sorted({draft.topic for draft in drafts})
    count = "an event" if len(drafts) == 1 else f"a list of {len(drafts)} events"
    return f"{count} for {', '.join(topics)}"
