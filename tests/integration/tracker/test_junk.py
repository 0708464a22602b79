"""What junk on a topic does to gates, and what the runbook says that an operator can do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.integration.tracker.test_gate import announced_policy
from tests.integration.tracker.world import Outcome, World
from tests.records import RawRecord, raw_record

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


def stay_of_nobody_knows_what() -> RawRecord:
    """Return a stay that names no policy, as nothing of ours would publish it."""
    data = {
        "coordination_id": str(uuid4()),
        "office": "doj.oag",
        "officer": {"role": "counsel", "id": "d-1"},
        "mode": "ACTUAL",
        "kind": "STAY",
        "stay": {
            "court": "S.D. Cal.",
            "docket": "18-428",
            "scope": "all of it",
            "from": datetime.now(UTC),
        },
    }
    source = f"doj.nobody/{uuid4()}"
    return raw_record(data, topic="doj.coordination.v1", source=source, sequence=1)


@pytest.mark.promise("P1")
def test_a_statement_of_nobody_knows_which_policy_closes_every_gate_until_operators_end_it(
    world: World,
) -> None:
    withdrawal = RawRecord("hhs.acknowledgement.v1", b"nobody's key", b"junk", [])
    with world.serving("tracker", "hhs-intake", "relay"):
        policy = announced_policy(world)
        world.produce([withdrawal, stay_of_nobody_knows_what()])
        world.until("SELECT count(*) FROM unplaced_record", 2)
        closed = ask(world, policy)
        letters = facts_of(closed, "STATEMENT_UNREADABLE")

        first, second = (
            (world.bus("deadletters", "discard", letter, *DECIDED, "--wait"), ask(world, policy))
            for letter in letters
        )

        (replayed,) = world.bus("explain", closed.json["answer_id"], "--json").json["replay"]
    assert [discarded.code for discarded, _ in (first, second)] == [0, 0]
    assert [closed.code, first[1].code, second[1].code] == [3, 3, 0]
    assert replayed["is_same"], replayed


@pytest.mark.promise("P8")
def test_what_cannot_be_read_of_an_exercise_closes_no_gate(world: World) -> None:
    with world.serving("tracker", "hhs-intake", "relay"):
        policy = announced_policy(world)
        places = (
            (TOPIC, policy.encode()),
            ("hhs.acknowledgement.v1", b"nobody's key"),
            ("bus.agreement.v1", b"hhs-doj"),
        )
        exercise = [("ce_mode", b"EXERCISE")]
        world.produce([RawRecord(topic, key, b"junk", exercise) for topic, key in places])
        world.until("SELECT count(*) FROM dead_letter WHERE mode = 'EXERCISE'", 3)

        answer = ask(world, policy)
    assert answer.code == 0, answer.out


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
