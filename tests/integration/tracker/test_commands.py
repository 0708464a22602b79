"""What offices do on the command line: announce, decide, look."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.tracker.world import (
    DIRECTOR,
    INTAKE,
    Outcome,
    World,
    new_policy,
    notice_data,
)

OFFICER = ("--officer", "intake-duty-officer:h-17")


def notice_file(folder: Path, policy: str, *, days: float = 60, **changes: object) -> str:
    """Write a notice without revision, as its sender would; return the file's name."""
    data: dict[str, Any] = notice_data(policy)
    data["effective_at"] = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    del data["revision"]
    path = folder / "notice.json"
    path.write_text(json.dumps({**data, **changes}))
    return str(path)


def acknowledge(world: World, policy: str, *options: str, office: str = INTAKE) -> Outcome:
    officer = ("--officer", f"duty-officer:{office}-17")
    return world.bus(
        "acknowledge", policy, "--office", office, *officer, *options, "--yes", "--json"
    )


@pytest.mark.promise("P7")
def test_a_policy_is_announced_rejected_changed_and_accepted(
    running: World, tmp_path: Path
) -> None:
    policy = new_policy()
    first = running.bus("notice", "publish", notice_file(tmp_path, policy), "--json")
    running.until_state(policy, revision=1, lead="KEPT")
    rejection = acknowledge(running, policy, "--reject", "no places before August")
    running.until_state(policy, answer="REJECTED")
    changed = notice_file(tmp_path, policy, days=45, summary="half as many")
    second = running.bus("notice", "publish", changed, "--json")
    running.until_state(policy, revision=2, lead="KEPT")

    acceptances = [
        acknowledge(running, policy, "--accept", office=office) for office in (INTAKE, DIRECTOR)
    ]

    running.until_state(policy, announced=True, revision=2)
    done = [first, rejection, second, *acceptances]
    assert [each.code for each in done] == [0] * 5, [each.err for each in done]
    assert (first.json["revision"], second.json["revision"]) == (1, 2)
    assert second.json["replaces_digest"] == first.json["material_digest"]
    assert [each.json["decision_no"] for each in (rejection, *acceptances)] == [1, 2, 1]
    assert {each.json["material_digest"] for each in acceptances} == {
        second.json["material_digest"]
    }


def test_two_notices_in_a_row_take_two_revisions_though_nobody_has_read_the_first(
    world: World, tmp_path: Path
) -> None:
    policy = new_policy()

    first = world.bus("notice", "publish", notice_file(tmp_path, policy), "--json")
    changed = notice_file(tmp_path, policy, summary="new")
    second = world.bus("notice", "publish", changed, "--json")
    same_number = world.bus("notice", "publish", notice_file(tmp_path, policy, revision=2))

    assert [each.json["revision"] for each in (first, second)] == [1, 2]
    assert same_number.code == 2
    assert "is published already" in same_number.err


def test_a_late_notice_is_published_with_a_warning(running: World, tmp_path: Path) -> None:
    policy = new_policy()

    told = running.bus("notice", "publish", notice_file(tmp_path, policy, days=12))

    assert told.code == 0
    assert "effective in 12 days: the lead time of 30 calendar days will be SHORT" in told.err
    running.until_state(policy, lead="SHORT")


def test_every_fault_of_a_notice_is_told_at_once_and_nothing_is_published(
    running: World, tmp_path: Path
) -> None:
    policy = new_policy()
    file = notice_file(tmp_path, policy, title=None, effective_at="soon", stage="LAST")

    told = running.bus("notice", "publish", file)

    assert told.code == 2
    for path in ("title", "effective_at", "stage"):
        assert path in told.err
    assert running.query("SELECT FROM doj.outbox WHERE key = %s", policy.encode()) == []


@pytest.mark.promise("P8")
def test_an_exercise_is_announced_by_its_mode_and_keeps_it(running: World, tmp_path: Path) -> None:
    policy = new_policy()
    exercise = notice_file(tmp_path, policy, mode=None)
    told = running.bus("notice", "publish", exercise, "--mode", "EXERCISE", "--json")
    running.until_state(policy, mode="EXERCISE", lead="KEPT")

    accepted = acknowledge(running, policy, "--accept")
    turned = running.bus("notice", "publish", notice_file(tmp_path, policy, summary="real"))

    assert told.json["mode"] == "EXERCISE"
    assert accepted.json["mode"] == "EXERCISE"
    assert turned.code == 2
    assert "mode EXERCISE for ever" in turned.err


