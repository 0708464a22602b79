"""Offices tell what they see and what became of it, by the commands, on a bus that runs."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bus.events import Mode
from bus.notices.rules_version import RULES_VERSION
from tests.integration.tracker.world import LIMIT_SECONDS, World, new_policy
from tests.records import custody_data

DIRECTOR = ("--office", "hhs.orr.director", "--officer", "deputy:h-3")
COUNSEL = ("--office", "doj.oag", "--officer", "counsel:d-7")
SEEN = ("--agency", "doj", "--channel", "STAFF_REPORT", "--description", "far more children")


def findings(world: World, *options: str, state: str | None = None) -> list[dict[str, Any]]:
    """Return the findings of these options, as soon as there are some in that state."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        found: list[dict[str, Any]] = world.bus("findings", "list", "--json", *options).json
        if found and state in (None, found[0]["state"]):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


@pytest.mark.promise("P1")
def test_what_staff_reported_stays_open_until_somebody_concerned_resolves_it(
    running: World,
) -> None:
    policy = new_policy()
    told = running.bus("observe", *DIRECTOR, *SEEN, "--policy", policy, "--json").json
    (opened,) = findings(running, "--policy", policy)
    gate = running.bus("gate", policy, "--json")
    assert opened["finding_id"] == told["finding_id"]
    assert (gate.code, {each["code"] for each in gate.json["reasons"]}) >= (4, {"OBSERVED"})

    refused = running.bus("findings", "resolve", told["finding_id"], *DIRECTOR)
    bare = running.bus("findings", "resolve", told["finding_id"], *COUNSEL)
    taken = running.bus("findings", "take", told["finding_id"], *COUNSEL, "--json")
    (seen,) = findings(running, "--policy", policy, state="TAKEN")
    running.bus("findings", "resolve", told["finding_id"], *COUNSEL, "--reference", "memo 4")
    (closed,) = findings(running, "--policy", policy, "--all", state="RESOLVED")
    again = running.bus("findings", "take", told["finding_id"], *COUNSEL)

    assert (refused.code, bare.code, again.code) == (2, 2, 2)
    assert "an office of doj or hhs.oig" in refused.err
    assert "--reference" in bare.err
    assert (taken.code, seen["taken_by"], closed["resolved_by"]) == (0, "doj.oag", "doj.oag")
    assert closed["reference"] == "memo 4"
    assert "memo 4" in again.err


@pytest.mark.promise("P10")
def test_what_could_be_known_at_a_moment_is_told_as_it_was(running: World) -> None:
    before = datetime.now(UTC)
    first = running.bus("observe", *DIRECTOR, *SEEN, "--json").json
    running.until("SELECT count(*) FROM finding WHERE finding_id = %s", 1, first["finding_id"])
    (opened,) = [
        each
        for each in findings(running, "--kind", "OBSERVED_POLICY", "--known-at", "9999-01-01")
        if each["finding_id"] == first["finding_id"]
    ]
    policy = new_policy()
    tie = ("--again", first["coordination_id"], "--policy", policy)
    running.bus("observe", *DIRECTOR, *SEEN, *tie)
    (tied,) = findings(running, "--policy", policy)
    (then,) = [
        each
        for each in findings(running, "--known-at", opened["opened_at"])
        if each["finding_id"] == first["finding_id"]
    ]

    assert tied["finding_id"] == then["finding_id"] == opened["finding_id"]
    assert (then["policy_id"], tied["version"]) == (None, 2)
    earlier = (before - timedelta(hours=1)).isoformat()
    unknown = running.bus("findings", "list", "--known-at", earlier, "--json").json
    assert first["finding_id"] not in {each["finding_id"] for each in unknown}


