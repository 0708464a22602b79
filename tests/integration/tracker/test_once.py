"""Restarts, repetitions, and several workers."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.integration.tracker.world import DIRECTOR, INTAKE, World, new_policy
from tests.records import custody_data, raw_record


@pytest.mark.promise("P3")
def test_a_restart_and_repeated_records_change_and_tell_nothing(world: World) -> None:
    policy = new_policy()
    cited = raw_record(custody_data(policy_id=policy), source=f"dhs.e3/{uuid4()}", sequence=1)
    with world.serving("tracker", "hhs-intake", "relay"):
        world.produce([cited])
        world.until_state(policy, record="UNKNOWN")
        world.announce(policy, days=10)
        world.until_state(policy, lead="SHORT")
        world.until("SELECT count(*) FROM fact WHERE kind = 'RECEIPT'", 1)
    before = world.query("SELECT * FROM clearance_state ORDER BY version")
    told = world.told("clearance", policy), world.told("finding", policy)

    with world.serving("tracker", "relay"):
        world.produce([cited])
        world.until("SELECT count(*) FROM duplicate", 1)

    assert world.query("SELECT * FROM clearance_state ORDER BY version") == before
    assert (world.told("clearance", policy), world.told("finding", policy)) == told


@pytest.mark.promise("P3")
def test_two_workers_agree_on_one_policy_whose_facts_come_at_once(world: World) -> None:
    policy = new_policy()
    events = [
        raw_record(custody_data(policy_id=policy), source=f"dhs.e3/{uuid4()}", sequence=1)
        for _ in range(200)
    ]
    with world.serving("tracker", "relay", "hhs-intake"), world.serving("tracker"):
        world.announce(policy)
        world.until_state(policy, lead="KEPT")

        world.accept(policy, office=INTAKE)
        world.accept(policy, office=DIRECTOR)
        world.produce(events)

        world.until("SELECT count(*) FROM fact WHERE policy_id = %s", 203, policy)
        state = world.until_state(policy, announced=True)
    versions = world.query("SELECT version FROM clearance_state ORDER BY version")
    assert [row[0] for row in versions] == list(range(1, len(versions) + 1))
    assert world.told("clearance", policy) == len(versions)
    assert (state["answer"], state["lead"]) == ("ACCEPTED", "KEPT")
    found = [(finding[0], finding[3]) for finding in world.findings(policy)]
    assert found == [("UNANNOUNCED_POLICY", "OPEN")]  # they act before the notice's day
