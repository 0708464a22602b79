"""A notice that two officers prepare, publish and change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.tracker.test_commands import acknowledge, notice_file
from tests.integration.tracker.world import DIRECTOR, INTAKE, World, new_policy

DRAFTER = ("--officer", "drafter:D-1")
APPROVER = ("--officer", "approver:a-2")


@pytest.mark.promise("P1")
def test_a_draft_is_published_once_another_officer_approved_that_very_text(
    running: World, tmp_path: Path
) -> None:
    policy = new_policy()
    file = notice_file(tmp_path, policy, drafted_by=None, approved_by=None)

    drafted = running.bus("notice", "draft", file, *DRAFTER, "--json")
    draft = drafted.json["draft_id"]
    unapproved = running.bus("notice", "publish", "--draft", draft)
    own = running.bus("notice", "approve", draft, "--officer", "approver:d-1")
    approved = running.bus("notice", "approve", draft, *APPROVER, "--json")
    other = notice_file(tmp_path, policy, summary="other", drafted_by=None, approved_by=None)
    changed = running.bus("notice", "draft", other, *DRAFTER, "--replace", draft, "--json")
    stale = running.bus("notice", "publish", "--draft", draft)
    running.bus("notice", "approve", draft, *APPROVER)
    published = running.bus("notice", "publish", "--draft", draft, "--json")
    again = running.bus("notice", "publish", "--draft", draft)
    listed = running.bus("notice", "drafts", "doj", "--json").json

    done = [drafted, approved, changed, published]
    assert [each.code for each in done] == [0] * 4, [each.err for each in done]
    assert "nobody has approved it" in unapproved.err
    assert "let another one approve" in own.err
    assert "it has changed since" in stale.err
    assert "was published as event" in again.err
    assert {each.code for each in (unapproved, own, stale, again)} == {2}
    (found,) = [each for each in listed if each["draft_id"] == draft]
    assert (found["state"], found["event_id"]) == ("PUBLISHED", published.json["event_id"])
    running.until_state(policy, revision=1, record="SOUND")


def test_what_cannot_be_published_cannot_be_drafted(running: World, tmp_path: Path) -> None:
    file = notice_file(tmp_path, new_policy(), effective_time_zone="Mars/Olympus")

    refused = running.bus("notice", "draft", file, *DRAFTER)

    assert refused.code == 2
    assert "effective_time_zone" in refused.err


@pytest.mark.parametrize("draft", ["doj-7", "x", "epa-019a0000-0000-7000-8000-000000000000"])
def test_what_is_no_draft_is_refused(running: World, draft: str) -> None:
    refused = running.bus("notice", "approve", draft, *APPROVER)

    assert refused.code == 2
    assert "is no draft's id" in refused.err


@pytest.mark.promise("P7")
def test_an_update_says_whose_acceptances_it_voids(running: World, tmp_path: Path) -> None:
    policy = new_policy()
    first = notice_file(tmp_path, policy)
    too_early = running.bus("notice", "update", first)
    running.bus("notice", "publish", first)
    running.until_state(policy, lead="KEPT")
    for office in (INTAKE, DIRECTOR):
        acknowledge(running, policy, "--accept", office=office)
    running.until_state(policy, announced=True)
    told = running.bus("notice", "show", policy, "--json").json["revisions"][0]["notice"]
    same = {name: told[name] for name in ("effective_at", "summary", "addressees")}

    editorial = running.bus(
        "notice", "update", notice_file(tmp_path, policy, title="Other", **same), "--json"
    )
    running.until_state(policy, revision=2)
    material = running.bus(
        "notice", "update", notice_file(tmp_path, policy, summary="half as many"), "--json"
    )
    running.until_state(policy, revision=3)
    differs = running.bus("notice", "diff", policy, "1", "2", "--json").json["changes"]
    unknown = running.bus("notice", "diff", policy, "1", "9")

    assert "no notice" in too_early.err
    assert (editorial.json["change"], editorial.json["voided_acceptances"]) == ("EDITORIAL", [])
    assert material.json["change"] == "MATERIAL"
    assert material.json["voided_acceptances"] == [DIRECTOR, INTAKE]
    assert [(each["path"], each["is_material"]) for each in differs] == [("title", False)]
    assert (unknown.code, "has no revision 9" in unknown.err) == (2, True)
