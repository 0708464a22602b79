"""From a record to an event, or to a rejected record with a reason. Nothing here raises.

The record follows CloudEvents 1.0, binary mode for Kafka: attributes are headers `ce_…`, the
value is the payload. Whatever arrives in key, value or headers, the outcome is one of two
values; the engine never meets an exception from a record's content.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from bus.codec.decoding import Decoder
from bus.consuming.records import Partition, Record, Rejected, appended_at, digest_of
from bus.errors import FieldFault, PoisonError
from bus.events import Event, Mode, Payload
from bus.reasons import Reason
from bus.topics import Topic

MAX_KEY_BYTES = 1024
MAX_HEADER_BYTES = 64 * 1024
MAX_ATTRIBUTE_CHARACTERS = 512
MAX_SOURCE_CHARACTERS = 200
"""As many as a receipt or a finding can name: schemas DeliveryReceipt and Finding, `source`."""

MAX_SEQUENCE = 2**63 - 2
"""Below what Postgres can count to, by the one that closes a half-open range of numbers."""

MAX_SECONDS_AHEAD = 24 * 60 * 60
"""An event id further ahead of the real clock than this is refused: the inbox is partitioned
by the id's time, and its partitions are made for the months to come, not for any year."""

ATTRIBUTES = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "ce_sequence",
    "ce_recordedtime",
)
"""The attributes without which a record is not an event of this bus."""

KNOWN_HEADERS = frozenset(
    {
        *ATTRIBUTES,
        "ce_subject",
        "ce_dataschema",
        "ce_mode",
        "ce_correlationid",
        "ce_causationid",
        "content-type",
    }
)
"""What may be named in a dead letter's detail: a stranger's header may be anything."""

MODES = {mode.value: mode for mode in Mode}
SEQUENCE = re.compile(r"\d{19}", re.ASCII)
UUID_7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Parser:
    """Parses the records of one subscription. `now` is the real clock, in seconds since 1970."""

    def __init__(self, decoder: Decoder, now: Callable[[], float] = time.time) -> None:
        self._decoder = decoder
        self._now = now

    def parse(self, record: Record, topic: Topic, partition: Partition) -> Event | Rejected:
        """Return the event that the record holds, or why there is none."""
        attributes: dict[str, str] = {}
        try:
            repeated_mode = read_headers(record, attributes)
            return self._event(record, topic, partition, attributes, repeated_mode)
        except PoisonError as error:
            return self._rejected(record, topic, partition, attributes, error)

    def _rejected(
        self,
        record: Record,
        topic: Topic,
        partition: Partition,
        attributes: dict[str, str],
        error: PoisonError,
    ) -> Rejected:
        """Return the rejected record, with what could be read of it and a store can hold."""
        source = attributes.get("ce_source", "")
        payload = self._payload(record, topic)
        return Rejected(
            partition=partition,
            record=record,
            reason=Reason(error.reason),
            detail=error.detail,
            mode=sure_mode(record, payload, topic),
            event_id=readable_id(attributes.get("ce_id", ""), self._now()),
            source=source if 0 < len(source) <= MAX_SOURCE_CHARACTERS else None,
            sequence=readable_sequence(attributes.get("ce_sequence", "")),
            digest=digest_of(source, record.key or b"", record.value or b""),
            payload=payload,
        )

    def _payload(self, record: Record, topic: Topic) -> Payload | None:
        """Return a rejected record's payload, if it can be decoded."""
        if not record.value:
            return None
        try:
            return self._decoder.decode(record.value, topic.schema).data
        except PoisonError:
            return None

    def _event(
        self,
        record: Record,
        topic: Topic,
        partition: Partition,
        attributes: dict[str, str],
        repeated_mode: bool,
    ) -> Event:
        require_attributes(attributes, topic)
        event_id = parse_event_id(attributes["ce_id"], self._now())
        key = read_key(record)
        if not record.value:
            raise PoisonError(Reason.VALUE_MISSING, "the record has no value")
        decoded = self._decoder.decode(record.value, topic.schema)
        if topic.key_of(decoded.data) != key:
            raise PoisonError(Reason.KEY_INVALID, "the key is not the payload's key field")
        faults = list(decoded.faults)
        mode, mode_is_sound = agree_on_mode(
            None if repeated_mode else attributes.get("ce_mode"), decoded.data.get("mode"), topic
        )
        if not mode_is_sound:
            faults.append(FieldFault("ce_mode", "sound mode", "one of ACTUAL, EXERCISE, TEST"))
        source = attributes["ce_source"]
        return Event(
            id=event_id,
            source=source,
            type=attributes["ce_type"],
            subject=attributes.get("ce_subject", key),
            time=parse_time(attributes, "ce_time"),
            recorded_time=parse_time(attributes, "ce_recordedtime"),
            sequence=parse_sequence(attributes["ce_sequence"]),
            mode=mode,
            mode_is_sound=mode_is_sound,
            dataschema=attributes.get("ce_dataschema", decoded.schema.dataschema),
            data=decoded.data,
            correlation_id=optional_id(attributes, "ce_correlationid", faults),
            causation_id=optional_id(attributes, "ce_causationid", faults),
            faults=tuple(faults),
            topic=topic.name,
            partition=partition.number,
            offset=record.offset,
            key=key,
            appended_at=appended_at(record),
            digest=digest_of(source, record.key or b"", record.value),
        )