def test_what_would_be_void_is_refused_with_what_to_do(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, lead="KEPT")

    drafter = ("--office", INTAKE, "--officer", "drafter:d-1", "--accept", "--yes")
    refusals = {
        "isn't asked": acknowledge(running, policy, "--accept", office="hhs.oig"),
        "has no revision 7; it has 1": acknowledge(running, policy, "--accept", "--revision", "7"),
        "that it could withdraw": acknowledge(running, policy, "--withdraw"),
        "say one of": acknowledge(running, policy),
        "only who accepts": acknowledge(running, policy, "--withdraw", "--waive-lead-time"),
        "let another one decide": running.bus("acknowledge", policy, *drafter),
        "say --yes": running.bus("acknowledge", policy, "--office", INTAKE, *OFFICER, "--accept"),
    }

    for message, told in refusals.items():
        assert told.code == 2, told
        assert message in told.err
    assert running.query("SELECT FROM hhs.outbox WHERE key = %s", policy.encode()) == []


def test_who_knows_no_notice_can_acknowledge_none(running: World) -> None:
    told = acknowledge(running, new_policy(), "--accept")

    assert told.code == 4
    assert "there is no notice" in told.err


@pytest.mark.promise("P7")
def test_what_a_decision_binds_to_is_shown_first(running: World) -> None:
    policy = new_policy()
    running.announce(policy, title="Referral \x1b[2J of adults")
    digest = running.until_state(policy, lead="KEPT")["material_digest"]

    told = acknowledge(running, policy, "--accept")

    assert digest in told.err
    assert "Referral" in told.err
    assert "\x1b" not in told.err


def test_notices_are_listed_and_shown(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, lead="KEPT")

    listed = running.bus("notice", "list", "--json")
    shown = running.bus("notice", "show", policy, "--json")
    for_people = running.bus("notice", "show", policy)
    state = running.bus("clearance", policy, "--json")

    row = next(each for each in listed.json if each["policy_id"] == policy)
    assert (row["answer"], row["lead"], row["announced"]) == ("PENDING", "KEPT", False)
    assert shown.json["revisions"][0]["notice"]["policy_id"] == policy
    assert for_people.code == 0
    assert "Referral of family-unit adults" in for_people.out
    assert state.json["seats"][0]["seat_id"] == INTAKE
    assert running.bus("notice", "show", new_policy()).code == 4


def test_findings_are_listed_and_chosen(running: World) -> None:
    policy = new_policy()
    running.announce(policy, days=10)
    running.until_state(policy, lead="SHORT")

    found = running.bus("findings", "list", "--policy", policy, "--json")
    none = running.bus("findings", "list", "--policy", policy, "--kind", "CONFLICT")

    assert [each["kind"] for each in found.json] == ["LATE_NOTICE"]
    assert (none.code, none.out) == (0, "There is no such finding.\n")


def test_a_date_alone_is_its_beginning_where_the_notice_applies(running: World) -> None:
    policy = new_policy()
    running.announce(policy, effective_time_zone="America/Denver")
    running.until_state(policy, lead="KEPT")

    told = running.bus("clearance", policy, "--at", "2026-07-01", "--json")

    assert told.json["at"] == "2026-07-01T06:00:00Z"


@pytest.mark.promise("P7")
def test_a_withdrawal_takes_back_what_was_decided_last_whatever_is_newest(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, lead="KEPT")
    for office in (INTAKE, DIRECTOR):
        running.accept(policy, office=office)
    running.until_state(policy, announced=True)
    running.announce(policy, revision=2, days=90, summary="Another text.")
    running.until("SELECT count(*) FROM fact WHERE kind = 'NOTICE' AND policy_id = %s", 2, policy)
    officer = ("--office", DIRECTOR, "--officer", "director:h-2", "--yes", "--json")

    of_undecided = running.bus("acknowledge", policy, *officer, "--withdraw", "--revision", "2")
    withdrawn = running.bus("acknowledge", policy, *officer, "--withdraw")

    assert of_undecided.code == 2
    assert (withdrawn.code, withdrawn.json["revision"]) == (0, 1)


