"""`bus deadletters redrive` and `discard`: what is asked, refused, told, and done."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from bus.settings import Settings
from bus.storage.connections import session_options
from tests.integration.commands.conftest import CUSTODY, Command, command_on
from tests.integration.consuming.test_dead_letter_redrive import MEND, unreadable
from tests.integration.tracker.world import World
from tests.records import custody_record

OFFICER = ("--officer", "operator:o-4")
APPROVER = ("--approver", "supervisor:s-2")
WHY = ("--reason", "sent twice by the vendor")
REDRIVE = ("deadletters", "redrive", *OFFICER)
DISCARD = ("deadletters", "discard", *OFFICER)


@pytest.fixture
def world(settings: Settings) -> World:
    """Give a bus on which two custody events could not be read. Nothing runs on it any more."""
    world = World(settings)
    world.prepare()
    world.produce([unreadable(custody_record()) for _ in range(2)], partition=0)
    with world.serving("hhs-intake"):
        world.until("SELECT count(*) FROM hhs.dead_letter", 2)
    return world


@pytest.fixture
def command(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs a command on that bus."""
    return command_on(world.settings, monkeypatch, capsys)


@pytest.fixture
def letters(world: World) -> list[str]:
    """Give the ids of the dead letters, in the order of the log."""
    query = "SELECT dead_letter_id::text FROM dead_letter ORDER BY kafka_offset"
    return [row[0] for row in world.query(query, owner="hhs")]


@pytest.fixture
def mended(world: World) -> Iterator[None]:
    """Let what could not be read be readable, and the group at work."""
    options = session_options("hhs")
    with psycopg.connect(world.settings.database_url, options=options) as connection:
        connection.execute(MEND.encode())
    with world.serving("hhs-intake"):
        yield


def states(world: World) -> list[str]:
    """Return the state of each dead letter, in the order of the log."""
    query = "SELECT state FROM dead_letter ORDER BY kafka_offset"
    return [row[0] for row in world.query(query, owner="hhs")]


def test_a_redrive_that_is_waited_for_says_that_all_were_resolved(
    world: World, letters: list[str], mended: None, command: Command
) -> None:
    outcome = command(*REDRIVE, *letters, "--wait", "--json")

    done = outcome.json
    assert outcome.code == 0
    assert done["states"] == {"RESOLVED": 2}
    assert [request["asked"] for request in done["requests"]] == [letters]
    assert world.query("SELECT count(*) FROM custody_event", owner="hhs") == [(2,)]


def test_a_redrive_after_which_some_stay_open_ends_with_1(world: World, command: Command) -> None:
    with world.serving("hhs-intake"):
        outcome = command(*REDRIVE, "--reason", "HEADER_INVALID", "--wait")

    assert outcome.code == 1
    assert "hhs-intake: asked for 2 (request " in outcome.out
    assert "Now: 2 OPEN." in outcome.out


def test_without_a_worker_the_wait_ends_with_5_and_says_what_to_look_at(
    world: World, command: Command
) -> None:
    outcome = command(*REDRIVE, "--all", "--wait", "--timeout", "0.3")

    assert outcome.code == 5
    assert "2 of 2 dead letters aren't done yet" in outcome.err
    assert "bus serve" in outcome.err
    assert states(world) == ["OPEN", "OPEN"]


def test_a_second_redrive_is_told_what_the_first_asked_for(
    letters: list[str], command: Command
) -> None:
    command(*REDRIVE, letters[0])

    second = command("deadletters", "redrive", "--officer", "operator:o-9", "--all", "--json").json
    third = command(*REDRIVE, "--all")

    [request] = second["requests"]
    assert request["asked"] == [letters[1]]
    [already] = request["already_asked"]
    assert (already["dead_letter_id"], already["asked_by"]) == (letters[0], "operator:o-4")
    assert third.code == 0
    assert "hhs-intake: 2 were asked for already:" in third.out
    assert f"{letters[1]} REDRIVE by operator:o-9 at" in third.out


def test_a_dry_run_shows_what_would_be_asked_for_and_asks_for_nothing(
    world: World, letters: list[str], command: Command
) -> None:
    command(*REDRIVE, letters[0])

    shown = command(*REDRIVE, "--group", "hhs-intake", "--dry-run")
    rows = command(*REDRIVE, "--topic", CUSTODY, "--dry-run", "--json").json

    assert letters[0] in shown.out
    assert letters[1] in shown.out
    assert "Nothing was asked for. 1 would be, 1 are asked for already." in shown.err
    assert [row["asked_by"] for row in rows] == ["operator:o-4", None]
    assert world.query("SELECT count(*) FROM dead_letter_request", owner="hhs") == [(1,)]


def test_nothing_to_redrive_is_no_fault(command: Command) -> None:
    outcome = command(*REDRIVE, "--reason", "TOO_LARGE")

    assert (outcome.code, outcome.out) == (
        0,
        "No open dead letter is meant: nothing was asked for.\n",
    )


