"""What junk on a topic does to gates, and what the runbook says that an operator can do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.integration.tracker.test_gate import announced_policy
from tests.integration.tracker.world import Outcome, World
from tests.records import RawRecord

TOPIC = "doj.policy-notice.v1"


def ask(world: World, policy: str, **environment: str) -> Outcome:
    """Ask the gate about a day on which the policy is in force."""
    later = (datetime.now(UTC) + timedelta(days=61)).isoformat()
    return world.bus("gate", policy, "--at", later, "--json", **environment)


def facts_of(outcome: Outcome, code: str) -> list[str]:
    """Return the facts behind the answer's reasons of this code."""
    return [each["fact"] for each in outcome.json["reasons"] if each["code"] == code]


DECIDED = (
    "--officer=operator:o-4",
    "--approver=supervisor:s-2",
    "--reason=written by a vendor's test",
    "--yes",
)


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

        discarded = world.bus("deadletters", "discard", letter, *DECIDED, "--wait")

        world.until_state(policy, record="SOUND")
        opened, audit = ask(world, policy), world.bus("audit")
    assert discarded.code == 0, discarded.err
    assert (closed.code, untouched.code, opened.code) == (3, 0, 0)
    assert audit.code == 0, audit.out


@pytest.mark.promise("P1")
def test_an_agreement_that_cannot_be_read_closes_every_gate_until_an_operator_closes_the_letter(
    world: World,
) -> None:
    with world.serving("tracker", "hhs-intake", "relay"):
        policy = announced_policy(world)
        world.produce([RawRecord("bus.agreement.v1", b"hhs-doj", b"junk", [])])
        world.until("SELECT count(*) FROM dead_letter WHERE topic = 'bus.agreement.v1'", 1)
        closed = ask(world, policy)
        [letter] = facts_of(closed, "AGREEMENT_UNREADABLE")

        world.bus("deadletters", "discard", letter, *DECIDED, "--wait")

        opened = ask(world, policy)
    assert (closed.code, opened.code) == (3, 0)


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

        listed = world.bus("sequences", "list", "--json")

        settled = world.bus("sequences", "settle", source, TOPIC, *DECIDED, "--json")

        opened = ask(world, policy)
        after = ask(world, policy, BUS_FRESHNESS_LIMIT="0.001")
        again = world.bus("sequences", "settle", source, TOPIC, *DECIDED)
        told = world.bus("sequences", "list", "--settled", "--json")
    assert [(each["first"], each["last"]) for each in listed.json] == [(1, 49)]
    assert settled.json["numbers"] == 49
    assert (closed.code, opened.code, again.code) == (3, 0, 2)
    assert stated == [f"{source} {TOPIC} 1"]
    assert facts_of(after, "SEQUENCE_GAP") == []
    assert [each["settled_by"] for each in told.json] == ["operator:o-4"]


def test_one_officer_alone_settles_nothing(world: World) -> None:
    alone = ("--officer=operator:o-4", "--approver=supervisor:O-4", "--reason=junk", "--yes")

    outcome = world.bus("sequences", "settle", "doj.nobody/x", TOPIC, *alone)

    assert outcome.code == 2
    assert "another officer" in outcome.err
