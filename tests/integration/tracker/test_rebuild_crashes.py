"""Whoever is killed while the tracker's state is made anew leaves the old state, whole."""

from __future__ import annotations

import multiprocessing
import signal

import pytest

from tests.integration.tracker import mortal_rebuild
from tests.integration.tracker.mortal_rebuild import AFTERWARDS, COMMIT
from tests.integration.tracker.test_observing import COUNSEL, DIRECTOR, SEEN
from tests.integration.tracker.test_rebuild import digest
from tests.integration.tracker.world import World, new_policy
from tests.records import custody_data

BOUNDARIES = (
    "UPDATE consumer_position",
    "DELETE FROM fact_receipt",
    "DELETE FROM finding WHERE kind NOT IN",
    "INSERT INTO fact ",
    "INSERT INTO standing",
    "WITH told AS",
    "DELETE FROM finding WHERE is_withdrawn",
    "DELETE FROM message",
    COMMIT,
    AFTERWARDS,
)
"""The steps of a rebuild, by the statement that each begins with."""

CARRIED_OUT = (
    "SELECT count(*) FROM outbox",
    "SELECT message_id, state FROM message ORDER BY message_id",
    "SELECT policy_id, version FROM clearance_state ORDER BY 1, 2",
    "SELECT action_id, state FROM due_action ORDER BY 1",
    "SELECT action_id, state FROM ladder_step ORDER BY 1",
)
"""What was published, written and carried out, and what is still to come."""


def told(world: World) -> list[object]:
    return [world.query(each) for each in CARRIED_OUT]


def kill_at(world: World, statement: str) -> int | None:
    """Let a rebuild of its own process die before this statement; return how the process ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([mortal_rebuild.__name__])
    process = context.Process(target=mortal_rebuild.rebuild_until, args=(world.settings, statement))
    process.start()
    process.join(30)
    return process.exitcode


@pytest.mark.promise("P3")
@pytest.mark.promise("P10")
def test_a_rebuild_that_is_killed_at_any_step_leaves_what_was_and_can_be_run_again(
    world: World,
) -> None:
    policy = new_policy()
    with world.serving("tracker", "hhs-intake", "relay"):
        seen = world.bus("observe", *DIRECTOR, *SEEN, "--json").json
        world.publish("dhs.custody-event.v1", custody_data(policy_id=policy))
        world.announce(policy)
        world.until_state(policy, lead="KEPT")
        world.bus("findings", "take", seen["finding_id"], *COUNSEL)
        world.until("SELECT state FROM finding WHERE finding_id = %s", "TAKEN", seen["finding_id"])
    before, said = digest(world), told(world)

    for statement in BOUNDARIES:
        ended = kill_at(world, statement)

        assert (statement, ended) == (statement, -signal.SIGKILL)
        assert digest(world) == before, statement
        assert told(world) == said, statement

    world.query("WITH gone AS (DELETE FROM finding) SELECT 1")
    damaged = digest(world)
    assert kill_at(world, "DELETE FROM message") == -signal.SIGKILL
    assert digest(world) == damaged
    assert world.bus("tracker", "rebuild", "--yes").code == 0
    assert digest(world)[:2] == before[:2]
    assert told(world)[:4] == said[:4]
