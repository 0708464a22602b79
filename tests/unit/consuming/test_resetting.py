"""What a reset does to the account: every offset between old and new place is explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.consuming.claims import Gap, GapReason, LogBounds
from bus.consuming.positions import StoredPosition
from bus.consuming.records import Partition
from bus.consuming.resetting import plan_reset, resolve_target
from bus.errors import UsageError

PARTITION = Partition("dhs.custody-event.v1", 3)
POSITION = StoredPosition(
    "hhs-intake", PARTITION, 7, 1, "one", 4, 0, 100, datetime(2026, 3, 1, tzinfo=UTC)
)


def gap(lower: int, upper: int, reason: GapReason) -> Gap:
    """Return a gap of the partition."""
    return Gap(PARTITION, lower, upper, reason)


def test_going_back_begins_the_next_account_there() -> None:
    reset = plan_reset(POSITION, LogBounds("one", 0, 120), 40)

    assert (reset.first_offset, reset.next_offset, reset.gaps) == (40, 40, ())
    assert reset.account_number == 2


def test_going_forward_leaves_a_gap_from_where_the_group_stood() -> None:
    reset = plan_reset(POSITION, LogBounds("one", 0, 120), 110)

    assert (reset.first_offset, reset.next_offset) == (100, 110)
    assert reset.gaps == (gap(100, 110, GapReason.RESET),)


def test_what_retention_took_is_not_called_skipped() -> None:
    reset = plan_reset(POSITION, LogBounds("one", 105, 120), 110)

    assert reset.gaps == (gap(100, 105, GapReason.RETENTION), gap(105, 110, GapReason.RESET))


def test_a_topic_created_anew_is_counted_from_its_own_start() -> None:
    reset = plan_reset(POSITION, LogBounds("two", 2, 60), 10)

    assert (reset.topic_id, reset.first_offset, reset.next_offset) == ("two", 2, 10)
    assert reset.gaps == (gap(2, 10, GapReason.RESET),)


def test_a_position_beyond_the_log_goes_back_without_a_gap() -> None:
    reset = plan_reset(POSITION, LogBounds("one", 0, 60), 60)

    assert (reset.first_offset, reset.next_offset, reset.gaps) == (60, 60, ())


@pytest.mark.promise("P2")
@given(
    reached=st.integers(0, 50),
    start=st.integers(0, 50),
    length=st.integers(0, 50),
    share=st.floats(0, 1),
    topic_id=st.sampled_from(["one", "two"]),
)
def test_the_new_account_always_adds_up(
    reached: int, start: int, length: int, share: float, topic_id: str
) -> None:
    position = replace(POSITION, next_offset=reached)
    bounds = LogBounds(topic_id, start, start + length)

    reset = plan_reset(position, bounds, start + int(share * length))

    skipped = [offset for each in reset.gaps for offset in range(each.from_offset, each.to_offset)]
    assert skipped == list(range(reset.first_offset, reset.next_offset))
    assert all(each.from_offset < each.to_offset for each in reset.gaps)


@pytest.mark.parametrize(("target", "offset"), [("beginning", 5), ("end", 9), ("5", 5), ("9", 9)])
def test_a_target_is_an_offset_of_the_log_or_one_of_its_ends(target: str, offset: int) -> None:
    assert resolve_target(target, LogBounds("one", 5, 9)) == offset


@pytest.mark.parametrize(
    "target", ["4", "10", "-1", "start", "", "5.0", "\N{ARABIC-INDIC DIGIT FIVE}"]
)
def test_any_other_target_is_refused(target: str) -> None:
    with pytest.raises(UsageError):
        resolve_target(target, LogBounds("one", 5, 9))
