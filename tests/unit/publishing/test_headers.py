"""The headers of a record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from bus.events import Draft, Mode
from bus.publishing.headers import headers_of, sequence_text, time_text
from bus.topics import find_topic

ID = UUID("018f4e2a-0000-7000-8000-000000000001")
CAUSE = UUID("018f4e2a-0000-7000-8000-000000000002")


def test_an_event_has_every_attribute_and_what_was_added_comes_last() -> None:
    draft = Draft(
        topic="dhs.custody-event.v1",
        data={},
        mode=Mode.EXERCISE,
        time=datetime(2018, 5, 7, 9, tzinfo=timezone(timedelta(hours=-4))),
        causation_id=CAUSE,
        headers=(("note", "x"),),
    )

    headers = headers_of(
        draft,
        find_topic(draft.topic),
        event_id=ID,
        source="dhs.e3/store",
        key="a-key",
        dataschema="urn:a-schema",
        recorded_time="2018-05-07T13:00:01.000000Z",
    )

    assert headers == [
        ("ce_specversion", "1.0"),
        ("ce_id", str(ID)),
        ("ce_source", "dhs.e3/store"),
        ("ce_type", "interagency.custody.CustodyEvent.v1"),
        ("ce_time", "2018-05-07T13:00:00.000000Z"),
        ("ce_subject", "a-key"),
        ("ce_dataschema", "urn:a-schema"),
        ("ce_recordedtime", "2018-05-07T13:00:01.000000Z"),
        ("ce_mode", "EXERCISE"),
        ("content-type", "application/avro"),
        ("ce_causationid", str(CAUSE)),
        ("note", "x"),
    ]


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_sequences_sort_as_text_as_they_do_as_numbers(first: int, second: int) -> None:
    texts = sequence_text(first), sequence_text(second)

    assert [len(text) for text in texts] == [19, 19]
    assert (texts[0] < texts[1]) == (first < second)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_in_utc_and_loses_nothing(moment: datetime) -> None:
    text = time_text(moment)

    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == moment