@pytest.mark.promise("P8")
def test_an_exercise_is_declared_beforehand(running: World) -> None:
    now = datetime.now(UTC)
    office = ("--office", "dhs.plcy", "--officer", "planner:d-2")
    policy = new_policy()
    span = ("--from", (now - timedelta(hours=1)).isoformat(), "--to", now.isoformat())
    turned = running.bus("exercise", "declare", *office, "--from", span[3], "--to", span[1])

    declared = running.bus("exercise", "declare", *office, *span, "--policy", policy, "--json")
    running.until(
        "SELECT count(*) FROM fact WHERE data ->> 'kind' = 'EXERCISE_WINDOW' AND policy_id = %s",
        1,
        policy,
    )
    for minutes in (30, -30):
        data = custody_data(policy_id=policy, occurred_at=now - timedelta(minutes=minutes))
        running.publish("dhs.custody-event.v1", data, mode=Mode.EXERCISE)

    assert (turned.code, declared.code) == (2, 0)
    running.until("SELECT count(*) FROM fact WHERE kind = 'CITATION' AND policy_id = %s", 2, policy)
    found = {(each["kind"], each["mode"]) for each in findings(running, "--policy", policy)}
    assert ("UNANNOUNCED_POLICY", "EXERCISE") in found


def test_an_observation_that_cannot_be_told_says_what_would_do(running: World) -> None:
    nobody = running.bus("observe", "--office", "fbi.desk", "--officer", "a:b-1", *SEEN)
    untied = running.bus("observe", *DIRECTOR, *SEEN, "--again", "018f4e2a-0000-7000-8000-00000000")
    unknown = running.bus("findings", "take", "018f4e2a-0000-7000-8000-000000000001", *COUNSEL)

    assert (nobody.code, untied.code, unknown.code) == (2, 2, 4)
    assert "doj" in nobody.err
    assert "--policy" in untied.err
    assert "bus findings list" in unknown.err


@pytest.mark.promise("P10")
def test_a_recorded_answer_comes_out_the_same_whatever_was_recorded_since(running: World) -> None:
    policy = new_policy()
    running.bus("observe", *DIRECTOR, *SEEN, "--policy", policy)
    findings(running, "--policy", policy)
    first = running.bus("gate", policy, "--json").json
    running.announce(policy)
    running.until_state(policy, lead="KEPT")
    second = running.bus("gate", policy, "--json").json
    running.accept(policy)
    running.until(
        "SELECT count(*) FROM fact WHERE kind = 'ACKNOWLEDGEMENT' AND policy_id = %s", 1, policy
    )

    for given in (first, second):
        (again,) = running.bus("explain", given["answer_id"], "--json").json["replay"]
        assert (again["is_same"], again["is_by_these_rules"]) == (True, True)
        assert (again["record"], again["answer"]) == (given["record"], given["answer"])
    assert (first["record"], second["record"]) == ("UNKNOWN", "SOUND")
    assert first["rules_version"] == RULES_VERSION


@pytest.mark.promise("P10")
def test_a_timeline_tells_who_knew_what_when(running: World) -> None:
    policy = new_policy()
    told = running.bus(
        "observe", *DIRECTOR, *SEEN, "--policy", policy, "--seen-at", "2017-11-01", "--json"
    ).json
    (opened,) = findings(running, "--policy", policy)
    running.announce(policy)
    running.until_state(policy, lead="KEPT")
    running.bus("findings", "take", told["finding_id"], *COUNSEL)
    findings(running, "--policy", policy, state="TAKEN")

    lines = running.bus("timeline", policy, "--json").json
    then = running.bus("timeline", policy, "--known-at", opened["opened_at"], "--json").json
    text = running.bus("timeline", policy)
    unknown = running.bus("timeline", new_policy())
    opened_at = datetime.fromisoformat(opened["opened_at"])
    local = opened_at.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None).isoformat()
    in_zone = running.bus("timeline", policy, "--known-at", local, "--json").json
    wrong = running.bus("timeline", policy, "--known-at", "yesterday")

    told_of = [each["what"] for each in lines if each["what"] != "CLEARANCE"]
    assert told_of == ["OBSERVATION", "FINDING", "NOTICE", "RECEIPT", "DISPOSITION"]
    assert (lines[0]["office"], lines[0]["event_at"]) == (
        "hhs.orr.director",
        "2017-11-01T00:00:00Z",
    )
    assert "a notice came after the fact" in lines[1]["detail"]
    assert [each["what"] for each in then] == ["OBSERVATION", "FINDING"]
    assert (text.code, unknown.code, wrong.code) == (0, 4, 2)
    assert in_zone == then
    assert "far more children" in text.out
