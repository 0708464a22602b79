"""Events as lines of JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.codec.plain import to_plain
from bus.codec.schemas import packaged
from bus.events import Mode
from bus.publishing.lines import FaultyLine, SoundLine, read_lines
from bus.topics import find_topic
from tests.unit.publishing.drafts import sound

TOPIC = "dhs.custody-event.v1"


def line(**changes: object) -> dict[str, object]:
    """Return a sound line; a change to ... takes the name out."""
    schema = packaged().latest(find_topic(TOPIC).schema)
    whole: dict[str, object] = {
        "topic": TOPIC,
        "source": "dhs.e3",
        "mode": "ACTUAL",
        "data": to_plain(schema, sound(TOPIC).data),
    }
    return {name: value for name, value in (whole | changes).items() if value is not ...}


def read(*lines: bytes | dict[str, object]) -> list[SoundLine | FaultyLine]:
    """Read these lines, each as bytes or as the object that it holds."""
    raw = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines]
    return list(read_lines(raw, packaged()))


def rules(content: bytes | dict[str, object]) -> dict[str, str]:
    """Return the rules that a single line breaks, by path."""
    (found,) = read(content)
    return (
        {fault.path: fault.rule for fault in found.faults} if isinstance(found, FaultyLine) else {}
    )


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_has_no_utc_is_a_fault_of_its_field(time: str) -> None:
    assert rules(line(time=time)) == {"time": "UTC"}


def test_a_line_becomes_a_draft_of_its_systems_owner() -> None:
    (found,) = read(
        line(
            type="interagency.custody.CustodyEvent.v1",
            subject="a-subject",
            mode="TEST",
            time="2018-05-07T09:00:00-04:00",
            causationid="018f4e2a-0000-7000-8000-000000000001",
        )
    )

    assert isinstance(found, SoundLine)
    assert found.owner == "dhs"
    assert found.draft.topic == TOPIC
    assert found.draft.system == "dhs.e3"
    assert found.draft.subject == "a-subject"
    assert found.draft.mode is Mode.TEST
    assert found.draft.time == datetime(2018, 5, 7, 13, tzinfo=UTC)
    assert found.draft.causation_id == UUID("018f4e2a-0000-7000-8000-000000000001")
    assert found.draft.data == sound(TOPIC).data


def test_blank_lines_are_skipped_and_counted() -> None:
    found = read(b"\n", line(), b"   \n", b"{")

    assert [each.number for each in found] == [2, 4]


def test_every_fault_of_a_line_is_told_at_once() -> None:
    data = line()["data"]
    assert isinstance(data, dict)
    bent = line(
        mode="REAL",
        type="gossip",
        source=7,
        colour="red",
        time="yesterday",
        correlationid="x",
        data=data | {"occurred_at": "2018-05-07T09:00:00", "agency": "hhs.orr"},
    )

    assert rules(bent).keys() == {
        "mode",
        "type",
        "source",
        "colour",
        "time",
        "correlationid",
        "data.occurred_at",
        "data.agency",
    }


@pytest.mark.parametrize("name", ["topic", "source", "mode", "data"])
def test_a_line_lacks_none_of_the_required_names(name: str) -> None:
    assert rules(line(**{name: ...}))[name] == "required"


def test_a_line_for_a_topic_of_another_owner_is_refused() -> None:
    assert rules(line(source="hhs.portal")) == {"topic": "authorised"}


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b'{"topic": "a", "topic": "b"}',
        b'{"data": NaN}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_one_json_object_is_one_fault(content: bytes) -> None:
    assert rules(content).keys() == {"(the line)"}


@pytest.mark.promise("P9")
def test_a_faulty_line_is_never_repeated_in_its_faults() -> None:
    secret = "A999999999"
    bent = line(mode=secret, type=secret, time=secret, topic=secret) | {f"{secret} x": 1}

    (found,) = read(bent)

    assert isinstance(found, FaultyLine)
    assert secret not in "".join(map(str, found.faults))


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["topic", "source", "mode", "data", "type", "x"]), inner
            )
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode())
)
def test_whatever_a_line_holds_reading_it_never_raises(content: bytes) -> None:
    found = read(content)

    assert all(isinstance(each, FaultyLine) and each.faults for each in found)
