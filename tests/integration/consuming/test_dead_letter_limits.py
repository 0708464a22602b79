"""When so much fails that the group stops: the breaker, and the limit of what may be parked."""

from __future__ import annotations

import pytest

from bus.consuming.worker import Worker
from bus.deadletters.breakers import close_breaker, open_breaker, read_breakers
from bus.settings import Settings
from bus.storage.connections import connect
from tests.integration.consuming.harness import GROUP, Bench, eventually, until_ready
from tests.integration.consuming.operators import (
    OPERATOR,
    assert_accounted,
    discard,
    refusing,
    relent,
)
from tests.records import RawRecord, custody_record

STATE = "SELECT state FROM breaker"
EFFECTS = "SELECT count(*) FROM effect"
LETTERS = "SELECT count(*) FROM dead_letter"
TRIAL_NOW = "UPDATE breaker SET trial_at = now()"


@pytest.fixture
async def touchy(settings: Settings) -> Bench:
    """Give a group whose breaker opens soon, and makes no trial by itself within a test."""
    changes = {"breaker_minimum": 20, "breaker_pause": 3600.0}
    bench = Bench(settings.model_copy(update=changes))
    await bench.prepare()
    return bench


def sound(count: int) -> list[RawRecord]:
    """Return sound records."""
    return [custody_record() for _ in range(count)]


async def until_told(worker: Worker, text: str) -> None:
    """Wait until the worker gives this among the reasons why it isn't ready."""

    async def is_told() -> bool:
        return any(text in reason for reason in worker.unready())

    assert await eventually(is_told), worker.unready()


@pytest.mark.promise("P2")
async def test_a_batch_that_fails_too_often_opens_the_breaker_and_dead_letters_nothing(
    touchy: Bench,
) -> None:
    records = sound(40)
    await touchy.produce(records, partition=0)

    async with touchy.working(refusing(*records[:20])) as worker:
        await touchy.until(STATE, "OPEN")
        await until_told(worker, "the breaker of hhs-intake is OPEN: 20 of 40 records failed")

    for table in ("dead_letter", "inbox", "effect", "outbox"):
        assert await touchy.count(table) == 0
    assert await touchy.query("SELECT max(next_offset) FROM consumer_position") == [(0,)]


@pytest.mark.promise("P5")
async def test_a_few_failures_leave_the_breaker_closed(touchy: Bench) -> None:
    records = sound(40)
    await touchy.produce(records, partition=0)

    async with touchy.working(refusing(*records[:7])) as worker:
        await touchy.until(EFFECTS, 33)
        await until_ready(worker)

    assert await touchy.count("breaker") == 0


@pytest.mark.promise("P2")
async def test_an_open_breaker_survives_a_restart_and_closes_after_a_trial_that_goes_well(
    touchy: Bench,
) -> None:
    records = sound(40)
    await touchy.produce(records, partition=0)
    handler = refusing(*records)
    async with touchy.working(handler):
        await touchy.until(STATE, "OPEN")
    relent(handler)

    async with touchy.working(handler) as worker:
        await until_told(worker, "breaker")
        assert await touchy.count("effect") == 0
        await touchy.execute(TRIAL_NOW)
        await touchy.until(EFFECTS, 40)
        await touchy.until(STATE, "CLOSED")
        await until_ready(worker)

    assert await touchy.query("SELECT openings, reason FROM breaker") == [(0, "a trial went well")]
    await assert_accounted(touchy)


@pytest.mark.promise("P2")
async def test_a_trial_that_fails_opens_it_again_for_longer_and_dead_letters_nothing(
    touchy: Bench,
) -> None:
    records = sound(40)
    await touchy.produce(records, partition=0)

    async with touchy.working(refusing(*records)):
        await touchy.until(STATE, "OPEN")
        await touchy.execute(TRIAL_NOW)
        await touchy.until("SELECT openings FROM breaker", 2)

    assert await touchy.query("SELECT state, trial_at > now() FROM breaker") == [("OPEN", True)]
    assert await touchy.count("dead_letter") == 0


async def test_an_operator_can_let_a_group_go_on_whatever_fails(touchy: Bench) -> None:
    records = sound(40)
    await touchy.produce(records, partition=0)

    async with touchy.working(refusing(*records[:30])) as worker:
        await touchy.until(STATE, "OPEN")
        async with await connect(touchy.settings.database_url, "hhs") as connection:
            await close_breaker(connection, GROUP, OPERATOR, "known bad", seconds=600)
        await touchy.until(LETTERS, 30)
        await touchy.until(EFFECTS, 10)
        await until_ready(worker)

    assert await touchy.query("SELECT state, changed_by FROM breaker") == [("CLOSED", OPERATOR)]
    await assert_accounted(touchy)


async def test_an_operator_can_stop_a_group_until_an_operator_lets_it_go_on(
    bench: Bench,
) -> None:
    async with bench.working() as worker:
        await until_ready(worker)
        async with await connect(bench.settings.database_url, "hhs") as connection:
            await open_breaker(connection, GROUP, OPERATOR, "a wrong release")
            await until_told(worker, "is OPEN: a wrong release")
            await bench.produce(sound(3), partition=0)
            stopped = await read_breakers(connection, [GROUP])
            await close_breaker(connection, GROUP, OPERATOR, "the right release")
        await bench.until(EFFECTS, 3)
        await until_ready(worker)

    assert [(each.state, each.trial_at) for each in stopped] == [("OPEN", None)]


async def test_a_breaker_that_was_never_touched_is_closed(bench: Bench) -> None:
    async with await connect(bench.settings.database_url, "hhs") as connection:
        [breaker] = await read_breakers(connection, [GROUP])

    assert (breaker.state, breaker.changed_by) == ("CLOSED", None)


@pytest.mark.promise("P2")
async def test_without_room_to_park_a_partition_waits_and_says_so_while_others_go_on(
    settings: Settings,
) -> None:
    bench = Bench(settings.model_copy(update={"parked_limit": 3}))
    await bench.prepare()
    bad, stuck, good = sound(3), sound(2), sound(4)
    handler = refusing(*bad, stuck[0])
    await bench.produce(bad, partition=0)

    async with bench.working(handler) as worker:
        await bench.until(LETTERS, 3)
        await bench.produce(stuck, partition=1)
        await until_told(worker, "dhs.custody-event.v1/1: no room to park")
        await bench.produce(good, partition=2)
        await bench.until(EFFECTS, 4)
        assert any("no room to park" in reason for reason in worker.unready())
        assert await bench.count("dead_letter") == 3
        await discard(bench)
        await bench.until(EFFECTS, 5)
        await until_ready(worker)

    await assert_accounted(bench)
