"""Records what the real services do, from outside: triggers on what they write, and the log.

A trigger's row stands in the transaction of the effect that it records: it is there if, and only
if, the effect is. Its number tells the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

import psycopg
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition
from psycopg import sql
from psycopg.rows import TupleRow

from bus.codec.decoding import Decoder
from bus.codec.schemas import packaged
from bus.settings import Settings
from bus.topics import (
    CLEARANCE,
    DEAD_LETTER,
    DELIVERY_RECEIPT,
    FINDING,
    find_topic,
)
from tests.chaos import history
from tests.chaos.history import DeadLetter, Effect, Gap, History, LogRecord, Place
from tests.chaos.workload import CUSTODY, NOTICES
from tests.watermarks import watermarks

READERS = {CUSTODY: ("hhs-intake", "tracker"), NOTICES: ("hhs-intake", "tracker")}
PUBLISHERS = ("dhs", "doj")
OWNERS_OF_GROUPS = ("hhs", "bus")
POLL_SECONDS = 0.2

RECORDER = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.effect (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_name text NOT NULL,
    event_id   uuid NOT NULL
);
CREATE FUNCTION chaos.record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chaos.effect (group_name, event_id) VALUES (TG_ARGV[0], NEW.event_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER chaos AFTER INSERT ON hhs.custody_event
    FOR EACH ROW EXECUTE FUNCTION chaos.record('hhs-intake');
CREATE TRIGGER chaos AFTER INSERT ON hhs.notice
    FOR EACH ROW EXECUTE FUNCTION chaos.record('hhs-intake');
CREATE TRIGGER chaos AFTER INSERT ON bus.finding
    FOR EACH ROW WHEN (NEW.kind = 'MISSING_CITATION') EXECUTE FUNCTION chaos.record('tracker');
CREATE TRIGGER chaos AFTER INSERT ON bus.fact
    FOR EACH ROW WHEN (NEW.kind = 'NOTICE') EXECUTE FUNCTION chaos.record('tracker');
"""
"""Each custody event of the workload cites nothing: the tracker's effect of it is a finding."""

STORED = """
SELECT event_id, topic, partition, kafka_offset
FROM {owner}.outbox JOIN {owner}.outbox_stream USING (stream_id)
LEFT JOIN {owner}.outbox_confirmation USING (stream_id, sequence)
"""
EFFECTS = "SELECT number, group_name, event_id FROM chaos.effect"
DEAD_LETTERS = "SELECT group_name, topic, partition, kafka_offset, reason FROM {owner}.dead_letter"
GAPS = """
SELECT group_name, topic, partition, from_offset, to_offset
FROM {owner}.gap JOIN {owner}.consumer_account USING (account_id)
"""
MESSAGES = """
SELECT topic, value FROM {owner}.outbox JOIN {owner}.outbox_stream USING (stream_id)
"""


class Recorder:
    """Keeps the history of one bus."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._decoder = Decoder(packaged())
        self._read_to: dict[tuple[str, int], int] = {}
        self.history = History(READERS)

    def install(self) -> None:
        """Begin to record effects. The schemas must be there, and empty."""
        with psycopg.connect(self._settings.database_url, autocommit=True) as connection:
            connection.execute(RECORDER)

    def update(self) -> History:
        """Read everything anew, but of the log only what came since."""
        self._read_log()
        told = self.history
        with psycopg.connect(self._settings.database_url) as connection:
            told.stored = dict(self._stored(connection))
            told.effects = [Effect(*row) for row in connection.execute(EFFECTS)]
            told.dead_letters = [
                DeadLetter(group, Place(topic, partition, offset), reason)
                for group, topic, partition, offset, reason in _of_each(connection, DEAD_LETTERS)
            ]
            told.gaps = [Gap(*row) for row in _of_each(connection, GAPS)]
            told.messages = [
                message
                for topic, value in _of_each(connection, MESSAGES)
                for message in self._messages(topic, value)
            ]
        return told

    def _stored(self, connection: psycopg.Connection) -> Iterator[tuple[UUID, Place | None]]:
        for row in _of_each(connection, STORED, PUBLISHERS):
            event_id, topic, partition, offset = row
            yield event_id, None if offset is None else Place(topic, partition, offset)

    def _messages(self, topic: str, value: bytes) -> Iterator[history.Message]:
        """Yield what a message of a group says and may say only once."""
        content = find_topic(topic).content
        data = self._decoder.decode(value, content.schema).data
        if content is FINDING:
            if data["kind"] == "OFFSET_GAP":
                self.history.gap_findings.add(str(data["finding_id"]))
            yield history.Message(topic, (data["finding_id"], data["version"]))
        elif content is CLEARANCE:
            yield history.Message(topic, (data["policy_id"], data["version"]))
        elif content is DEAD_LETTER:
            names = ("dead_letter_id", "attempts", "state")
            yield history.Message(topic, tuple(data[name] for name in names))
        elif content is DELIVERY_RECEIPT:
            for event_id in texts(data["event_ids"]):
                yield history.Message(topic, (event_id,))

    def _read_log(self) -> None:
        for topic in READERS:
            for message in self._new_messages(topic):
                record = record_of(topic, message)
                self.history.log.append(record)
                self._read_to[topic, record.place.partition] = record.place.offset + 1

    def _new_messages(self, topic: str) -> Iterator[Message]:
        name = self._settings.names.on_broker(topic)
        consumer = Consumer(
            {"bootstrap.servers": self._settings.bootstrap, "group.id": "witness", "log_level": 0}
        )
        try:
            unread = 0
            assigned = []
            for number, (start, end) in watermarks(consumer, name).items():
                self.history.starts[topic, number] = start
                first = max(start, self._read_to.get((topic, number), 0))
                unread += end - first
                assigned.append(TopicPartition(name, number, first if first else OFFSET_BEGINNING))
            consumer.assign(assigned)
            while unread > 0:
                for message in consumer.consume(1000, POLL_SECONDS):
                    assert message.error() is None, message.error()
                    unread -= 1
                    yield message
        finally:
            consumer.close()


def _of_each(
    connection: psycopg.Connection, query: str, owners: Iterable[str] = OWNERS_OF_GROUPS
) -> Iterator[TupleRow]:
    """Yield the query's rows in each owner's schema."""
    for owner in owners:
        yield from connection.execute(sql.SQL(query).format(owner=sql.Identifier(owner)))


def record_of(topic: str, message: Message) -> LogRecord:
    """Return what the checker asks of a record, whatever its bytes are."""
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    found = message.headers()
    assert found is None or isinstance(found, list)
    headers = {name: as_bytes(value) for name, value in found or []}
    return LogRecord(
        Place(topic, partition, offset),
        as_bytes(message.key()),
        _uuid(headers.get("ce_id")),
        _text(headers.get("ce_source")),
        _number(headers.get("ce_sequence")),
    )


def texts(value: object) -> list[str]:
    """Return a payload's list of texts."""
    assert isinstance(value, list)
    return [str(each) for each in value]


def as_bytes(value: str | bytes | None) -> bytes | None:
    """Return what the client library may give as text or as bytes."""
    return value.encode() if isinstance(value, str) else value


def _text(value: bytes | None) -> str | None:
    return value.decode("utf-8", "replace") if value is not None else None


def _uuid(value: bytes | None) -> UUID | None:
    try:
        return UUID(_text(value) or "")
    except ValueError:
        return None


def _number(value: bytes | None) -> int | None:
    try:
        return int(_text(value) or "")
    except ValueError:
        return None
