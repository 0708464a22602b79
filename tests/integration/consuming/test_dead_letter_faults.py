"""What a fault does to its record: tried again, parked for good, searched for in its batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg
import pytest

from bus.consuming.subscription import Order, Unit
from bus.events import Draft, Event, new_event_id
from bus.settings import Settings
from bus.storage.connections import connect
from tests.integration.consuming.harness import Bench, EffectHandler
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
from tests.records import custody_data, custody_record, raw_record

LETTERS = "SELECT count(*) FROM dead_letter"
EFFECTS = "SELECT count(*) FROM effect"
STATES = "SELECT string_agg(state, ' ' ORDER BY kafka_offset) FROM dead_letter"


def hiccup() -> Exception:
    """Return an error that may pass."""
    return RuntimeError("not this time")


@pytest.mark.promise("P4")
async def test_a_record_whose_handling_failed_is_tried_again_by_itself_before_those_behind_it(
    settings: Settings,
) -> None:
    bench = Bench(settings, order=Order.ORDERED)
    await bench.prepare()
    key = str(uuid4())
    records = [custody_record(family_group_id=key) for _ in range(3)]
    handler = refusing(records[0], error=hiccup)
    await bench.produce(records, partition=0)

    async with bench.working(handler):
        await bench.until("SELECT count(*) FROM held_record", 2)
        relent(handler)
        await bench.until(EFFECTS, 3)

    assert await applied_order(bench) == ids_of(records)
    assert await letter_states(bench) == [(0, "RESOLVED", "HANDLER_FAILED")]
    await assert_accounted(bench)


async def test_the_time_of_the_next_try_is_kept_through_a_restart(bench: Bench) -> None:
    soon, later = custody_record(), custody_record()
    postpone = "UPDATE dead_letter SET due_at = now() + make_interval(hours => 1) WHERE state = %s"
    await bench.produce([soon, later], partition=0)
    async with bench.working(refusing(soon, later, error=hiccup)):
        await bench.until(LETTERS, 2)
    await bench.execute(f"{postpone} AND event_id = %s", "RETRYING", later.event_id)

    async with bench.working():
        await bench.until(EFFECTS, 1)

    assert await bench.query("SELECT state, due_at > now() FROM dead_letter ORDER BY 1") == [
        ("RESOLVED", None),
        ("RETRYING", True),
    ]
    await assert_accounted(bench)


@pytest.mark.promise("P5")
async def test_past_the_limit_of_tries_a_dead_letter_is_open(settings: Settings) -> None:
    bench = Bench(settings.model_copy(update={"retry_attempts": 3}))
    await bench.prepare()
    record = custody_record()
    await bench.produce([record], partition=0)

    async with bench.working(refusing(record, error=hiccup)):
        await bench.until(STATES, "OPEN")

    assert await bench.query("SELECT attempts, due_at, reason FROM dead_letter") == [
        (3, None, "HANDLER_FAILED")
    ]


async def test_past_its_age_a_dead_letter_is_open_after_its_first_try(settings: Settings) -> None:
    bench = Bench(settings.model_copy(update={"retry_age": 1e-9}))
    await bench.prepare()
    record = custody_record()
    await bench.produce([record], partition=0)

    async with bench.working(refusing(record, error=hiccup)):
        await bench.until(STATES, "OPEN")

    assert await bench.query("SELECT attempts FROM dead_letter") == [(1,)]


@pytest.mark.promise("P5")
async def test_a_constraint_that_is_checked_at_the_commit_parks_the_record_that_breaks_it(
    bench: Bench,
) -> None:
    await bench.execute(
        "ALTER TABLE effect ADD CONSTRAINT once UNIQUE (key) DEFERRABLE INITIALLY DEFERRED"
    )
    key = str(uuid4())
    first, second = (custody_record(family_group_id=key) for _ in range(2))
    others = [custody_record() for _ in range(20)]
    await bench.produce([first, *others, second], partition=0)

    async with bench.working():
        await bench.until(EFFECTS, 21)

    assert second.event_id not in await applied_order(bench)
    letters = await bench.query("SELECT event_id, reason FROM dead_letter")
    assert letters == [(second.event_id, "HANDLER_FAILED")]
    await assert_accounted(bench)


@dataclass
class Telling(EffectHandler):
    """Emits a finding for each event; an impossible one for one of them."""

    impossible: UUID | None = None

    async def handle_batch(self, events: Sequence[Event], unit: Unit) -> None:
        await super().handle_batch(events, unit)
        for event in events:
            unit.emit(receipt_of(event, is_possible=event.id != self.impossible))


def receipt_of(event: Event, *, is_possible: bool) -> Draft:
    """Return a receipt for the event; one that no store takes has no source."""
    data = {
        "group": "hhs-intake",
        "office": None,
        "source": event.source if is_possible else None,
        "topic": event.topic,
        "event_ids": [str(event.id)],
        "through_sequence": None,
        "exceptions": [],
    }
    return Draft(topic="hhs.delivery-receipt.v1", data=data, mode=event.mode)


@pytest.mark.promise("P3")
async def test_an_emitted_event_that_nobody_takes_parks_its_record_and_is_undone_with_it(
    bench: Bench,
) -> None:
    records = [custody_record() for _ in range(10)]
    culprit = records[6]
    await bench.produce(records, partition=0)

    async with bench.working(Telling(impossible=culprit.event_id)):
        await bench.until(EFFECTS, 9)

    assert culprit.event_id not in await applied_order(bench)
    assert await bench.query("SELECT event_id FROM dead_letter") == [(culprit.event_id,)]
    told = await bench.query(
        "SELECT count(*) FROM outbox JOIN outbox_stream USING (stream_id) WHERE topic = %s",
        "hhs.delivery-receipt.v1",
    )
    assert told == [(9,)]
    await assert_accounted(bench)


@pytest.mark.promise("P3")
async def test_a_second_content_under_a_used_id_is_never_applied_even_when_redriven(
    bench: Bench,
) -> None:
    event_id = new_event_id()
    pair = [raw_record(custody_data(), event_id=event_id) for _ in range(2)]
    await bench.produce(pair, partition=0)

    async with bench.working():
        await bench.until(LETTERS, 1)
        await redrive(bench)
        await bench.until("SELECT max(attempts) FROM dead_letter", 2)

    assert await letter_states(bench) == [(1, "OPEN", "EVENT_ID_REUSED")]
    assert await bench.count("effect") == 1
    await assert_accounted(bench)


@pytest.mark.promise("P3")
async def test_a_later_copy_of_a_discarded_event_is_a_repetition(bench: Bench) -> None:
    record = custody_record()
    refuse = Refusing()
    refuse.refuse(record)
    await bench.produce([record], partition=0)

    async with bench.working(EffectHandler(refuse)):
        await bench.until(LETTERS, 1)
        await discard(bench)
        await bench.until(STATES, "DISCARDED")
        refuse.relent()
        await bench.produce([record], partition=0)
        await bench.until("SELECT count(*) FROM duplicate", 1)

    assert await bench.count("effect") == 0
    assert await bench.query("SELECT account_id, kafka_offset FROM inbox") == [(None, None)]
    await assert_accounted(bench)


@pytest.mark.parametrize("approver", ["operator:o-4", "supervisor:O-4", "o-4", None], ids=str)
async def test_the_database_too_keeps_an_officer_from_approving_their_own_discard(
    bench: Bench, approver: str | None
) -> None:
    statement = (
        "INSERT INTO dead_letter_request (request_id, group_name, action, requested_by,"
        " approved_by, reason, requested_at)"
        " VALUES (uuidv7(), 'hhs-intake', 'DISCARD', 'operator:o-4', %s, 'a test', now())"
    )

    async with await connect(bench.settings.database_url, "hhs") as connection:
        with pytest.raises(psycopg.errors.CheckViolation):
            await connection.execute(statement, [approver])
        await connection.execute(statement, ["supervisor:s-2"])
