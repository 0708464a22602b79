"""Resets on the real thing, while workers run and while they don't."""

from __future__ import annotations

from uuid import UUID

import pytest

from bus.audit.auditing import run_audit
from bus.codec.decoding import Decoder
from bus.codec.schemas import packaged
from bus.consuming.log_bounds import read_log_bounds
from bus.consuming.records import Partition
from bus.consuming.resetting import Reset, ResetRequest, reset_position
from bus.consuming.worker import Worker
from bus.errors import UnavailableError, UnknownNameError
from bus.explaining.explanation import explain_id
from bus.publishing.outbox import Outbox
from bus.storage.connections import connect
from tests.integration.commands.mishaps import recreate_topic
from tests.integration.consuming.harness import GROUP, TOPIC, Bench, eventually, until_ready
from tests.records import custody_record


async def reset(bench: Bench, target: str, partition: int = 0) -> Reset:
    """Reset a partition of the bench's group."""
    settings = bench.settings
    place = Partition(TOPIC, partition)
    request = ResetRequest(GROUP, place, target, "operator:o-4", "a test")
    clock = settings.clock()
    bounds = read_log_bounds(settings.bootstrap, settings.names, [TOPIC])
    outbox = Outbox("hhs", clock, packaged())
    async with await connect(settings.database_url, "hhs") as connection:
        return await reset_position(connection, request, bounds.get(place), outbox, clock)


async def produce(bench: Bench, count: int) -> None:
    """Append sound records to partition 0."""
    await bench.produce([custody_record() for _ in range(count)], partition=0)


async def assert_sound(bench: Bench, unread: int = 0) -> None:
    """Assert that everything is explained and nothing else is left."""
    audit = await run_audit(bench.settings, ["hhs"])
    assert audit.faults == []
    assert audit.unread is not None
    assert sum(each.count for each in audit.unread) == unread


@pytest.mark.promise("P3")
async def test_going_back_repeats_records_and_no_effects(bench: Bench) -> None:
    await produce(bench, 6)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 6)

        await reset(bench, "2")

        await bench.until("SELECT count(*) FROM duplicate", 4)
    assert await bench.count("effect") == 6
    assert await bench.count("outbox") == 0
    await assert_sound(bench)


@pytest.mark.promise("P2")
async def test_going_forward_leaves_a_gap_and_a_finding(bench: Bench) -> None:
    await produce(bench, 2)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 2)
    await produce(bench, 5)

    done = await reset(bench, "6")

    assert (done.first_offset, done.next_offset) == (2, 6)
    gaps = await bench.query("SELECT from_offset, to_offset, reason FROM gap")
    assert gaps == [(2, 6, "RESET")]
    told = await bench.query("SELECT topic, last_sequence FROM outbox_stream")
    assert told == [("bus.finding.v1", 1)]
    await assert_sound(bench, unread=1)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 3)
    await assert_sound(bench)


@pytest.mark.promise("P2")
async def test_a_running_worker_counts_in_the_new_account_from_then_on(bench: Bench) -> None:
    await produce(bench, 2)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 2)

        await reset(bench, "end")
        await produce(bench, 3)

        await bench.until("SELECT count(*) FROM effect", 5)
    await assert_sound(bench)


async def test_the_closed_account_says_who_ended_it_and_why(bench: Bench) -> None:
    await produce(bench, 3)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 3)

    await reset(bench, "beginning")

    rows = await bench.query(
        "SELECT number, first_offset, closed_next_offset, opened_by, reason FROM consumer_account"
        " WHERE partition = 0 ORDER BY number"
    )
    assert rows == [
        (1, 0, 3, "claim", "first claim"),
        (2, 0, None, "operator:o-4", "a test"),
    ]


@pytest.mark.promise("P10")
async def test_the_finding_of_a_gap_leads_to_the_offsets_that_were_skipped(bench: Bench) -> None:
    await produce(bench, 1)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 1)
    await produce(bench, 4)
    await reset(bench, "end")
    [(value,)] = await bench.query("SELECT value FROM outbox")
    told = Decoder(packaged()).decode(value, "interagency.clearance.Finding").data  # type: ignore[arg-type]

    explanation = await explain_id(bench.settings, UUID(str(told["finding_id"])))

    [finding] = explanation.sections["finding"]
    assert finding["kind"] == "OFFSET_GAP"
    assert finding["facts"] == [f"{GROUP}/{TOPIC}/0: offsets 1 to 4: RESET"]


async def until_obstructed(worker: Worker) -> None:
    """Wait until the worker says that it needs a reset."""

    async def told() -> bool:
        return any("TOPIC_RECREATED" in reason for reason in worker.unready())

    assert await eventually(told), worker.unready()


@pytest.mark.promise("P2")
async def test_a_topic_created_anew_is_read_again_after_a_reset(bench: Bench) -> None:
    await produce(bench, 4)
    async with bench.working() as worker:
        await bench.until("SELECT count(*) FROM effect", 4)
        await recreate_topic(bench)
        await produce(bench, 2)
        await until_obstructed(worker)

        for partition in range(12):
            await reset(bench, "beginning", partition)

        await bench.until("SELECT count(*) FROM effect", 6)
        await until_ready(worker)
    await assert_sound(bench)


@pytest.mark.promise("P2")
async def test_a_reset_finds_its_moment_beside_a_busy_worker(bench: Bench) -> None:
    await produce(bench, 200)
    busy = bench.settings.model_copy(update={"batch_records": 5})
    async with Bench(busy).working():
        await bench.until("SELECT count(*) > 20 FROM effect", True)

        for _ in range(3):
            await reset(bench, "0")

        await bench.until("SELECT next_offset FROM consumer_position WHERE partition = 0", 200)
    assert await bench.count("effect") == 200
    assert await bench.query("SELECT count(*) FROM consumer_account WHERE partition = 0") == [(4,)]
    await assert_sound(bench)


async def test_a_partition_that_was_never_claimed_has_nothing_to_reset(bench: Bench) -> None:
    with pytest.raises(UnknownNameError, match="never claimed"):
        await reset(bench, "beginning")


async def test_a_partition_that_the_broker_does_not_have_is_refused(bench: Bench) -> None:
    with pytest.raises(UnknownNameError, match="no partition"):
        await reset(bench, "beginning", partition=99)


async def test_a_position_that_never_stands_still_is_left_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await produce(bench, 1)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 1)
    await bench.execute(
        "CREATE FUNCTION stand_aside() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    )
    await bench.execute(
        "CREATE TRIGGER never BEFORE UPDATE ON consumer_position"
        " FOR EACH ROW EXECUTE FUNCTION stand_aside()"
    )

    with pytest.raises(UnavailableError, match="nothing was changed"):
        await reset(bench, "beginning")

    assert await bench.query("SELECT max(number) FROM consumer_account") == [(1,)]
