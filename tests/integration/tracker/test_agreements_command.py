"""An agreement from its file to the record, by the commands, on a bus that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.tracker.world import World
from tests.unit.offices.agreements import unapproved

NAME = "doj-hhs-2090"
DOJ = ("--office", "doj.oag", "--officer", "associate-deputy:j-20")
HHS = ("--office", "hhs.acf.assistant-secretary", "--officer", "principal-deputy:h-40")


@pytest.mark.promise("P7")
def test_an_agreement_is_checked_approved_twice_published_and_listed(
    running: World, tmp_path: Path
) -> None:
    file = tmp_path / "doj-hhs.yaml"
    # Far ahead, so that it changes nothing for the other policies of this bus.
    text = unapproved().replace("2026-01-01", "2090-01-01").replace("2030-01-01", "2091-01-01")
    file.write_text(text.replace("agreement_id: doj-hhs", f"agreement_id: {NAME}"))

    def bus(command: str, *more: str) -> tuple[int, str]:
        done = running.bus("agreements", command, str(file), *more)
        return done.code, done.out + done.err

    unchecked = bus("check")
    bus("approve", *DOJ)
    early = bus("publish", "--yes")
    bus("approve", *HHS)
    checked = bus("check")
    unasked = bus("publish")
    published = running.bus("agreements", "publish", str(file), "--yes", "--json")
    twice = bus("publish", "--yes")
    assert published.code == 0, published.err
    running.until("SELECT count(*) FROM fact WHERE data ->> 'agreement_id' = %s", 1, NAME)
    on_record = running.bus("agreements", "list", "--json").json
    listed = [each for each in on_record if each["agreement_id"] == NAME]

    assert (unchecked[0], early[0], checked[0], unasked[0], twice[0]) == (1, 2, 0, 2, 2)
    assert "parties[1]: approved" in early[1]
    assert "write `version: 2`" in twice[1]
    assert (published.json["topic"], published.json["version"]) == ("bus.agreement.v1", 1)
    assert [each["version"] for each in listed] == [1]
    assert listed[0]["event_id"] == published.json["event_id"]
    assert listed[0]["valid_from"] == "2090-01-01T05:00:00Z"


def test_a_version_is_the_next_also_before_anybody_has_read_the_one_before(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "doj-hhs.yaml"

    def publish(version: int) -> tuple[int, str]:
        file.write_text(unapproved().replace("version: 1", f"version: {version}"))
        for officer in (DOJ, HHS):
            world.bus("agreements", "approve", str(file), *officer)
        done = world.bus("agreements", "publish", str(file), "--yes")
        return done.code, done.err

    outcomes = [publish(version) for version in (2, 1, 3, 1, 2)]

    assert [code for code, _ in outcomes] == [2, 0, 2, 2, 0]
    assert "no version is on record: write `version: 1`" in outcomes[0][1]
    assert "version 1 is on record: write `version: 2`" in outcomes[2][1]
    assert world.bus("agreements", "list").out == "No agreement is on record.\n"
