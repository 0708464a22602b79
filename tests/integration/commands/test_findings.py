"""What is listed as found: by the tracker, and by each group of its own offsets."""

from __future__ import annotations

import pytest

from bus.settings import Settings
from tests.integration.commands.conftest import CUSTODY, Command, Worked, command_on
from tests.integration.tracker.world import World
from tests.records import custody_record

SKIP = ("positions", "reset", "hhs-intake", CUSTODY, "0", "--to", "end", "--yes")
WHO = ("--actor", "operator:o-4", "--reason", "a test")


@pytest.fixture
def gapped(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs commands where HHS intake has never read three records."""
    world = World(settings)
    world.prepare()
    with world.serving("hhs-intake"):
        pass
    world.produce([custody_record() for _ in range(3)], partition=0)
    command = command_on(settings, monkeypatch, capsys)
    assert command(*SKIP, *WHO).code == 0
    return command


@pytest.mark.promise("P2")
def test_a_gap_is_listed_and_explained_by_the_id_under_which_it_was_told(gapped: Command) -> None:
    [found] = gapped("findings", "list", "--json").json
    explained = gapped("explain", found["finding_id"], "--json").json
    text = gapped("findings", "list").out

    assert (found["kind"], found["severity"], found["state"]) == ("OFFSET_GAP", "ALARM", "OPEN")
    assert found["facts"] == [f"hhs-intake/{CUSTODY}/0: offsets 0 to 2: RESET"]
    assert [each["facts"] for each in explained["finding"]] == [found["facts"]]
    assert "OFFSET_GAP" in text


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--kind", "OFFSET_GAP"), 1),
        (("--kind", "CONFLICT"), 0),
        (("--mode", "ACTUAL"), 1),
        (("--mode", "TEST"), 0),
        (("--policy", "doj/2018/zero-tolerance"), 0),
        (("--all",), 1),
    ],
)
def test_gaps_are_chosen_like_any_finding(
    gapped: Command, options: tuple[str, ...], count: int
) -> None:
    assert len(gapped("findings", "list", "--json", *options).json) == count


def test_findings_of_the_tracker_stand_in_the_same_list(worked: Worked, command: Command) -> None:
    found = command("findings", "list", "--json").json

    assert {each["kind"] for each in found} >= {"UNANNOUNCED_POLICY"}
    assert found == sorted(found, key=lambda each: (each["opened_at"], each["finding_id"]))


def test_a_kind_that_does_not_exist_is_wrong_usage(command: Command) -> None:
    outcome = command("findings", "list", "--kind", "BAD_LUCK")

    assert outcome.code == 2
    assert "OFFSET_GAP" in outcome.err