def read_headers(record: Record, attributes: dict[str, str]) -> bool:
    """Fill `attributes` with every header as text; return whether the mode stands twice.

    A mode that is null or not UTF-8 is left out: it counts as unknown, and must not hide the
    event. Everything that can be read is read before the first fault is raised, so that a
    rejected record still names its id, source and sequence.
    """
    fault: PoisonError | None = None
    repeated_mode = False
    size = 0
    for name, value in record.headers:
        size += len(name) + len(value or b"")
        text = decode_header(name, value)
        if text is None:
            if name != "ce_mode":
                fault = fault or PoisonError(Reason.HEADER_INVALID, header_fault(name, value))
        elif name not in attributes:
            attributes[name] = text
        elif name == "ce_mode":
            repeated_mode = True
        elif name.startswith("ce_"):
            shown = name if name in KNOWN_HEADERS else "an attribute"
            fault = fault or PoisonError(Reason.HEADER_REPEATED, f"{shown} stands twice")
    if size > MAX_HEADER_BYTES:
        raise PoisonError(Reason.TOO_LARGE, f"the headers have over {MAX_HEADER_BYTES} bytes")
    if fault is not None:
        raise fault
    return repeated_mode


def decode_header(name: str, value: bytes | None) -> str | None:
    """Return the value as text, or None if name or value isn't UTF-8 or the value is null."""
    if value is None or not name.isascii():
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def header_fault(name: str, value: bytes | None) -> str:
    """Say what is wrong with a header; its name appears only if it is one of ours."""
    if not name.isascii():
        return "a header's name is not ASCII"
    shown = name if name in KNOWN_HEADERS else "a header"
    return f"{shown} is null" if value is None else f"{shown} is not UTF-8"


def require_attributes(attributes: dict[str, str], topic: Topic) -> None:
    """Raise PoisonError unless the attributes are there, short enough and of this topic."""
    for name in ATTRIBUTES:
        if name not in attributes:
            raise PoisonError(Reason.HEADER_MISSING, f"{name} is missing")
        if not 0 < len(attributes[name]) <= MAX_ATTRIBUTE_CHARACTERS:
            raise PoisonError(Reason.HEADER_INVALID, f"{name} is empty or too long")
        if not attributes[name].isprintable():  # U+0000 among it: Postgres can't store that
            raise PoisonError(Reason.HEADER_INVALID, f"{name} has unprintable characters")
    if len(attributes["ce_source"]) > MAX_SOURCE_CHARACTERS:
        raise PoisonError(Reason.HEADER_INVALID, "ce_source is too long")
    if attributes["ce_specversion"] != "1.0":
        raise PoisonError(Reason.HEADER_INVALID, "ce_specversion is not 1.0")
    if attributes["ce_type"] != topic.event_type:
        raise PoisonError(Reason.HEADER_INVALID, f"ce_type is not {topic.event_type}")