WRONG_REDRIVES: list[tuple[tuple[str, ...], int, str]] = [
    ((), 2, "--all"),
    (("--group", "nobody"), 2, "there are: hhs-intake, tracker"),
    (("--reason", "WHY"), 2, "there is no reason"),
    (("--since", "yesterday"), 2, "--since as a time"),
    (("--all", "--rate", "fast"), 2, "50/s"),
    (("--all", "--rate", "0/s"), 2, "50/s"),
    (("x",), 2, "give a UUID"),
    ((str(uuid4()), "--all"), 2, "not both"),
    ((str(uuid4()),), 4, "there is no dead letter"),
]


def test_a_redrive_that_is_not_asked_for_rightly_says_why(world: World, command: Command) -> None:
    for options, code, told in WRONG_REDRIVES:
        outcome = command(*REDRIVE, *options)

        assert (outcome.code, outcome.out) == (code, ""), options
        assert told in outcome.err
    assert world.query("SELECT count(*) FROM dead_letter_request", owner="hhs") == [(0,)]


def test_letters_that_can_not_be_redriven_are_named_with_what_hinders(
    world: World, letters: list[str], command: Command
) -> None:
    bend = "UPDATE dead_letter SET {} WHERE dead_letter_id = %s RETURNING 1"
    world.query(bend.format("kind = 'FIELDS'"), letters[0], owner="hhs")
    world.query(bend.format("state = 'DISCARDED'"), letters[1], owner="hhs")

    outcome = command(*REDRIVE, *letters)

    assert outcome.code == 1
    assert f"{letters[0]} was applied, without its wrong fields" in outcome.err
    assert f"{letters[1]} is DISCARDED already" in outcome.err


def test_a_discard_closes_a_dead_letter_for_good(
    world: World, letters: list[str], command: Command
) -> None:
    discard = (*DISCARD, letters[0], *APPROVER, *WHY, "--yes")

    with world.serving("hhs-intake"):
        done = command(*discard, "--wait", "--json")
    again = command(*discard)

    assert (done.code, done.json["states"]) == (0, {"DISCARDED": 1})
    assert (again.code, states(world)) == (1, ["DISCARDED", "OPEN"])
    assert "is DISCARDED already" in again.err


WRONG_DISCARDS: list[tuple[tuple[str, ...], str]] = [
    ((*WHY, "--approver", "operator:o-4", "--yes"), "another officer"),
    ((*WHY, "--approver", "supervisor:O-4", "--yes"), "another officer"),
    ((*WHY, "--approver", "supervisor", "--yes"), "ROLE:ID"),
    (("--reason", " ", *APPROVER, "--yes"), "--reason"),
    ((*WHY, "--yes"), "--approver"),
    ((*WHY, *APPROVER), "nobody is there to confirm"),
]


def test_a_discard_without_two_officers_a_reason_and_a_yes_is_refused(
    world: World, letters: list[str], command: Command
) -> None:
    for options, told in WRONG_DISCARDS:
        outcome = command(*DISCARD, letters[0], *options)

        assert outcome.code == 2, options
        assert told in outcome.err
    assert world.query("SELECT count(*) FROM dead_letter_request", owner="hhs") == [(0,)]


@pytest.mark.promise("P10")
def test_the_story_of_a_dead_letter_names_who_asked_for_what(
    world: World, letters: list[str], command: Command
) -> None:
    with world.serving("hhs-intake"):
        command(*REDRIVE, letters[0], "--wait")
        command(*DISCARD, letters[0], *APPROVER, *WHY, "--yes", "--wait")

    found = command("explain", letters[0], "--json").json

    assert [(each["action"], each["outcome"]) for each in found["requests"]] == [
        ("REDRIVE", "TAKEN"),
        ("DISCARD", "TAKEN"),
    ]
    assert found["requests"][1]["approved_by"] == "supervisor:s-2"
    assert found["dead_letter"][0]["state"] == "DISCARDED"


@pytest.mark.promise("P10")
def test_each_change_of_a_dead_letter_is_told_with_the_role_of_who_asked(
    world: World, letters: list[str], command: Command
) -> None:
    with world.serving("hhs-intake", "relay"):
        command(*DISCARD, letters[0], *APPROVER, *WHY, "--yes", "--wait")
        world.until(
            "SELECT confirmed_sequence FROM hhs.outbox_position JOIN hhs.outbox_stream"
            " USING (stream_id) WHERE topic = 'dlq.hhs-intake.v1'",
            3,
        )

    told = command(
        "events", "tail", "dlq.hhs-intake.v1", "--from-beginning", "--limit", "3", "--json",
        "--reveal",
    )  # fmt: skip

    last = told.out.splitlines()[-1]
    assert '"state": "DISCARDED"' in last
    assert '"actor_role": "operator"' in last
