"""What falls due is carried out once, whoever is killed and however many trackers run."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files

import pytest

from bus.consuming.records import Partition
from bus.publishing.outbox import Outbox
from tests.integration.tracker.due_world import DueWorld, day
from tests.integration.tracker.world import DIRECTOR, INTAKE, new_policy

LATE = 33
"""By this day the time to answer is over, and every step of the ladder has been turned to."""

OVERDUE = "SELECT count(*) FROM message WHERE kind = 'OVERDUE'"


@pytest.fixture
async def due(database_url: str) -> DueWorld:
    world = DueWorld(database_url, new_policy())
    world.clock.moment = day(1)
    await world.announce()
    return world


async def test_silent_offices_are_reminded_and_the_ladder_is_climbed_until_they_are_overdue(
    due: DueWorld,
) -> None:
    kinds = []
    for number in (2, 20, 27, LATE):
        await due.at(number)
        kinds.append(Counter(kind for kind, _ in await due.messages()))

    assert kinds == [
        {},
        {"LADDER_STEP": 7, "REMINDER": 2},
        {"LADDER_STEP": 7, "REMINDER": 4},
        {"LADDER_STEP": 7, "REMINDER": 4, "OVERDUE": 2},
    ]


@pytest.mark.promise("P3")
async def test_what_was_done_is_not_done_again(due: DueWorld) -> None:
    await due.at(LATE)
    before = await due.messages()

    assert await due.at(LATE) == 0
    assert await due.messages() == before


async def test_late_ones_are_carried_out_at_start_and_reminders_are_outrun(due: DueWorld) -> None:
    await due.at(40)

    assert Counter(kind for kind, _ in await due.messages()) == {"LADDER_STEP": 7, "OVERDUE": 2}


@pytest.mark.promise("P1")
async def test_nothing_is_due_of_an_office_once_its_decision_has_been_read(due: DueWorld) -> None:
    await due.at(4)
    before = await due.messages()
    await due.accept(on=5)
    await due.at(40)

    silent = await due.reader.query(
        "SELECT DISTINCT facts ->> 'about_office' FROM message"
        " WHERE action_id IS NOT NULL AND state = 'QUEUED'"
    )
    assert before == await due.messages("WITHDRAWN") == [("LADDER_STEP", DIRECTOR)]
    assert silent == [(DIRECTOR,)]


@pytest.mark.promise("P1")
async def test_nothing_is_carried_out_while_a_decision_may_stand_unread_in_the_log(
    due: DueWorld,
) -> None:
    due.ends[Partition("hhs.acknowledgement.v1", 3)] = 1
    done_behind = await due.at(LATE)

    due.ends.clear()

    assert done_behind == 0
    assert await due.at(LATE) > 0


async def test_an_overdue_state_and_its_finding_are_published_when_time_alone_makes_them(
    due: DueWorld,
) -> None:
    clearances = await due.published("bus.clearance.v1")

    await due.at(LATE)

    rows = await due.reader.query(
        "SELECT office, opened_at FROM finding WHERE kind = 'OVERDUE' ORDER BY office"
    )
    assert [office for office, _ in rows] == [DIRECTOR, INTAKE]
    assert all(day(30) < opened_at <= day(LATE) for _, opened_at in rows)
    assert await due.published("bus.clearance.v1") == clearances + 1
    assert await due.published("bus.finding.v1") == 2


async def test_taking_effect_is_published_at_that_moment(due: DueWorld) -> None:
    await due.at(59)
    forces = "SELECT state ->> 'force' FROM clearance_state ORDER BY version"
    before = await due.reader.query(forces)

    await due.at(60)

    after = await due.reader.query(forces)
    assert [row[0] for row in after] == [*(row[0] for row in before), "IN_FORCE"]


@pytest.mark.promise("P3")
async def test_two_trackers_carry_out_each_action_once(due: DueWorld) -> None:
    due.clock.moment = day(LATE)
    async with due.scheduler() as one, due.scheduler() as other:
        done = await asyncio.gather(*(each.carry_out_due() for each in (one, other) * 4))

    assert sum(done) >= 1
    assert await due.reader.query(OVERDUE) == [(2,)]
    assert await due.published("bus.finding.v1") == 2


STRUCK = """
import asyncio, os, signal, sys
from bus.publishing.outbox import Outbox
from tests.integration.tracker.due_world import DueWorld, day

async def strike(*_):
    os.kill(os.getpid(), signal.SIGKILL)

Outbox.publish = strike
asyncio.run(DueWorld(sys.argv[1], sys.argv[2]).at(40))
"""


@pytest.mark.promise("P3")
async def test_a_tracker_killed_between_due_and_done_leaves_it_to_the_next(due: DueWorld) -> None:
    program = [sys.executable, "-c", STRUCK, due.url, due.policy]
    process = await asyncio.create_subprocess_exec(*program)
    assert await process.wait() == -signal.SIGKILL
    nothing = await due.messages()

    await due.at(LATE)

    assert nothing == []
    assert await due.reader.query(OVERDUE) == [(2,)]
    assert await due.published("bus.finding.v1") == 2


async def test_a_policy_that_cannot_be_derived_holds_up_no_other(
    due: DueWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = DueWorld(due.url, new_policy(), clock=due.clock)
    await other.announce()
    publish = Outbox.publish

    async def publish_others(self: Outbox, connection: object, drafts: Sequence[object]) -> object:
        if any(draft.data["policy_id"] == due.policy for draft in drafts):  # type: ignore[attr-defined]
            raise ValueError
        return await publish(self, connection, drafts)  # type: ignore[arg-type]

    monkeypatch.setattr(Outbox, "publish", publish_others)
    due.clock.moment = day(LATE)
    async with due.scheduler() as scheduler:
        await scheduler.carry_out_due()
        reasons = scheduler.unready()

    assert reasons == [f"what falls due of {due.policy} can't be carried out"]
    policies = await due.reader.query(
        "SELECT DISTINCT policy_id FROM message WHERE kind = 'OVERDUE'"
    )
    assert policies == [(other.policy,)]


async def test_the_migration_schedules_the_policies_that_were_there_before(due: DueWorld) -> None:
    migration = files("bus.storage.migrations.bus").joinpath("0005_due_actions.sql").read_text()
    (insert,) = (each for each in migration.split(";") if "INSERT INTO due_action" in each)
    await due.reader.query("DELETE FROM due_action RETURNING 1")
    await due.reader.query(f"{insert} RETURNING 1")

    await due.at(20)

    assert Counter(kind for kind, _ in await due.messages())["REMINDER"] == 2


@pytest.mark.promise("P8")
async def test_an_exercise_reminds_too_and_says_so_first(database_url: str) -> None:
    world = DueWorld(database_url, new_policy())
    world.clock.moment = day(1)
    await world.announce(mode="EXERCISE")

    await world.at(16)

    subjects = await world.reader.query("SELECT DISTINCT split_part(subject, ' ', 1) FROM message")
    assert subjects == [("EXERCISE",)]
