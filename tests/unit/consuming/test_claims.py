"""Decisions about fetched batches and about claims."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bus.consuming.claims import (
    Claim,
    Gap,
    GapReason,
    LogBounds,
    Obstacle,
    Obstructed,
    Position,
    decide_claim,
    has_moved,
    plan_batch,
)
from bus.consuming.records import ParsedRecord, Partition, Rejected
from bus.reasons import Reason

HERE = Partition("dhs.custody-event.v1", 0)
ELSEWHERE = Partition("dhs.custody-event.v1", 1)


@dataclass(frozen=True)
class FakeRecord:
    offset: int
    timestamp: int = 0
    key: bytes | None = b"k"
    value: bytes | None = b"v"
    headers: list[tuple[str, bytes | None]] = field(default_factory=list)


def records(*offsets: int) -> list[ParsedRecord]:
    return [parsed(FakeRecord(offset)) for offset in offsets]


def parsed(record: FakeRecord) -> ParsedRecord:
    return ParsedRecord(record, Rejected(HERE, record, Reason.UNDECODABLE, "not an event"))


def claim(next_offset: int, partition: Partition = HERE) -> Claim:
    return Claim(partition, "id-1", epoch=3, account_id=7, next_offset=next_offset)


def test_records_from_the_expected_offset_are_taken() -> None:
    plan = plan_batch({HERE: records(5, 6, 7)}, {HERE: claim(5)}, sought=())

    assert [part.next_offset for part in plan.slices] == [8]
    assert plan.seeks == {}


def test_records_of_a_partition_without_a_claim_are_dropped() -> None:
    plan = plan_batch(
        {HERE: records(5), ELSEWHERE: records(0)}, {ELSEWHERE: claim(0, ELSEWHERE)}, ()
    )

    assert [part.claim.partition for part in plan.slices] == [ELSEWHERE]
    assert plan.seeks == {}


def test_a_fetch_that_begins_before_the_expected_offset_is_sought_again() -> None:
    plan = plan_batch({HERE: records(3, 4, 5)}, {HERE: claim(5)}, sought=[HERE])

    assert plan.slices == []
    assert plan.seeks == {HERE: 5}


def test_a_fetch_that_begins_after_the_expected_offset_is_first_sought_again() -> None:
    plan = plan_batch({HERE: records(8, 9)}, {HERE: claim(5)}, sought=())

    assert plan.slices == []
    assert plan.seeks == {HERE: 5}


def test_a_hole_that_is_still_there_after_a_seek_is_a_gap() -> None:
    plan = plan_batch({HERE: records(8, 9)}, {HERE: claim(5)}, sought=[HERE])

    assert plan.slices[0].gaps == (Gap(HERE, 5, 8, GapReason.MISSING_OFFSETS),)
    assert plan.slices[0].next_offset == 10


@given(
    start=st.integers(0, 100),
    steps=st.lists(st.integers(1, 4), min_size=1, max_size=30),
)
def test_records_and_gaps_cover_every_offset_once(start: int, steps: list[int]) -> None:
    offsets = [start + sum(steps[:index]) for index in range(len(steps))]

    (part,) = plan_batch({HERE: records(*offsets)}, {HERE: claim(start)}, ()).slices

    covered = offsets + [
        each for gap in part.gaps for each in range(gap.from_offset, gap.to_offset)
    ]
    assert sorted(covered) == list(range(start, part.next_offset))


def test_a_position_within_the_log_is_claimed_where_it_stands() -> None:
    decision = decide_claim(HERE, Position(7, "id-1", 3, 50), LogBounds("id-1", 10, 60))

    assert decision == (claim(50), None)


def test_a_position_at_the_log_end_is_claimed() -> None:
    decision = decide_claim(HERE, Position(7, "id-1", 3, 60), LogBounds("id-1", 10, 60))

    assert decision == (claim(60), None)


def test_a_position_below_the_log_start_goes_on_behind_a_gap() -> None:
    decision = decide_claim(HERE, Position(7, "id-1", 3, 4), LogBounds("id-1", 10, 60))

    assert decision == (claim(10), Gap(HERE, 4, 10, GapReason.RETENTION))


def test_a_position_beyond_the_log_end_is_obstructed() -> None:
    decision = decide_claim(HERE, Position(7, "id-1", 3, 61), LogBounds("id-1", 10, 60))

    assert isinstance(decision, Obstructed)
    assert decision.obstacle is Obstacle.BEYOND_LOG_END


def test_a_position_in_another_topic_of_the_same_name_is_obstructed() -> None:
    decision = decide_claim(HERE, Position(7, "id-0", 3, 20), LogBounds("id-1", 10, 60))

    assert isinstance(decision, Obstructed)
    assert decision.obstacle is Obstacle.TOPIC_RECREATED


def test_a_log_has_moved_when_it_no_longer_holds_the_next_offset() -> None:
    moved = {
        "within": has_moved(claim(20), LogBounds("id-1", 10, 60)),
        "at the end": has_moved(claim(60), LogBounds("id-1", 10, 60)),
        "below": has_moved(claim(9), LogBounds("id-1", 10, 60)),
        "beyond": has_moved(claim(61), LogBounds("id-1", 10, 60)),
        "recreated": has_moved(claim(20), LogBounds("id-2", 10, 60)),
    }

    assert [name for name, answer in moved.items() if answer] == ["below", "beyond", "recreated"]
