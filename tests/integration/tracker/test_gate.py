"""The gate, asked by the real command: it opens for a sure yes alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bus.notices.gate import LEGAL_SENTENCE
from tests.integration.tracker.world import DIRECTOR, INTAKE, World, new_policy, notice_data
from tests.records import custody_data, raw_record

UNREACHABLE = "127.0.0.1:1"


def announced_policy(world: World) -> str:
    """Return a policy that both offices have accepted, 60 days ahead."""
    policy = new_policy()
    world.announce(policy)
    world.until_state(policy, lead="KEPT")
    world.accept(policy, office=INTAKE)
    world.accept(policy, office=DIRECTOR)
    world.until_state(policy, announced=True)
    return policy


@pytest.mark.promise("P1")
def test_the_gate_opens_on_the_effective_date_and_not_before(running: World) -> None:
    policy = announced_policy(running)
    later = (datetime.now(UTC) + timedelta(days=61)).isoformat()

    before = running.shell("gate", policy, "--json")
    after = running.shell("gate", policy, "--at", later, "--json")
    unknown_then = running.shell("gate", policy, "--at", later, "--known-at", "2026-01-01")

    assert (before.code, after.code, unknown_then.code) == (3, 0, 4)
    assert (before.json["verdict"], after.json["verdict"]) == ("NOT_CLEAR", "CLEAR")
    assert after.json["sentence"] == LEGAL_SENTENCE
    assert {each["code"] for each in before.json["reasons"]} >= {"NOT_YET_EFFECTIVE"}


@pytest.mark.promise("P10")
def test_each_answer_is_recorded_with_what_it_rests_on(running: World) -> None:
    policy = announced_policy(running)

    answer = running.bus("gate", policy, "--json").json

    rows = running.query(
        "SELECT verdict, is_fresh, dimensions ->> 'answer', valid_until - asked_at, positions"
        " FROM gate_answer WHERE answer_id = %s",
        answer["answer_id"],
    )
    verdict, is_fresh, dimension, validity, positions = rows[0]
    assert (verdict, is_fresh, dimension) == ("NOT_CLEAR", True, "ACCEPTED")
    assert timedelta(0) < validity <= timedelta(seconds=5)
    assert positions == answer["positions"] != []


def test_the_gate_says_for_people_what_it_says(running: World) -> None:
    policy = announced_policy(running)

    told = running.bus("gate", policy)

    assert told.code == 3
    assert told.out.startswith("NOT CLEAR.")
    assert LEGAL_SENTENCE in told.out
    assert told.err == ""


def test_a_policy_without_notice_is_unknown(running: World) -> None:
    policy = new_policy()

    assert running.bus("gate", policy).code == 4
    assert running.bus("clearance", policy).code == 4


def test_what_is_no_policy_or_no_moment_is_wrong_usage(running: World) -> None:
    policy = new_policy()

    told = running.bus("gate", "zero-tolerance"), running.bus("gate", policy, "--at", "soon")

    assert [each.code for each in told] == [2, 2]
    assert "agency/year/name" in told[0].err
    assert "2018-05-07" in told[1].err


@pytest.mark.promise("P8")
def test_an_exercise_is_never_clear(running: World) -> None:
    policy = new_policy()
    running.publish("doj.policy-notice.v1", notice_data(policy, mode="EXERCISE"))
    running.until_state(policy, mode="EXERCISE", lead="KEPT")
    running.accept(policy, office=INTAKE, mode="EXERCISE")
    running.accept(policy, office=DIRECTOR, mode="EXERCISE")
    running.until_state(policy, announced=True)
    later = (datetime.now(UTC) + timedelta(days=61)).isoformat()

    told = running.bus("gate", policy, "--at", later, "--json")

    assert told.code == 3
    assert (told.json["announced"], told.json["force"]) == (True, "IN_FORCE")


@pytest.mark.promise("P1")
def test_a_broker_that_is_away_closes_the_gate(running: World) -> None:
    policy = announced_policy(running)
    later = (datetime.now(UTC) + timedelta(days=61)).isoformat()

    told = running.bus("gate", policy, "--at", later, "--json", BUS_BOOTSTRAP=UNREACHABLE)

    assert told.code == 3
    assert told.json["is_fresh"] is False
    assert told.json["reasons"][0]["code"] == "TRACKER_BEHIND"
    assert "nobody can tell" in told.err


def test_a_database_that_is_away_leaves_nothing_to_say(running: World) -> None:
    told = running.shell("gate", new_policy(), BUS_DATABASE_URL="postgresql://127.0.0.1:1/bus")

    assert told.code == 5
    assert told.err.startswith("error: ")


@pytest.mark.promise("P1")
def test_a_tracker_that_has_stopped_closes_the_gate_with_the_next_record(world: World) -> None:
    with world.serving("tracker", "hhs-intake", "relay"):
        policy = announced_policy(world)
    later = (datetime.now(UTC) + timedelta(days=61)).isoformat()
    ask = ("gate", policy, "--at", later, "--json")
    assert world.bus(*ask).code == 0

    world.produce([raw_record(custody_data(), source=f"dhs.e3/{uuid4()}", sequence=1)])

    in_time = world.bus(*ask)
    too_late = world.bus(*ask, BUS_FRESHNESS_LIMIT="0.001")
    assert (in_time.code, too_late.code) == (0, 3)
    assert {each["code"] for each in too_late.json["reasons"]} >= {"TRACKER_BEHIND"}
    with world.serving("tracker"):
        world.until("SELECT count(*) FROM finding WHERE kind = 'MISSING_CITATION'", 1)
    assert world.bus(*ask, BUS_FRESHNESS_LIMIT="0.001").code == 0


@pytest.mark.promise("P1")
def test_a_number_that_stays_missing_closes_the_gate_until_it_is_read(world: World) -> None:
    other, source = new_policy(), f"doj.made-up/{uuid4()}"
    records = [
        raw_record(
            notice_data(other, revision=number),
            topic="doj.policy-notice.v1",
            source=source,
            sequence=number,
        )
        for number in (1, 2, 3)
    ]
    with world.serving("tracker", "hhs-intake", "relay"):
        policy = announced_policy(world)
        later = (datetime.now(UTC) + timedelta(days=61)).isoformat()
        ask = ("gate", policy, "--at", later, "--json")

        world.produce([records[0], records[2]])
        world.until_state(other, revision=3)
        soon = world.bus(*ask)
        closed = world.bus(*ask, BUS_FRESHNESS_LIMIT="0.001")
        world.produce([records[1].adding("ce_source", b"twice")])
        world.until("SELECT count(*) FROM sequence_gap", 0)
        again = world.bus(*ask)

    assert (soon.code, closed.code, again.code) == (0, 3, 0)
    facts = [each["fact"] for each in closed.json["reasons"] if each["code"] == "SEQUENCE_GAP"]
    assert facts == [f"{source} doj.policy-notice.v1 2"]


def test_a_gate_that_was_never_served_is_unknown_and_not_fresh(world: World) -> None:
    told = world.bus("gate", new_policy(), "--json")

    assert told.code == 4
    assert told.json["verdict"] == "UNKNOWN"
