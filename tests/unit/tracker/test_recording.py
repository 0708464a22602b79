"""Recorded times, positions, touches and moments: the tracker's small pure parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.consuming.records import Partition
from bus.errors import UsageError
from bus.tracker.contents import is_policy_id
from bus.tracker.moments import find_zone, in_zone, read_moment
from bus.tracker.positions import advanced, as_gate_positions
from bus.tracker.recording import running_maxima
from bus.tracker.touches import Touch, Touches

START = datetime(2018, 4, 6, tzinfo=UTC)
TOPIC = "doj.policy-notice.v1"


def event(hours: int, partition: int = 0) -> SimpleNamespace:
    moment = START + timedelta(hours=hours)
    return SimpleNamespace(topic=TOPIC, partition=partition, appended_at=moment)


def moment_of(each: SimpleNamespace) -> datetime:
    return each.appended_at  # type: ignore[no-any-return]


def maxima(events: list[SimpleNamespace], starts: dict[Partition, datetime]) -> list[datetime]:
    return running_maxima(events, starts, moment_of)[0]  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 9)), st.integers(0, 9))
def test_recorded_times_are_the_running_maximum_however_they_are_batched(
    hours: list[int], cut: int
) -> None:
    events = [event(each) for each in hours]

    recorded, _ = running_maxima(events, {}, moment_of)  # type: ignore[arg-type]
    first, reached = running_maxima(events[:cut], {}, moment_of)  # type: ignore[arg-type]
    second = maxima(events[cut:], reached)

    assert recorded == first + second == sorted(recorded)
    assert all(each >= event.appended_at for each, event in zip(recorded, events, strict=True))


def test_partitions_have_maxima_of_their_own() -> None:
    events = [event(5), event(1, partition=1), event(2)]

    assert maxima(events, {}) == [START + timedelta(hours=hours) for hours in (5, 1, 5)]


def test_positions_move_to_behind_the_highest_offset_that_was_read() -> None:
    first, second = Partition(TOPIC, 0), Partition(TOPIC, 1)

    moved = advanced({first: 7}, [(first, 8), (second, 0), (first, 3)])

    assert moved == {first: 9, second: 1}
    assert [each.next_offset for each in as_gate_positions(moved)] == [9, 1]


def test_a_policy_is_touched_since_its_earliest_fact_and_by_the_last() -> None:
    touches, causes = Touches(), [UUID(int=n) for n in range(3)]

    for hours, cause in zip((2, 1, 3), causes, strict=True):
        touches.add("doj/2018/old", START + timedelta(hours=hours), cause)
    touches.spread([("doj/2018/old", "doj/2018/older")])

    expected = Touch(START + timedelta(hours=1), causes[2])
    assert touches.by_policy == {"doj/2018/old": expected, "doj/2018/older": expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-05-07", datetime(2018, 5, 7, 4, tzinfo=UTC)),
        ("2018-05-07T09:00", datetime(2018, 5, 7, 13, tzinfo=UTC)),
        ("2018-05-07T09:00:00Z", datetime(2018, 5, 7, 9, tzinfo=UTC)),
        ("2018-05-07T09:00-07:00", datetime(2018, 5, 7, 16, tzinfo=UTC)),
    ],
)
def test_a_moment_without_offset_is_in_the_notice_s_zone(text: str, expected: datetime) -> None:
    assert read_moment(text, ZoneInfo("America/New_York")) == expected


def test_what_is_no_moment_is_refused_with_an_example() -> None:
    with pytest.raises(UsageError, match="2018-05-07"):
        read_moment("tomorrow", UTC)


def test_a_zone_that_does_not_exist_is_utc() -> None:
    assert find_zone("Atlantis/Capital") is UTC


def test_a_moment_is_shown_in_its_zone_and_in_utc_where_the_calendar_ends_before() -> None:
    noon, last = datetime(2018, 5, 7, 12, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)

    assert in_zone(noon, "America/New_York").isoformat() == "2018-05-07T08:00:00-04:00"
    assert in_zone(last, "Pacific/Kiritimati").isoformat() == "9999-12-31T23:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    ["doj/2018/zero-tolerance\n", "doj/201\N{ARABIC-INDIC DIGIT EIGHT}/abc", "epa/2018/abc", ""],
)
def test_what_is_no_policy_id_is_none(text: str) -> None:
    assert not is_policy_id(text)
