"""An alarm climbs its ladder on a real database until an office takes it; time is the test's."""

from __future__ import annotations

import asyncio

import pytest

from bus.consuming.records import Partition
from tests.integration.tracker.due_world import DueWorld, day
from tests.integration.tracker.test_finding_life import disposed, seen
from tests.integration.tracker.world import new_policy

LADDER = [
    "doj.oag",
    "hhs.orr.director",
    "hhs.acf.assistant-secretary",
    "hhs.ios",
    "hhs.oig",
]

STEPS = """
SELECT office FROM message WHERE kind = 'LADDER_STEP' AND state = %s
ORDER BY (facts ->> 'step')::integer
"""


@pytest.fixture
def world(database_url: str) -> DueWorld:
    made = DueWorld(database_url, new_policy())
    made.clock.moment = day(0)
    return made


async def told(world: DueWorld, state: str = "QUEUED") -> list[object]:
    return [office for (office,) in await world.reader.query(STEPS, state)]


@pytest.mark.promise("P1")
@pytest.mark.parametrize("names_policy", [True, False])
async def test_what_staff_saw_climbs_both_agencies_ladders_while_nobody_takes_it(
    world: DueWorld, names_policy: bool
) -> None:
    await world.read(seen(0, policy_id=world.policy if names_policy else None))

    await world.at(0.5)
    at_first = await told(world)
    await world.at(30)
    again = await world.at(40)

    assert (at_first, await told(world), again) == ([], LADDER, 0)


@pytest.mark.promise("P1")
async def test_an_alarm_that_is_taken_turns_to_nobody_any_more(world: DueWorld) -> None:
    first = seen(0, policy_id=world.policy)
    await world.read(first)
    await world.at(7)
    before = await told(world)

    await world.read(disposed(7, first.data["coordination_id"], "TAKEN", offset=0))
    await world.at(40)

    assert before
    assert await told(world, "WITHDRAWN") == before
    assert await told(world) == []
    assert await world.reader.query("SELECT 1 FROM ladder_step WHERE state = 'WAITING'") == []


@pytest.mark.promise("P1")
async def test_no_step_is_taken_while_somebody_may_have_taken_it_unread(world: DueWorld) -> None:
    await world.read(seen(0))
    world.ends[Partition("doj.coordination.v1", 3)] = 1
    behind = await world.at(40)

    world.ends.clear()

    assert behind == 0
    assert await world.at(40) > 0


@pytest.mark.promise("P3")
async def test_two_trackers_take_each_step_once(world: DueWorld) -> None:
    await world.read(seen(0))
    world.clock.moment = day(40)
    async with world.scheduler() as one, world.scheduler() as other:
        await asyncio.gather(*(each.carry_out_due() for each in (one, other) * 3))

    assert await told(world) == LADDER


async def test_messages_about_an_alarm_outlive_what_is_derived_of_its_policy(
    world: DueWorld,
) -> None:
    await world.read(seen(0, policy_id=world.policy))
    await world.at(40)

    await world.announce()

    assert await told(world) == LADDER


@pytest.mark.promise("P8")
async def test_an_exercises_alarm_says_so_first_and_stops_by_an_exercise_alone(
    world: DueWorld,
) -> None:
    await world.read(seen(0, policy_id=world.policy, mode="EXERCISE"))
    ((finding_id,),) = await world.reader.query("SELECT finding_id FROM finding")
    await world.read(disposed(1, str(finding_id), "TAKEN", offset=0))

    await world.at(40)

    subjects = await world.reader.query(
        "SELECT DISTINCT split_part(subject, ' ', 1) FROM message WHERE kind = 'LADDER_STEP'"
    )
    assert (await told(world), subjects) == (LADDER, [("EXERCISE",)])