@pytest.mark.promise("P7")
def test_the_drafter_is_the_drafter_in_any_letter_case(running: World) -> None:
    policy = new_policy()
    drafted_by = {"role": "policy-counsel", "id": "d-1"}
    running.announce(policy, drafted_by=drafted_by)
    running.until_state(policy, lead="KEPT")

    refused = running.bus(
        "acknowledge", policy, "--office", INTAKE, "--officer", "duty:D-1", "--accept", "--yes"
    )

    assert refused.code == 2


@pytest.mark.promise("P7")
def test_an_acceptance_with_conditions_counts_once_the_issuer_agrees(
    running: World, tmp_path: Path
) -> None:
    policy = new_policy()
    impact = {"expected_impact": {"places_needed": 100, "from": None, "children_per_week": None}}
    running.bus("notice", "publish", notice_file(tmp_path, policy, **impact))
    running.until_state(policy, lead="KEPT")
    acknowledge(running, policy, "--accept", "--places", "100", office=DIRECTOR)

    conditional = acknowledge(
        running, policy, "--accept", "--condition", "a list of names each day", "--places", "120"
    )

    assert (conditional.code, conditional.json["conditions"]) == (0, ["d1-c1"]), conditional.err
    running.until_state(policy, answer="PENDING")
    answer = {"office": INTAKE, "condition_id": "d1-c1", "answer": "AGREED", "text": None}
    running.coordinate(policy, "CONDITION_ANSWER", condition_answer=answer)
    running.until_state(policy, announced=True)


@pytest.mark.promise("P7")
def test_nobody_decides_for_an_office_that_lets_nobody(running: World, tmp_path: Path) -> None:
    policy = new_policy()
    running.bus("notice", "publish", notice_file(tmp_path, policy))
    running.until_state(policy, lead="KEPT")
    for_the_director = ("--accept", "--on-behalf-of", DIRECTOR)

    refused = acknowledge(running, policy, *for_the_director, office="hhs.orr.deputy")
    allowing = {"to_office": "hhs.orr.deputy", "from": datetime.now(UTC), "to": None}
    running.coordinate(policy, "DELEGATION", office=DIRECTOR, delegation=allowing)
    running.until(
        "SELECT count(*) FROM fact WHERE kind = 'COORDINATION' AND policy_id = %s", 1, policy
    )
    allowed = acknowledge(running, policy, *for_the_director, office="hhs.orr.deputy")
    revoke = ("offices", "delegate", "--policy", policy, "--to", "hhs.orr.deputy", "--revoke")
    director = ("--office", DIRECTOR, "--officer", "director:h-2")
    revoked = [running.bus(*revoke, *director) for _ in range(2)]
    running.until(
        "SELECT count(*) FROM fact WHERE kind = 'COORDINATION' AND policy_id = %s", 2, policy
    )
    no_longer = acknowledge(running, policy, *for_the_director, office="hhs.orr.deputy")

    assert (refused.code, allowed.code) == (2, 0), (refused.err, allowed.err)
    assert "doesn't let hhs.orr.deputy decide" in refused.err
    assert [each.code for each in revoked] == [0, 2], [each.err for each in revoked]
    assert (no_longer.code, "doesn't let" in no_longer.err) == (2, True)


@pytest.mark.promise("P7")
def test_an_officer_of_two_offices_is_refused_a_second_seat(running: World, tmp_path: Path) -> None:
    policy = new_policy()
    running.bus("notice", "publish", notice_file(tmp_path, policy))
    running.until_state(policy, lead="KEPT")
    officer = ("--officer", "officer:h-9", "--accept", "--yes")

    first = running.bus("acknowledge", policy, "--office", INTAKE, *officer)
    running.until(
        "SELECT count(*) FROM fact WHERE kind = 'ACKNOWLEDGEMENT' AND policy_id = %s", 1, policy
    )
    second = running.bus("acknowledge", policy, "--office", DIRECTOR, *officer)

    assert (first.code, second.code) == (0, 2), (first.err, second.err)
    assert f"accepted for {INTAKE}" in second.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--reject", "no", "--places", "5"], "only who accepts can say --places"),
        (["--withdraw", "--condition", "x"], "only who accepts can say --condition"),
        (["--accept", "--from", "2026-01-01"], "say how many with --places"),
        (["--accept", "--condition", " "], "needs words"),
        (["--accept", "--reject", "no"], "say one of"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    running: World, options: list[str], said: str
) -> None:
    refused = acknowledge(running, new_policy(), *options)

    assert refused.code == 2
    assert said in refused.err
