"""The monitor, on a real bus: what it tells while services run, and while they don't."""

from __future__ import annotations

import asyncio
import time

import pytest
from prometheus_client import REGISTRY

from bus.backoff import pause
from bus.codec.schemas import packaged
from bus.monitor.service import Monitor
from bus.notices.canary import POLICY_ID, TOPIC, canary_draft
from bus.services import ServiceContext
from bus.settings import Settings
from consumers.monitor import groups
from tests.integration.tracker.conftest import settings_of
from tests.integration.tracker.world import DIRECTOR, INTAKE, World, new_policy

LIMIT_SECONDS = 20.0
ROWS = """
SELECT (SELECT count(*) FROM fact), (SELECT count(*) FROM standing),
    (SELECT count(*) FROM clearance_state), (SELECT count(*) FROM finding),
    (SELECT count(*) FROM message)
"""


def settings_with(settings: Settings) -> Settings:
    return settings.model_copy(update={"monitor_interval": 0.1, "canary_interval": 0.2})


@pytest.fixture
def world(bootstrap: str, database_url: str, topic_prefix: str) -> World:
    """Give a bus of this test's own, whose monitor looks often, on which nothing is running."""
    world = World(settings_with(settings_of(bootstrap, database_url, topic_prefix)))
    world.prepare()
    return world


def told(name: str, **labels: str) -> float:
    """Return a gauge's value; fail where there is none."""
    value = REGISTRY.get_sample_value(name, labels)
    assert value is not None, f"{name} {labels} is not exported"
    return value


def until(name: str, expected: float, **labels: str) -> None:
    """Wait until a gauge has this value."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while (found := told(name, **labels)) != expected:
        assert time.monotonic() < deadline, f"{name} {labels} is {found}, not {expected}"
        time.sleep(0.02)


def until_above(name: str, least: float, **labels: str) -> None:
    """Wait until a gauge is above this value."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while (found := told(name, **labels)) <= least:
        assert time.monotonic() < deadline, f"{name} {labels} is {found}, not above {least}"
        time.sleep(0.02)


def test_a_canary_goes_all_the_way_and_leaves_nothing_that_grows(world: World) -> None:
    began = time.time()

    with world.serving("tracker", "hhs-intake", "relay", "monitor"):
        until_above("bus_canary_last_seen_timestamp_seconds", began)
        first = told("bus_canary_last_seen_timestamp_seconds")
        until_above("bus_canary_last_seen_timestamp_seconds", first + 0.5)

    assert told("bus_canary_last_sent_timestamp_seconds") >= first
    assert world.query(ROWS) == [(0, 0, 0, 0, 0)]
    assert world.query("SELECT count(*) FROM notice", owner="hhs") == [(0,)]
    for owner in ("bus", "hhs"):
        assert world.query("SELECT count(*) FROM canary", owner=owner) == [(1,)]
    assert told("bus_policies", standing="pending", mode="TEST") == 0
    assert told("bus_clock_skew_seconds", dependency="kafka") == 0


@pytest.mark.promise("P8")
def test_a_real_notice_under_the_canarys_name_is_a_notice_like_any_other(world: World) -> None:
    with world.serving("tracker", "relay", "hhs-intake"):
        world.publish(TOPIC, dict(canary_draft().data) | {"mode": "ACTUAL"})
        world.until_state(POLICY_ID, mode="ACTUAL")

    assert world.query("SELECT count(*) FROM canary") == [(0,)]
    assert world.query("SELECT count(*) FROM notice", owner="hhs") == [(1,)]


def test_the_monitor_tells_of_groups_that_do_not_run(world: World) -> None:
    policy = new_policy()
    world.announce(policy)
    topic = "doj.policy-notice.v1"

    with world.serving("monitor", "relay"):
        until("bus_outbox_depth", 0, owner="doj")
        until_above("bus_consumer_lag_seconds", 0, group="hhs-intake", topic=topic)
        lag = sum(
            told(
                "kafka_consumergroup_lag",
                consumergroup="hhs-intake",
                topic=topic,
                partition=str(number),
            )
            for number in range(4)
        )
        members = told("bus_consumer_members", group="hhs-intake")
        age = told("bus_consumer_lag_seconds", group="hhs-intake", topic=topic)
        with world.serving("hhs-intake"):
            until("bus_consumer_lag_seconds", 0, group="hhs-intake", topic=topic)
            until("bus_consumer_members", 1, group="hhs-intake")

    assert (lag, members) == (1, 0)
    assert 0 < age < LIMIT_SECONDS
    assert told("bus_dependency_up", dependency="kafka") == 1
    assert told("bus_dependency_up", dependency="postgres") == 1
    assert told("bus_disk_size_bytes", place="root") > told("bus_disk_free_bytes", place="root") > 0


def test_the_monitor_tells_where_policies_stand_and_who_owes_a_decision(world: World) -> None:
    policy = new_policy()

    with world.serving("tracker", "hhs-intake", "relay", "monitor"):
        published = world.announce(policy, days=60)
        world.until_state(policy, answer="PENDING")
        until("bus_policies", 1, standing="pending", mode="ACTUAL")
        until("bus_acknowledgements_due", 1, office=DIRECTOR, mode="ACTUAL")
        until_above(
            "bus_acknowledgement_next_due_timestamp_seconds", 0, office=INTAKE, mode="ACTUAL"
        )
        until_above(
            "bus_policy_next_effective_timestamp_seconds", time.time(), agency="doj", mode="ACTUAL"
        )
        for office in (INTAKE, DIRECTOR):
            world.accept(policy, office=office)
        until("bus_policies", 1, standing="announced", mode="ACTUAL")
        until("bus_acknowledgements_due", 0, office=DIRECTOR, mode="ACTUAL")
        until("bus_policies", 0, standing="pending", mode="ACTUAL")

    assert published.sequence == 1
    assert told("bus_policy_next_effective_timestamp_seconds", agency="doj", mode="ACTUAL") == 0
    assert told("bus_acknowledgements_overdue", office=DIRECTOR, mode="ACTUAL") == 0


async def test_a_database_that_is_away_is_told_and_costs_the_rest_nothing(
    bootstrap: str, database_url: str, topic_prefix: str
) -> None:
    settings = settings_of(bootstrap, database_url, topic_prefix)
    away = settings.model_copy(update={"database_url_hhs": "postgresql://127.0.0.1:9/nowhere"})
    context = ServiceContext(away, away.clock(), packaged())
    monitor = Monitor(context, groups())
    stopping = asyncio.Event()

    running = asyncio.create_task(monitor.run(stopping))
    async with asyncio.timeout(LIMIT_SECONDS):
        while not any("database: the database of hhs" in fault for fault in monitor.unready()):
            await pause(stopping, 0.02)
    up = told("bus_dependency_up", dependency="postgres")
    tracker_consumes = told("bus_breaker_closed", group="tracker")
    stopping.set()
    await running
    for database in context.databases.values():
        await database.close()

    assert up == 0
    assert tracker_consumes == 1
