"""What junk on a topic does to gates, and what the runbook says that an operator can do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.integration.tracker.test_gate import announced_policy
from tests.integration.tracker.world import Outcome, World
from tests.records import RawRecord

RUNBOOK = Path(__file__).resolve().parents[3] / "deploy/runbooks/a-gate-closed-by-junk.md"
TOPIC = "doj.policy-notice.v1"


def ask(world: World, policy: str, **environment: str) -> Outcome:
    """Ask the gate about a day on which the policy is in force."""
    later = (datetime.now(UTC) + timedelta(days=61)).isoformat()
    return world.bus("gate", policy, "--at", later, "--json", **environment)


def facts_of(outcome: Outcome, code: str) -> list[str]:
    """Return the facts behind the answer's reasons of this code."""
    return [each["fact"] for each in outcome.json["reasons"] if each["code"] == code]


def follow(world: World, word: str, **values: str) -> int:
    """Run the one statement of the runbook that has this word; return how many rows it changed."""
    blocks: list[str] = re.findall(r"^```sql\n(.*?)^```$", RUNBOOK.read_text(), re.DOTALL | re.M)
    [statement] = [block for block in blocks if word in block]
    for name in values:
        statement = statement.replace(f":'{name}'", f"%({name})s")
    with psycopg.connect(world.settings.database_url, autocommit=True) as connection:
        return connection.execute(statement.encode(), values).rowcount


@pytest.mark.promise("P1")
def test_junk_under_a_policys_key_closes_its_gate_until_an_operator_closes_the_letter(
    world: World,
) -> None:
    with world.serving("tracker", "hhs-intake", "relay"):
        policy, other = announced_policy(world), announced_policy(world)
        world.produce([RawRecord(TOPIC, policy.encode(), b"junk", [])])
        world.until_state(policy, record="UNREADABLE")
        closed, untouched = ask(world, policy), ask(world, other)
        [letter] = facts_of(closed, "DEAD_LETTER_OPEN")

        changed = follow(world, "unreadable_record", dead_letter_id=letter)

        opened, audit = ask(world, policy), world.bus("audit")
    assert (closed.code, untouched.code, changed, opened.code) == (3, 0, 1, 0)
    assert audit.code == 0, audit.out


@pytest.mark.promise("P1")
def test_a_number_of_an_unknown_source_closes_every_gate_until_an_operator_settles_it(
    world: World,
) -> None:
    source = f"doj.nobody/{uuid4()}"
    headers = [("ce_source", source.encode()), ("ce_sequence", b"%019d" % 50)]
    with world.serving("tracker", "hhs-intake", "relay"):
        policy = announced_policy(world)
        world.produce([RawRecord(TOPIC, b"junk", b"junk", headers)])
        world.until("SELECT count(*) FROM sequence_gap", 1)
        closed = ask(world, policy, BUS_FRESHNESS_LIMIT="0.001")
        stated = facts_of(closed, "SEQUENCE_GAP")

        changed = follow(world, "SET numbers", source=source, topic=TOPIC)

        opened = ask(world, policy)
        known = world.query("SELECT count(*) FROM outbox_stream WHERE source = %s", source)
        settled = ask(world, policy, BUS_FRESHNESS_LIMIT="0.001")
    assert (closed.code, changed, opened.code) == (3, 1, 0)
    assert stated == [f"{source} {TOPIC} 1"]
    assert (known, facts_of(settled, "SEQUENCE_GAP")) == ([(0,)], [])
