"""The stack of several brokers itself: each can be lost by its number, and comes back."""

from __future__ import annotations

import pytest

from bus.errors import UsageError
from bus.local.cluster import are_replicas_in_sync
from bus.local.stack import Health, Server, Stack
from bus.local.waiting import wait_until
from tests.chaos.arena import Arena, Ground
from tests.chaos.workload import CUSTODY

LIMIT_SECONDS = 30.0


def test_every_broker_can_lead_and_one_is_the_controller(ground: Ground) -> None:
    assert ground.stack.status().brokers == (Health.UP,) * 3
    assert ground.stack.active_controller() in (1, 2, 3)


def test_topics_are_replicated_to_all_three(arena: Arena) -> None:
    topic = arena.settings.names.on_broker(CUSTODY)

    leaders = {arena.stack.leader_of(topic, partition) for partition in range(12)}

    assert leaders <= {1, 2, 3}
    assert are_replicas_in_sync(arena.settings.bootstrap, topic)


def test_a_frozen_broker_is_silent_and_the_others_are_up(ground: Ground) -> None:
    controller = ground.stack.active_controller()
    number = next(each for each in (1, 2, 3) if each != controller)

    ground.stack.freeze(Server.KAFKA, number)
    try:
        found = ground.stack.status().brokers
    finally:
        ground.stack.thaw(Server.KAFKA, number)

    assert found[number - 1] is Health.SILENT
    assert sorted(found) == [Health.SILENT, Health.UP, Health.UP]
    assert wait_until(lambda: ground.stack.status().is_up, LIMIT_SECONDS)


def test_a_stack_keeps_its_number_of_brokers(ground: Ground) -> None:
    one_more = Stack(ground.stack.directory, 4, jars=ground.stack.jars)

    with pytest.raises(UsageError, match="has 3 brokers, not 4"):
        one_more.up()


def test_a_broker_that_is_not_there_can_not_be_killed(ground: Ground) -> None:
    with pytest.raises(UsageError, match="no broker 4"):
        ground.stack.kill(Server.KAFKA, 4)


@pytest.mark.parametrize("brokers", [0, 10])
def test_a_number_of_brokers_that_makes_no_sense_is_refused(ground: Ground, brokers: int) -> None:
    with pytest.raises(UsageError, match=f"1 to 9 brokers, not {brokers}"):
        Stack(ground.directory / "none", brokers)
