"""Queued messages are sent at least once, under one id, over one channel after the other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bus.channels.channel import Outcome
from tests.integration.tracker.due_world import DueWorld, day
from tests.integration.tracker.world import DIRECTOR, INTAKE, new_policy

REMINDED = "SELECT office, state FROM message WHERE kind = 'REMINDER' ORDER BY office"
TRIES = "SELECT channel, outcome, reason FROM message_try ORDER BY message_id, number"
FAILURES = "SELECT office, facts FROM finding WHERE kind = 'CHANNEL_FAILED' ORDER BY office"


@pytest.fixture
async def due(database_url: str) -> DueWorld:
    """Give a bus on which a reminder of each office is queued, and nothing else."""
    world = DueWorld(database_url, new_policy())
    world.clock.moment = day(1)
    await world.announce()
    await world.reader.query("DELETE FROM message RETURNING 1")
    await world.at(20)
    await world.reader.query("DELETE FROM message WHERE kind <> 'REMINDER' RETURNING 1")
    rows = await world.reader.query("SELECT clock_timestamp()")
    world.wall.moment = rows[0][0]  # type: ignore[assignment]
    return world


async def test_a_message_is_sent_once_and_its_try_is_stored(due: DueWorld) -> None:
    async with due.sender() as sender:
        first, second = await sender.send_due(), await sender.send_due()

    assert (first, second) == (2, 0)
    assert await due.reader.query(REMINDED) == [(DIRECTOR, "DELIVERED"), (INTAKE, "DELIVERED")]
    assert await due.reader.query(TRIES) == [("1 recorder", "DELIVERED", "as the test says")] * 2


@pytest.mark.promise("P3")
async def test_two_senders_never_hold_the_same_message(due: DueWorld) -> None:
    async with due.sender() as one, due.sender() as other:
        sent = [await one.send_due(), await other.send_due()]

    assert sent == [2, 0]
    assert len({each.message_id for each in due.channel.messages}) == 2


async def test_a_sender_that_was_killed_leaves_its_message_to_the_next_under_the_same_id(
    due: DueWorld,
) -> None:
    await due.reader.query(
        "UPDATE message SET leased_until = %s RETURNING 1", due.wall.now() + timedelta(minutes=1)
    )
    async with due.sender() as sender:
        leased = await sender.send_due()
        due.wall.moment += timedelta(minutes=1)
        free = await sender.send_due()

    assert (leased, free) == (0, 2)


async def test_a_channel_that_cannot_be_reached_is_tried_again_after_a_wait(due: DueWorld) -> None:
    due.channel.outcome = Outcome.UNREACHABLE
    async with due.sender() as sender:
        counts = [await sender.send_due(), await sender.send_due()]
        due.wall.moment += timedelta(seconds=1)
        due.channel.outcome = Outcome.DELIVERED
        counts.append(await sender.send_due())

    assert counts == [2, 0, 2]
    assert await due.reader.query(FAILURES) == []
    assert len({each.message_id for each in due.channel.messages}) == 2


async def test_when_every_channel_has_failed_that_is_found_once_and_the_tries_go_on(
    due: DueWorld,
) -> None:
    due.channel.outcome = Outcome.REFUSED
    async with due.sender() as sender:
        for _ in range(3):
            await sender.send_due()
            due.wall.moment += timedelta(minutes=15)
        found = await due.reader.query(FAILURES)
        due.channel.outcome = Outcome.DELIVERED
        await sender.send_due()

    assert [office for office, _ in found] == [DIRECTOR, INTAKE]
    assert "1 recorder: as the test says" in str(found[0][1])
    assert await due.published("bus.finding.v1") == 2
    assert await due.reader.query(REMINDED) == [(DIRECTOR, "DELIVERED"), (INTAKE, "DELIVERED")]


async def test_an_office_without_contacts_is_found_too(due: DueWorld) -> None:
    await due.reader.query("UPDATE message SET office = 'hhs.oig' RETURNING 1")
    due.wall.moment += timedelta(hours=1)
    async with due.sender() as sender:
        await sender.send_due()

    offices = {office for office, _ in await due.reader.query(FAILURES)}
    assert offices == {"hhs.oig"}


async def test_a_failure_of_a_channel_is_not_taken_back_when_the_policy_is_derived(
    due: DueWorld,
) -> None:
    due.channel.outcome = Outcome.REFUSED
    async with due.sender() as sender:
        await sender.send_due()

    await due.accept(on=2)

    states = await due.reader.query("SELECT state FROM finding WHERE kind = 'CHANNEL_FAILED'")
    assert states == [("OPEN",)] * 2


async def test_the_addressees_are_told_of_a_new_state_once(due: DueWorld) -> None:
    await due.accept(on=2)
    await due.accept(on=3, office=DIRECTOR, offset=1)

    subjects = await due.reader.query(
        "SELECT office, subject FROM message WHERE kind = 'CLEARANCE' ORDER BY queued_at, office"
    )
    assert subjects == [
        (office, f"Changed: {due.policy}: It counts as announced") for office in (DIRECTOR, INTAKE)
    ]
