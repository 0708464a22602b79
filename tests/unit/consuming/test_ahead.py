"""What is read ahead: how much of it may wait, and what a seek makes of it."""

from __future__ import annotations

import asyncio

import pytest

from bus.consuming.ahead import Ahead
from bus.consuming.reading import PARSED_AT_ONCE, Reader
from bus.consuming.records import ParsedRecord, Partition, Record, Rejected, StoredRecord, Unparsed
from bus.errors import SystemicError
from bus.reasons import Reason

FIRST, SECOND = Partition("dhs.custody-event.v1", 0), Partition("dhs.custody-event.v1", 1)


def raw(begin: int, end: int) -> list[Record]:
    return [StoredRecord(offset, 0, b"key", b"value", []) for offset in range(begin, end)]


def parse(record: Record, partition: Partition) -> Rejected:
    return Rejected(partition, record, Reason.UNDECODABLE, "not an event")


def parsed(begin: int, end: int) -> list[ParsedRecord]:
    return [ParsedRecord(each, parse(each, FIRST)) for each in raw(begin, end)]


def offsets(taken: dict[Partition, list[ParsedRecord]]) -> dict[Partition, list[int]]:
    return {partition: [each.offset for each in rows] for partition, rows in taken.items()}


def test_what_waits_grows_up_to_its_limit_and_is_taken_as_one_batch() -> None:
    ahead = Ahead(limit=5)
    ahead.add({FIRST: parsed(0, 3)})

    assert not ahead.has_room({FIRST: parsed(3, 6)})
    assert ahead.has_room({FIRST: parsed(3, 4), SECOND: parsed(7, 8)})
    ahead.add({FIRST: parsed(3, 4), SECOND: parsed(7, 8)})
    assert offsets(ahead.take()) == {FIRST: [0, 1, 2, 3], SECOND: [7]}
    assert ahead.take() == {}


def test_a_fetch_larger_than_the_limit_has_room_where_nothing_waits() -> None:
    ahead = Ahead(limit=2)

    assert ahead.has_room({FIRST: parsed(0, 9)})


@pytest.mark.promise("P2")
def test_a_fetch_that_begins_behind_a_hole_waits_alone() -> None:
    ahead = Ahead(limit=100)
    ahead.add({FIRST: parsed(0, 3)})

    assert not ahead.has_room({FIRST: parsed(4, 6)})


@pytest.mark.promise("P2")
def test_a_seek_drops_what_was_fetched_before_it_wherever_it_is() -> None:
    ahead = Ahead(limit=100)
    ahead.add({FIRST: parsed(0, 3), SECOND: parsed(0, 3)})
    mark = ahead.mark

    ahead.forget([FIRST])

    assert offsets(ahead.take()) == {SECOND: [0, 1, 2]}
    assert ahead.fresh({FIRST: parsed(3, 6), SECOND: parsed(3, 6)}, mark).keys() == {SECOND}
    assert ahead.fresh({FIRST: parsed(0, 3)}, ahead.mark).keys() == {FIRST}


async def test_a_second_batch_is_not_parsed_before_the_first_is_taken() -> None:
    seen: list[int] = []

    def note(record: Record, partition: Partition) -> Rejected:
        seen.append(record.offset)
        return parse(record, partition)

    reader = Reader(note, limit=3)
    await reader.put({FIRST: raw(0, 3)})
    second = asyncio.create_task(reader.put({FIRST: raw(3, 6)}))
    await asyncio.sleep(0)
    assert (seen, second.done()) == ([0, 1, 2], False)

    taken = reader.take()
    await second

    assert offsets(taken) == {FIRST: [0, 1, 2]}
    assert offsets(reader.take()) == {FIRST: [3, 4, 5]}


async def test_a_seek_in_the_middle_of_parsing_drops_the_batch() -> None:
    reader = Reader(parse, limit=1000)
    putting = asyncio.create_task(reader.put({FIRST: raw(0, PARSED_AT_ONCE + 1)}))
    await asyncio.sleep(0)

    reader.forget([FIRST])
    await putting

    assert reader.take() == {}


async def test_others_have_a_turn_while_a_batch_is_parsed() -> None:
    reader = Reader(parse, limit=1000)
    putting = asyncio.create_task(reader.put({FIRST: raw(0, 3 * PARSED_AT_ONCE)}))
    turns = 0
    while not putting.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns >= 3


async def test_whoever_waits_is_let_go_when_the_reader_is_closed() -> None:
    reader = Reader(parse, limit=1)
    await reader.put({FIRST: raw(0, 1)})
    putting = asyncio.create_task(reader.put({FIRST: raw(1, 2)}))
    await asyncio.sleep(0)

    reader.close()
    await putting

    assert (await reader.has_more(), reader.take()) == (False, {})


async def test_a_closed_reader_has_no_more_however_often_it_is_asked() -> None:
    reader = Reader(parse, limit=1)
    reader.close()

    taken = reader.take()  # as by an engine that was still busy

    async with asyncio.timeout(1):
        assert (taken, await reader.has_more()) == ({}, False)


@pytest.mark.promise("P2")
async def test_what_the_parser_raises_stays_in_the_place_of_its_record() -> None:
    def fail_at_one(record: Record, partition: Partition) -> Rejected:
        if record.offset == 1:
            raise SystemicError("the registry is away")
        return parse(record, partition)

    reader = Reader(fail_at_one, limit=3)
    await reader.put({FIRST: raw(0, 3)})

    taken = reader.take()

    assert offsets(taken) == {FIRST: [0, 1, 2]}
    assert [isinstance(each.outcome, Unparsed) for each in taken[FIRST]] == [False, True, False]
