"""The gate, asked by the real command: it opens for a sure yes alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bus.local.waiting import wait_until
from bus.notices.gate import LEGAL_SENTENCE
from bus.publishing.kafka import partition_of
from bus.settings import Settings
from bus.topic_admin import create_topics, delete_topics
from bus.topics import ACKNOWLEDGEMENT, find_topic
from tests.integration.tracker.world import (
    DIRECTOR,
    INTAKE,
    World,
    acknowledgement_data,
    new_policy,
    notice_data,
)
from tests.records import RawRecord, custody_data, raw_record

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


@pytest.mark.promise("P10")
def test_an_answer_keeps_the_freshness_limit_that_its_asker_chose(running: World) -> None:
    policy = announced_policy(running)

    answer = running.bus("gate", policy, "--json", BUS_FRESHNESS_LIMIT="3600").json

    rows = running.query(
        "SELECT freshness_limit_seconds FROM gate_answer WHERE answer_id = %s", answer["answer_id"]
    )
    assert rows == [(3600.0,)]
    assert answer["freshness_limit_seconds"] == 3600.0


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


def clear_question(world: World) -> tuple[str, ...]:
    """Announce a policy and return the question to which the gate answers CLEAR."""
    with world.serving("tracker", "hhs-intake", "relay"):
        policy = announced_policy(world)
    later = (datetime.now(UTC) + timedelta(days=61)).isoformat()
    ask = ("gate", policy, "--at", later, "--json")
    assert world.bus(*ask).code == 0
    return ask


@pytest.mark.promise("P1")
def test_offsets_that_a_reset_skipped_close_the_gate_until_they_are_read(world: World) -> None:
    ask = clear_question(world)
    policy = ask[1]
    digest = str(world.until_state(policy, announced=True)["material_digest"])
    withdrawal = raw_record(
        acknowledgement_data(policy, digest, office=DIRECTOR, number=2, decision="WITHDRAW"),
        topic="hhs.acknowledgement.v1",
        source=f"hhs.made-up/{uuid4()}",
        sequence=1,
    )
    world.produce([withdrawal])
    partition = partition_of(policy.encode(), ACKNOWLEDGEMENT.partitions)
    reset = ("positions", "reset", "tracker", "hhs.acknowledgement.v1", str(partition))
    why = ("--reason", "a test", "--actor", "operator:t-1", "--yes")

    skipped = world.bus(*reset, "--to", "end", *why)
    over_a_hole = world.bus(*ask)
    read_after_all = world.bus(*reset, "--to", "beginning", *why)
    with world.serving("tracker"):
        world.until_state(policy, answer="REJECTED")
    at_last = world.bus(*ask)

    assert (skipped.code, read_after_all.code) == (0, 0)
    assert over_a_hole.code == 3
    assert {each["code"] for each in over_a_hole.json["reasons"]} >= {"OFFSETS_LOST"}
    assert at_last.code == 3
    assert "OFFSETS_LOST" not in {each["code"] for each in at_last.json["reasons"]}


@pytest.mark.promise("P1")
def test_a_topic_that_was_created_anew_closes_the_gate_however_full_it_is(world: World) -> None:
    ask = clear_question(world)
    topic = "hhs.acknowledgement.v1"
    ends = "SELECT partition, next_offset FROM consumer_position WHERE topic = %s"
    read = dict(world.query(ends, topic))

    recreate_topic(world.settings, topic)
    for partition, count in read.items():
        junk = RawRecord(topic, b"junk", b"junk", [])
        world.produce([junk] * count, partition=partition)

    answer = world.bus(*ask)
    assert answer.code == 3
    assert {each["code"] for each in answer.json["reasons"]} >= {"TRACKER_BEHIND"}


def recreate_topic(settings: Settings, name: str) -> None:
    """Delete a topic and create it anew, as an operator's mistake would."""
    topic = find_topic(name)
    delete_topics(settings.bootstrap, settings.names, [topic])
    assert wait_until(lambda: bool(create_topics(settings.bootstrap, settings.names, [topic])), 20)


def test_a_moment_that_is_empty_or_has_no_utc_is_refused(world: World) -> None:
    empty = world.bus("gate", new_policy(), "--at", "")
    unknown = world.bus("gate", new_policy(), "--known-at", "")
    beyond = world.bus("gate", new_policy(), "--at", "9999-12-31T23:00:00-05:00")
    before = world.bus("gate", new_policy(), "--at", "0001-01-01T00:00:00+14:00")

    assert [each.code for each in (empty, unknown, beyond, before)] == [2, 2, 2, 2]