def parse_event_id(text: str, now: float) -> UUID:
    """Return a UUIDv7 that isn't over a day ahead of `now`; raise PoisonError otherwise."""
    if UUID_7.fullmatch(text) is None:
        raise PoisonError(Reason.EVENT_ID_INVALID, "ce_id is not a UUIDv7 in canonical form")
    event_id = UUID(text)
    if (event_id.int >> 80) / 1000 > now + MAX_SECONDS_AHEAD:
        raise PoisonError(Reason.EVENT_ID_INVALID, "ce_id is over a day ahead of the clock")
    return event_id


def read_key(record: Record) -> str:
    """Return the key as text; raise PoisonError where it is null, too long or not UTF-8."""
    key = record.key
    if key is None or not 0 < len(key) <= MAX_KEY_BYTES:
        raise PoisonError(Reason.KEY_INVALID, "the key is null, empty or too long")
    try:
        return key.decode()
    except UnicodeDecodeError:
        raise PoisonError(Reason.KEY_INVALID, "the key is not UTF-8") from None


def agree_on_mode(header: str | None, payload: object, topic: Topic) -> tuple[Mode, bool]:
    """Return the mode, and whether header and payload agree on one that we know.

    What isn't sound alarms as ACTUAL.
    """
    mode = MODES.get(header or "")
    if mode is None:
        return Mode.ACTUAL, False
    if payload == mode.value or (payload is None and not topic.content.requires_mode):
        return mode, True
    return Mode.ACTUAL, False


def sure_mode(record: Record, payload: Payload | None, topic: Topic) -> Mode:
    """Return the mode of a rejected record; ACTUAL where nobody can be sure of another.

    Of a payload that can't be decoded nobody knows that it says otherwise than the header.
    """
    named = [decode_header(name, value) for name, value in record.headers if name == "ce_mode"]
    header = named[0] if len(named) == 1 else None
    return agree_on_mode(header, header if payload is None else payload.get("mode"), topic)[0]


def parse_time(attributes: dict[str, str], name: str) -> datetime:
    """Return an RFC 3339 time with its offset; raise PoisonError otherwise."""
    try:
        moment = datetime.fromisoformat(attributes[name])
        if moment.tzinfo is not None:
            moment.astimezone(UTC)  # the first and last hours of the calendar have no UTC
            return moment
    except (ValueError, OverflowError):
        pass
    raise PoisonError(Reason.HEADER_INVALID, f"{name} is not a time with an offset")


def parse_sequence(text: str) -> int:
    """Return the number; raise PoisonError unless it has 19 digits and a store can count to it."""
    if not SEQUENCE.fullmatch(text) or not 0 < (number := int(text)) <= MAX_SEQUENCE:
        raise PoisonError(
            Reason.HEADER_INVALID, f"ce_sequence is not 19 digits, 1 to {MAX_SEQUENCE}"
        )
    return number


def optional_id(attributes: dict[str, str], name: str, faults: list[FieldFault]) -> UUID | None:
    """Return an optional UUID attribute; a bad one is a fault of that field alone."""
    if name not in attributes:
        return None
    try:
        return UUID(attributes[name])
    except ValueError:
        faults.append(FieldFault(name, "UUID", "leave it out, or give a UUID"))
        return None


def readable_id(text: str, now: float) -> UUID | None:
    """Return the id if there is one that an inbox could hold."""
    try:
        return parse_event_id(text, now)
    except PoisonError:
        return None


def readable_sequence(text: str) -> int | None:
    """Return the sequence number, if there is one."""
    try:
        return parse_sequence(text)
    except PoisonError:
        return None
