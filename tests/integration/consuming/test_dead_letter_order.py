"""A failed record holds the later ones of its key, and nothing else; then they go on in order."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from bus.consuming.subscription import Order
from bus.deadletters.letters import Filter
from bus.events import new_event_id
from bus.settings import Settings
from tests.integration.consuming.harness import Bench, EffectHandler, until_ready
from tests.integration.consuming.operators import (
    Refusing,
    applied_order,
    assert_accounted,
    discard,
    ids_of,
    letter_states,
    redrive,
    refusing,
    relent,
)
from tests.records import RawRecord, custody_data, custody_record, raw_record

HELD = "SELECT count(*) FROM held_record"
EFFECTS = "SELECT count(*) FROM effect"


@pytest.fixture
async def ordered(settings: Settings) -> Bench:
    """Give a group that asks for order."""
    bench = Bench(settings, order=Order.ORDERED)
    await bench.prepare()
    return bench


def of_key(key: str, count: int) -> list[RawRecord]:
    """Return so many sound records of one key."""
    return [custody_record(family_group_id=key) for _ in range(count)]


@pytest.mark.promise("P4")
async def test_records_behind_a_failed_one_wait_and_go_on_in_order_once_it_is_redriven(
    ordered: Bench,
) -> None:
    records = of_key(str(uuid4()), 4)
    handler = refusing(records[0])
    await ordered.produce(records, partition=0)

    async with ordered.working(handler):
        await ordered.until(HELD, 3)
        assert await ordered.count("effect") == 0
        await assert_accounted(ordered)
        relent(handler)
        await redrive(ordered)
        await ordered.until(EFFECTS, 4)
        await ordered.until(HELD, 0)

    assert await applied_order(ordered) == ids_of(records)
    assert await letter_states(ordered) == [(0, "RESOLVED", "HANDLER_REFUSED")]
    await assert_accounted(ordered)


@pytest.mark.promise("P5")
async def test_a_failed_record_stops_no_other_key_of_its_batch(ordered: Bench) -> None:
    bad_key, good_key = str(uuid4()), str(uuid4())
    bad, good = of_key(bad_key, 3), of_key(good_key, 3)
    mixed = [each for pair in zip(bad, good, strict=True) for each in pair]
    await ordered.produce(mixed, partition=0)

    async with ordered.working(refusing(bad[0])) as worker:
        await ordered.until(EFFECTS, 3)
        await ordered.until(HELD, 2)
        await until_ready(worker)

    assert await applied_order(ordered) == ids_of(good)


@pytest.mark.promise("P4")
async def test_records_that_come_later_wait_too_even_at_another_worker(ordered: Bench) -> None:
    records = of_key(str(uuid4()), 4)
    handler = refusing(records[0])
    await ordered.produce(records[:2], partition=0)
    async with ordered.working(handler):
        await ordered.until(HELD, 1)

    async with ordered.working(handler):
        await ordered.produce(records[2:], partition=0)
        await ordered.until(HELD, 3)
        relent(handler)
        await redrive(ordered)
        await ordered.until(EFFECTS, 4)

    assert await applied_order(ordered) == ids_of(records)


@pytest.mark.promise("P4")
async def test_a_second_failed_record_of_the_key_holds_those_behind_it(ordered: Bench) -> None:
    records = of_key(str(uuid4()), 4)
    refuse = Refusing()
    refuse.refuse(records[0], records[2])
    await ordered.produce(records, partition=0)

    async with ordered.working(EffectHandler(refuse)):
        await ordered.until(HELD, 3)
        refuse.ids.discard(records[0].event_id)
        await redrive(ordered)
        await ordered.until(HELD, 1)
        assert await applied_order(ordered) == ids_of(records[:2])
        await assert_accounted(ordered)
        refuse.relent()
        await redrive(ordered)
        await ordered.until(EFFECTS, 4)

    assert await applied_order(ordered) == ids_of(records)
    await assert_accounted(ordered)


@pytest.mark.promise("P4")
async def test_a_record_under_a_used_id_holds_the_later_ones_of_its_key(ordered: Bench) -> None:
    key, event_id = str(uuid4()), new_event_id()
    first = raw_record(custody_data(), event_id=event_id)
    reused = raw_record(custody_data(family_group_id=key), event_id=event_id)
    behind = of_key(key, 2)
    await ordered.produce([first, reused, *behind], partition=0)

    async with ordered.working():
        await ordered.until(HELD, 2)

    assert await applied_order(ordered) == [event_id]
    assert await letter_states(ordered) == [(1, "OPEN", "EVENT_ID_REUSED")]
    await assert_accounted(ordered)


@pytest.mark.promise("P4")
async def test_a_sound_copy_of_a_damaged_record_takes_its_place_before_those_that_wait(
    ordered: Bench,
) -> None:
    key = str(uuid4())
    first, behind = of_key(key, 2)
    await ordered.produce([first.header("ce_time", b"yesterday"), behind], partition=0)

    async with ordered.working():
        await ordered.until(HELD, 1)
        await ordered.produce([first], partition=0)
        await ordered.until(EFFECTS, 2)
        await ordered.until(HELD, 0)

    assert await applied_order(ordered) == ids_of([first, behind])
    assert await letter_states(ordered) == [(0, "RESOLVED", "HEADER_INVALID")]
    await assert_accounted(ordered)


@pytest.mark.promise("P5")
@pytest.mark.parametrize("key", [None, b"\xff\xfe"], ids=["no key", "no text"])
async def test_a_record_without_a_key_that_is_text_holds_nothing(
    ordered: Bench, key: bytes | None
) -> None:
    bad = [replace(custody_record(), key=key) for _ in range(2)]
    sound = custody_record()
    await ordered.produce([*bad, sound], partition=0)

    async with ordered.working():
        await ordered.until(EFFECTS, 1)

    assert [row[:2] for row in await letter_states(ordered)] == [(0, "OPEN"), (1, "OPEN")]
    assert await ordered.count("held_record") == 0


@pytest.mark.promise("P5")
async def test_where_nobody_asks_for_order_a_failed_record_holds_nothing(bench: Bench) -> None:
    records = of_key(str(uuid4()), 3)
    handler = refusing(records[0])
    await bench.produce(records, partition=0)

    async with bench.working(handler):
        await bench.until(EFFECTS, 2)
        relent(handler)
        await redrive(bench)
        await bench.until(EFFECTS, 3)

    assert await applied_order(bench) == ids_of([*records[1:], records[0]])
    await assert_accounted(bench)


@pytest.mark.promise("P4")
async def test_discarding_a_record_lets_those_behind_it_go_on(ordered: Bench) -> None:
    records = of_key(str(uuid4()), 3)
    await ordered.produce(records, partition=0)

    async with ordered.working(refusing(records[0])):
        await ordered.until(HELD, 2)
        await discard(ordered)
        await ordered.until(EFFECTS, 2)

    assert await applied_order(ordered) == ids_of(records[1:])
    assert await letter_states(ordered) == [(0, "DISCARDED", "HANDLER_REFUSED")]
    await assert_accounted(ordered)


@pytest.mark.promise("P4")
async def test_a_redrive_of_one_key_leaves_another_key_waiting(ordered: Bench) -> None:
    one, other = str(uuid4()), str(uuid4())
    records = [*of_key(one, 2), *of_key(other, 2)]
    handler = refusing(records[0], records[2])
    await ordered.produce(records, partition=0)

    async with ordered.working(handler):
        await ordered.until(HELD, 2)
        relent(handler)
        await redrive(ordered, Filter(state="OPEN", kind="RECORD", key=one))
        await ordered.until(EFFECTS, 2)
        await ordered.until(HELD, 1)

    assert await applied_order(ordered) == ids_of(records[:2])
