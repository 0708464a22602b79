"""An alarm climbs its ladder on a real database until an office takes it; time is the test's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bus.codec.schemas import packaged
from bus.consuming.records import Partition
from bus.explaining.rows import Row
from bus.explaining.timeline import timeline_of
from bus.storage.connections import connect
from tests.integration.tracker.direct import event_at
from tests.integration.tracker.due_world import DueWorld, day
from tests.integration.tracker.test_finding_life import disposed, seen
from tests.integration.tracker.test_together import agreement_data
from tests.integration.tracker.world import DIRECTOR, INTAKE, new_policy
from tests.records import raw_record

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


@pytest.mark.promise("P1")
async def test_an_agreement_in_force_names_the_ladder_of_an_alarm_also_if_it_is_read_later(
    world: DueWorld,
) -> None:
    ladder = {
        "office": INTAKE,
        "steps": [
            {"office": "hhs.ios", "after": {"amount": 20, "unit": "CALENDAR_DAYS"}},
            {"office": "hhs.oig", "after": {"amount": 25, "unit": "CALENDAR_DAYS"}},
        ],
    }
    raw = raw_record(
        agreement_data() | {"ladders": [ladder]}, topic="bus.agreement.v1", source="bus/store"
    )
    await world.read(seen(0))
    await world.read(event_at(raw, day(-1), offset=0))

    await world.at(19)
    before = await told(world)
    await world.at(30)

    assert (before, await told(world)) == (["doj.oag"], ["doj.oag", "hhs.ios", "hhs.oig"])


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


@pytest.mark.promise("P10")
async def test_a_timeline_tells_whom_time_alone_turned_to_and_by_which_channel(
    world: DueWorld,
) -> None:
    await world.read(seen(0, policy_id=world.policy))
    await world.announce()
    await world.at(20)
    world.wall.moment = datetime.now(UTC) + timedelta(minutes=1)
    async with world.sender() as sender:
        await sender.send_due()

    lines = await timeline(world)

    told_of = {(each["what"], each["office"]) for each in lines}
    assert told_of >= {("LADDER_STEP", office) for office in LADDER}
    assert ("REMINDER", INTAKE) in told_of
    tries = [each for each in lines if each["what"] == "TRY"]
    reached = [each["office"] for each in tries if "DELIVERED, as the test" in str(each["detail"])]
    assert set(reached) == {INTAKE, DIRECTOR} < {each["office"] for each in tries}
    assert {each["recorded_at"] for each in tries} == {day(20)}


@pytest.mark.promise("P10")
async def test_equal_answers_of_the_gate_in_a_row_are_one_line_of_a_timeline(
    world: DueWorld,
) -> None:
    await world.read(seen(0, policy_id=world.policy))
    for minute, verdict in enumerate(["UNKNOWN", "UNKNOWN", "NOT_CLEAR", "UNKNOWN"]):
        recorded_at = day(1) + timedelta(minutes=minute)
        await world.reader.query(GIVE, world.policy, verdict, recorded_at)

    lines = await timeline(world)
    early = await timeline(world, known_at=day(1))

    given = [str(each["detail"]) for each in lines if each["what"] == "GATE"]
    assert [detail.partition(" ")[0] for detail in given] == ["UNKNOWN,", "NOT_CLEAR:", "UNKNOWN:"]
    assert "2 times until" in given[0]
    assert [each["detail"] for each in early if each["what"] == "GATE"] == ["UNKNOWN: NO_NOTICE"]


GIVE = """
INSERT INTO gate_answer (
    policy_id, at, known_at, recorded_at, asked_at, valid_until, verdict, is_fresh, dimensions,
    reasons, positions)
SELECT %s, moment, moment, moment, now(), now(), %s, true, '{}', '[{"code": "NO_NOTICE"}]', '[]'
FROM (SELECT %s::timestamptz AS moment) AS asked RETURNING 1
"""


async def timeline(world: DueWorld, known_at: datetime | None = None) -> list[Row]:
    connection = await connect(world.url, "bus")
    async with connection:
        return await timeline_of(connection, world.policy, known_at, packaged())
