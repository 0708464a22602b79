"""A policy after its announcement, by the commands, on a bus that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.tracker.test_commands import notice_file
from tests.integration.tracker.world import DIRECTOR, INTAKE, World, new_policy

ISSUER = ("--office", "doj.oag", "--officer", "counsel:d-7")
COUNSEL = ("--office", "hhs.ogc", "--officer", "counsel:h-50")
CONDITIONED = """
SELECT count(*) FROM fact WHERE policy_id = %s AND jsonb_array_length(data -> 'conditions') > 0
"""
CASE = ("--court", "S.D. Cal.", "--docket", "3:18-cv-00428")


@pytest.mark.promise("P1")
def test_a_policy_is_accepted_on_a_condition_then_stayed_and_goes_on_until_it_is_cancelled(
    running: World,
) -> None:
    policy = new_policy()
    running.announce(policy, days=-1)
    running.until_state(policy, lead="SHORT")
    beds = [{"condition_id": "beds", "text": "200 beds by June"}]
    running.accept(policy, waives_lead_time=True, conditions=beds)
    running.accept(policy, office=DIRECTOR, waives_lead_time=True)
    running.until(CONDITIONED, 1, policy)
    (open_one,) = running.bus("conditions", "list", policy, "--json").json
    reply = ("conditions", "answer", policy, "--of", INTAKE)
    void = running.bus(*reply, "cots", "--agreed", *ISSUER)
    agreed = running.bus(*reply, "beds", "--agreed", *ISSUER, "--json")
    running.until_state(policy, force="IN_FORCE", clear=True)
    (met,) = running.bus("conditions", "list", policy, "--all", "--json").json

    stayed = running.bus("policy", "stay", policy, *COUNSEL, *CASE, "--json")
    running.until_state(policy, force="STAYED", clear=False)
    stay_id = stayed.json["coordination_id"]
    approved = ("--approved-by", "general-counsel:h-51")
    alone = running.bus("policy", "lift-stay", stay_id, *COUNSEL, "--approved-by", "deputy:H-50")
    foreign = running.bus("policy", "lift-stay", stay_id, *ISSUER, *approved)
    lifted = running.bus("policy", "lift-stay", stay_id, *COUNSEL, *approved, "--json")
    running.until_state(policy, force="IN_FORCE", clear=True)
    again = running.bus("policy", "lift-stay", stay_id, *COUNSEL, *approved)
    cancelled = running.bus("policy", "cancel", policy, "--rescinded", *ISSUER, "--yes", "--json")
    twice = running.bus("policy", "cancel", policy, "--rescinded", *ISSUER, "--yes")
    running.until_state(policy, force="ENDED", clear=False)

    assert (open_one["text"], open_one["waits_for"]) == ("200 beds by June", "doj.oag")
    assert (void.code, agreed.code, met["answer"]) == (2, 0, "AGREED")
    assert (stayed.code, lifted.code, cancelled.code) == (0, 0, 0), stayed.err + cancelled.err
    assert (alone.code, foreign.code, again.code, twice.code) == (2, 2, 2, 2)
    assert "two officers of hhs" in foreign.err
    assert lifted.json["kind"] == "LIFT_STAY"
    assert cancelled.json["body"]["cause"] == "RESCINDED"
    assert "VOID_COORDINATION" not in {kind for kind, *_ in running.findings(policy)}


def test_a_notice_that_was_published_by_mistake_is_cancelled_before_anybody_reads_it(
    world: World,
) -> None:
    policy = new_policy()
    world.announce(policy)

    cancelled = world.bus("policy", "cancel", policy, "--mistaken", *ISSUER, "--yes", "--json")
    again = world.bus("policy", "cancel", policy, "--mistaken", *ISSUER, "--yes")
    elsewhere = world.bus("policy", "stay", policy, *COUNSEL, *CASE)

    assert cancelled.code == 0, cancelled.err
    assert (again.code, elsewhere.code) == (2, 4)
    assert "only an earlier --from" in again.err
    assert "bus notice list" in elsewhere.err


def test_what_goes_on_without_clearance_is_found_and_opens_nothing(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    state = running.until_state(policy, lead="KEPT")
    early = running.bus("policy", "proceed", policy, *ISSUER, "--reason", "as directed")
    running.accept(policy, decision="REJECT", reason="no places")
    running.until_state(policy, answer="REJECTED")

    went_on = running.bus("policy", "proceed", policy, *ISSUER, "--reason", "as directed")
    order = ("--reason", "reunite within 30 days")
    compelled = running.bus("policy", "compelled", policy, *ISSUER, *CASE, *order, "--json")

    assert (early.code, went_on.code, compelled.code) == (2, 0, 0), went_on.err
    assert state["answer"] == "PENDING"
    running.until("SELECT count(*) FROM finding WHERE policy_id = %s", 2, policy)
    kinds = {kind for kind, *_ in running.findings(policy)}
    assert kinds == {"PROCEEDED_OVER_OBJECTION", "COMPELLED"}
    assert running.state(policy)["clear"] is False


def test_a_command_about_a_policy_says_what_would_do(running: World) -> None:
    policy = new_policy()
    unknown = running.bus("policy", "stay", policy, *COUNSEL, *CASE)
    both = running.bus("policy", "cancel", policy, "--mistaken", "--rescinded", *ISSUER)
    unasked = running.bus("policy", "cancel", policy, "--mistaken", *ISSUER)
    stay_id = "018f4e2a-0000-7000-8000-000000000001"
    approved = ("--approved-by", "general-counsel:h-51")
    no_stay = running.bus("policy", "lift-stay", stay_id, *COUNSEL, *approved)

    assert (unknown.code, both.code, unasked.code, no_stay.code) == (4, 2, 2, 4)
    assert "one of --mistaken and --rescinded" in both.err
    assert "--yes" in unasked.err
    assert "bus timeline" in no_stay.err


def test_a_newer_policy_takes_the_place_of_an_older_one(running: World, tmp_path: Path) -> None:
    older, policy = new_policy(), new_policy()
    running.announce(older, days=-1)
    file = notice_file(tmp_path, policy, days=-0.5, supersedes=None)

    newer = running.bus("policy", "supersede", file, "--of", older, "--json")
    unknown = running.bus("policy", "supersede", file, "--of", new_policy())

    assert (newer.code, unknown.code) == (0, 4), newer.err
    assert newer.json["supersedes"] == older
    running.until_state(older, force="ENDED")
    again = notice_file(tmp_path, new_policy(), days=-0.5, supersedes=None)
    late = running.bus("policy", "supersede", again, "--of", older)
    assert (late.code, "has ended by" in late.err) == (2, True)


def test_what_is_no_baseline_is_not_published(running: World, tmp_path: Path) -> None:
    policy = new_policy()
    new = notice_file(tmp_path, policy, days=1, instrument=None)
    refused = running.bus("policy", "baseline", new)
    old = notice_file(tmp_path, policy, days=-200, instrument=None)
    declared = running.bus("policy", "baseline", old, "--json")

    assert (refused.code, declared.code) == (2, 0), declared.err
    assert (declared.json["instrument"], declared.json["sequence"] > 0) == ("BASELINE", True)
    assert declared.json["revision"] == 1
    assert any("--waive-lead-time" in each for each in declared.json["warnings"])


def test_what_waits_for_an_office_is_listed_until_it_lets_another_decide(running: World) -> None:
    policy = new_policy()
    running.announce(policy)
    running.until_state(policy, lead="KEPT")
    duty = ("--office", INTAKE, "--officer", "duty-officer:h-17", "--policy", policy)

    offices = running.bus("offices", "list", "--json").json
    given = running.bus("offices", "delegate", *duty, "--to", "hhs.orr.deputy", "--json")
    chained = ("--office", "hhs.orr.deputy", "--officer", "deputy:h-18", "--policy", policy)
    chain = running.bus("offices", "delegate", *chained, "--to", DIRECTOR)
    text = running.bus("offices", "list")

    asked = {each["office"] for each in offices if policy in each["to_answer"]}
    assert asked == {INTAKE, DIRECTOR}
    assert (given.code, chain.code, text.code) == (0, 2, 0)
    assert "can't let a third office" in chain.err
