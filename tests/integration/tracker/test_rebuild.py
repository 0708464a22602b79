"""What the tracker derived is made anew from the topics, and comes out identical."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from bus.events import Mode
from tests.integration.tracker.test_observing import COUNSEL, DIRECTOR, SEEN
from tests.integration.tracker.world import World, new_policy
from tests.records import custody_data, custody_record

STATE = (
    "SELECT to_jsonb(fact) FROM fact ORDER BY event_id",
    "SELECT DISTINCT ON (policy_id) policy_id, state FROM clearance_state"
    " ORDER BY policy_id, version DESC",
    "SELECT to_jsonb(finding) - 'changed_at' FROM finding WHERE NOT is_withdrawn"
    " ORDER BY finding_id",
    "SELECT to_jsonb(practice_day) FROM practice_day ORDER BY sector, event_kind",
    "SELECT dead_letter_id, state FROM dead_letter ORDER BY dead_letter_id",
    "SELECT topic, partition, next_offset FROM consumer_position ORDER BY 1, 2",
)

TOLD_BEFORE = """
INSERT INTO finding (
    finding_id, kind, severity, mode, facts, opened_at, version, state, is_withdrawn)
VALUES (
    uuidv7(), 'PRACTICE_SHIFT', 'ALARM', 'ACTUAL', '[]', '2026-01-01+00', 1, 'OPEN', false)
"""


def digest(world: World) -> list[str]:
    return [sha256(str(world.query(each)).encode()).hexdigest() for each in STATE]


@pytest.mark.promise("P10")
def test_a_rebuild_gives_the_identical_state_and_publishes_nothing(world: World) -> None:
    policy = new_policy()
    with world.serving("tracker", "hhs-intake", "relay"):
        told = world.bus("observe", *DIRECTOR, *SEEN, "--json").json
        tie = ("--again", told["coordination_id"], "--policy", policy)
        world.bus("observe", *DIRECTOR, *SEEN, *tie)
        world.publish("dhs.custody-event.v1", custody_data(policy_id=policy))
        family = {"sector": "El Paso", "subject": {"role": "PARENT"}}
        world.publish("dhs.custody-event.v1", custody_data(**family))
        world.publish("dhs.custody-event.v1", custody_data(), mode=Mode.EXERCISE)
        world.produce([replace(custody_record(), value=b"junk")])
        world.announce(policy)
        world.until_state(policy, lead="KEPT")
        world.bus("findings", "take", told["finding_id"], *COUNSEL)
        world.until("SELECT state FROM finding WHERE finding_id = %s", "TAKEN", told["finding_id"])
        world.until("SELECT count(*) FROM dead_letter", 1)
        world.until("SELECT sum(events)::int FROM practice_day", 1)
        world.query(f"WITH told AS ({TOLD_BEFORE}) SELECT 1")
        running = world.bus("tracker", "rebuild", "--yes")
    before, sent = digest(world), world.query("SELECT count(*) FROM outbox")

    done = world.bus("tracker", "rebuild", "--yes", "--json")
    again = digest(world)
    for table in ("fact_receipt", "fact", "finding"):
        world.query(f"WITH gone AS (DELETE FROM {table}) SELECT 1")
    repaired = world.bus("tracker", "rebuild", "--yes", "--json")

    assert (running.code, "stop `bus serve tracker`" in running.err) == (2, True)
    assert (done.code, done.json["clearances_that_differ"]) == (0, [])
    assert done.json["findings_that_differ"] == []
    assert again == before
    assert world.query("SELECT count(*) FROM outbox") == sent
    assert repaired.json["facts"] == done.json["facts"]
    assert len(repaired.json["findings_that_differ"]) > 3
    assert digest(world)[:2] == before[:2]
