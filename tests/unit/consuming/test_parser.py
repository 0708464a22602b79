"""From a record to an event or a rejected record, whatever arrives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.codec.decoding import Decoder
from bus.codec.schemas import packaged
from bus.consuming.headers import pack_headers, unpack_headers
from bus.consuming.parser import MAX_HEADER_BYTES, MAX_KEY_BYTES, Parser
from bus.consuming.records import Partition, Rejected
from bus.events import Event, Mode, new_event_id
from bus.reasons import Reason
from bus.topics import find_topic
from tests.records import MOMENT, SOURCE, RawRecord, custody_data, custody_record, raw_record

PARSER = Parser(Decoder(packaged()))


@dataclass(frozen=True)
class Appended:
    """A raw record after the broker gave it a place."""

    raw: RawRecord
    offset: int = 41
    timestamp: int = 1_772_366_400_123

    @property
    def key(self) -> bytes | None:
        return self.raw.key

    @property
    def value(self) -> bytes | None:
        return self.raw.value

    @property
    def headers(self) -> list[tuple[str, bytes | None]]:
        return self.raw.headers


def parse(raw: RawRecord, parser: Parser = PARSER) -> Event | Rejected:
    return parser.parse(Appended(raw), find_topic(raw.topic), Partition(raw.topic, 3))


def parse_sound(raw: RawRecord) -> Event:
    outcome = parse(raw)
    assert isinstance(outcome, Event), outcome
    return outcome


def reason_of(raw: RawRecord) -> Reason | None:
    outcome = parse(raw)
    return outcome.reason if isinstance(outcome, Rejected) else None


def test_a_sound_record_becomes_an_event_with_its_place_and_times() -> None:
    raw = custody_record()

    event = parse_sound(raw)

    assert event.id == raw.event_id
    assert (event.topic, event.partition, event.offset) == ("dhs.custody-event.v1", 3, 41)
    assert event.appended_at == datetime(2026, 3, 1, 12, 0, 0, 123000, UTC)
    assert event.data["occurred_at"] == MOMENT
    assert event.source == SOURCE
    assert event.mode is Mode.ACTUAL
    assert event.mode_is_sound
    assert event.faults == ()


@pytest.mark.promise("P6")
def test_a_bad_optional_header_is_a_fault_of_that_field_alone() -> None:
    event = parse_sound(custody_record().adding("ce_correlationid", b"not a uuid"))

    assert event.correlation_id is None
    assert [fault.path for fault in event.faults] == ["ce_correlationid"]


def notice_mode_cases() -> dict[str, RawRecord]:
    sound = custody_record()
    return {
        "missing": sound.without("ce_mode"),
        "unknown": sound.header("ce_mode", b"REHEARSAL"),
        "null": sound.header("ce_mode", None),
        "not text": sound.header("ce_mode", b"\xff"),
        "repeated": sound.adding("ce_mode", b"ACTUAL"),
        "contradictory": sound.adding("ce_mode", b"EXERCISE"),
    }


@pytest.mark.promise("P8")
@pytest.mark.parametrize("case", notice_mode_cases())
def test_a_mode_that_is_not_sound_alarms_as_actual_and_says_so(case: str) -> None:
    event = parse_sound(notice_mode_cases()[case])

    assert event.mode is Mode.ACTUAL
    assert not event.mode_is_sound
    assert [fault.path for fault in event.faults] == ["ce_mode"]


@pytest.mark.promise("P8")
@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.TEST])
def test_a_sound_mode_other_than_actual_is_kept(mode: Mode) -> None:
    event = parse_sound(raw_record(custody_data(), mode=mode.value))

    assert event.mode is mode
    assert event.mode_is_sound


def test_an_event_id_up_to_a_day_ahead_of_the_clock_is_taken_and_no_further() -> None:
    event_id = UUID("01900000-0000-7000-8000-000000000001")
    written = (event_id.int >> 80) / 1000
    raw = raw_record(custody_data(), event_id=event_id)
    day = 24 * 60 * 60

    at_a_day = parse(raw, Parser(Decoder(packaged()), lambda: written - day))
    beyond = parse(raw, Parser(Decoder(packaged()), lambda: written - day - 1))

    assert isinstance(at_a_day, Event)
    assert isinstance(beyond, Rejected)
    assert beyond.reason is Reason.EVENT_ID_INVALID


@pytest.mark.parametrize(
    ("reason", "raw"),
    [
        (Reason.HEADER_INVALID, custody_record().header("ce_specversion", b"0.3")),
        (Reason.HEADER_INVALID, custody_record().header("ce_type", b"something.else")),
        (Reason.HEADER_INVALID, custody_record().header("ce_source", b"")),
        (Reason.HEADER_INVALID, custody_record().header("ce_source", b"s" * 600)),
        (Reason.HEADER_INVALID, custody_record().header("ce_source", b"dhs.e3/\0")),
        (Reason.HEADER_INVALID, custody_record().header("ce_time", b"yesterday")),
        (Reason.HEADER_INVALID, custody_record().header("ce_time", b"2026-03-01T12:00:00")),
        (Reason.HEADER_INVALID, custody_record().header("ce_sequence", b"17")),
        (Reason.HEADER_INVALID, custody_record().header("ce_sequence", b"0" * 19)),
        (Reason.HEADER_INVALID, custody_record().header("ce_sequence", b"9" * 19)),
        (Reason.HEADER_INVALID, custody_record().header("ce_sequence", b"9223372036854775807")),
        (Reason.HEADER_INVALID, custody_record().header("ce_source", b"s" * 201)),
        (Reason.HEADER_INVALID, custody_record().header("ce_time", b"0001-01-01T00:00:00+14:00")),
        (Reason.HEADER_MISSING, custody_record().without("ce_id")),
        (Reason.HEADER_MISSING, custody_record().without("ce_recordedtime")),
        (Reason.TOO_LARGE, custody_record().adding("x", b"y" * MAX_HEADER_BYTES)),
        (Reason.EVENT_ID_INVALID, custody_record().header("ce_id", str(uuid4()).encode())),
        (
            Reason.EVENT_ID_INVALID,
            custody_record().header("ce_id", str(new_event_id()).upper().encode()),
        ),
    ],
)
def test_a_header_that_breaks_a_rule_rejects_the_record(reason: Reason, raw: RawRecord) -> None:
    assert reason_of(raw) is reason


def test_a_key_longer_than_the_limit_rejects_the_record() -> None:
    raw = custody_record()

    long_key = RawRecord(raw.topic, b"k" * (MAX_KEY_BYTES + 1), raw.value, raw.headers)

    assert reason_of(long_key) is Reason.KEY_INVALID


def test_a_rejected_record_still_names_what_could_be_read_of_it() -> None:
    raw = raw_record(custody_data(), sequence=9, mode="TEST", value=b"junk")

    outcome = parse(raw)

    assert isinstance(outcome, Rejected)
    assert outcome.event_id == raw.event_id
    assert (outcome.source, outcome.sequence, outcome.mode) == (SOURCE, 9, Mode.TEST)
    assert outcome.key == (raw.key or b"").decode()


OBSERVED = {
    "coordination_id": str(UUID(int=1)),
    "office": "hhs.orr.director",
    "officer": {"role": "director", "id": "h-1"},
    "mode": "ACTUAL",
    "kind": "OBSERVATION",
    "observation": {
        "agency": "doj",
        "channel": "NEWS",
        "description": "an article",
        "seen_at": MOMENT,
    },
}


@pytest.mark.promise("P8")
@pytest.mark.parametrize(
    "raw",
    [
        raw_record(custody_data(), mode="REHEARSAL", value=b"junk"),
        raw_record(custody_data(), mode="TEST", value=b"junk").adding("ce_mode", b"TEST"),
        raw_record(custody_data(), value=b"junk").header("ce_mode", None),
        raw_record(OBSERVED, topic="hhs.coordination.v1", mode="EXERCISE").without("ce_id"),
    ],
    ids=["unknown", "repeated", "null", "contradicted by the payload"],
)
def test_a_rejected_record_of_doubtful_mode_counts_as_actual(raw: RawRecord) -> None:
    outcome = parse(raw)

    assert isinstance(outcome, Rejected)
    assert outcome.mode is Mode.ACTUAL


@pytest.mark.promise("P9")
def test_a_rejection_says_nothing_of_the_values() -> None:
    raw = custody_record().header("ce_time", b"MARKED-PERSONAL-VALUE")

    outcome = parse(raw)

    assert isinstance(outcome, Rejected)
    assert "MARKED" not in outcome.detail


@pytest.mark.promise("P9")
@pytest.mark.parametrize("times", [1, 2])
def test_a_rejection_names_no_header_of_a_stranger(times: int) -> None:
    raw = custody_record()
    for _ in range(times):
        raw = raw.adding("ce_marked", b"\xff" if times == 1 else b"x")

    outcome = parse(raw)

    assert isinstance(outcome, Rejected)
    assert "marked" not in outcome.detail


def test_a_source_too_long_for_any_store_is_not_read_off_a_rejected_record() -> None:
    outcome = parse(custody_record().header("ce_source", b"s" * 60_000))

    assert isinstance(outcome, Rejected)
    assert outcome.source is None


nullable = st.none() | st.binary(max_size=40)
header_lists = st.lists(
    st.tuples(st.text(max_size=12) | st.sampled_from(["ce_id", "ce_mode", "ce_time"]), nullable),
    max_size=8,
)


@given(key=nullable, value=nullable, headers=header_lists, keeps_sound=st.booleans())
def test_whatever_arrives_becomes_an_event_or_a_rejected_record(
    key: bytes | None,
    value: bytes | None,
    headers: list[tuple[str, bytes | None]],
    keeps_sound: bool,
) -> None:
    sound = custody_record()
    raw = RawRecord(sound.topic, key, value, [*(sound.headers if keeps_sound else []), *headers])

    outcome = parse(raw)

    assert isinstance(outcome, Event | Rejected)


escaped = st.binary(max_size=8).map(lambda raw: raw.decode("utf-8", "surrogateescape"))


@given(headers=st.lists(st.tuples(escaped, nullable), max_size=6))
def test_packed_headers_come_back_to_the_letter(
    headers: list[tuple[str, bytes | None]],
) -> None:
    assert unpack_headers(pack_headers(headers)) == headers
