"""The real command: exit codes, JSON on stdout, errors on stderr. Each test costs a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
import psycopg
import pytest

from bus.topics import OWNERS
from tests.integration.commands.conftest import CUSTODY, Command, Worked, command_on
from tests.integration.tracker.world import World


@pytest.mark.promise("P2")
def test_a_sound_audit_ends_with_0_and_says_so_in_json(worked: Worked) -> None:
    outcome = worked.world.bus("audit", "--json")

    found = outcome.json
    assert (outcome.code, found["is_sound"], found["faults"]) == (0, True, [])
    assert {each["group"] for each in found["accounts"]} == {"hhs-intake", "tracker"}
    for account in found["accounts"]:
        explained = ("applied", "duplicates", "dead_lettered", "held", "gaps")
        passed = account["next_offset"] - account["first_offset"]
        assert passed == sum(account[name] for name in explained)
        assert account["unread"] == 0
    assert {each["unsent"] for each in found["outboxes"]} == {0}


@pytest.mark.promise("P2")
def test_an_audit_with_a_fault_ends_with_1_and_names_the_offsets(world: World) -> None:
    with world.serving("hhs-intake"):
        pass
    statement = "UPDATE consumer_position SET next_offset = 3 WHERE topic = %s RETURNING 1"
    world.query(f"{statement}", CUSTODY, owner="hhs")

    outcome = world.bus("audit", "--group", "hhs-intake")

    assert outcome.code == 1
    assert f"MISSING  hhs-intake/{CUSTODY}/0 account 1: offsets without a standing: 0 to 2" in (
        outcome.out
    )
    assert "not everything is explained" in outcome.err


def test_a_database_that_is_away_ends_with_5_and_an_error_in_json(worked: Worked) -> None:
    nowhere = "postgresql://bus:s3cret@127.0.0.1:1/bus"

    outcome = worked.world.bus("audit", "--json", BUS_DATABASE_URL=nowhere)

    error = json.loads(outcome.err)
    assert (outcome.code, error["exit_code"], outcome.out) == (5, 5, "")
    assert "can't be reached" in error["message"]
    assert "BUS_DATABASE_URL" in error["message"]
    assert "`bus local up`" in error["message"]
    assert "s3cret" not in outcome.err


@pytest.mark.parametrize("url", ["nonsense", "postgresql://bus:s3cret@127.0.0.1/bus?s3cret=1"])
def test_what_is_no_address_of_a_database_ends_with_2_and_the_variables_name(
    worked: Worked, url: str
) -> None:
    outcome = worked.world.bus("audit", BUS_DATABASE_URL=url)

    assert (outcome.code, outcome.out) == (2, "")
    assert "BUS_DATABASE_URL" in outcome.err
    assert "postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in outcome.err
    assert "s3cret" not in outcome.err


def test_a_closed_pipe_is_quiet(worked: Worked) -> None:
    program = [sys.executable, "-c", "from bus.cli import main; main()"]
    tail = ["events", "tail", CUSTODY, "--from-beginning", "--limit", "4"]

    with subprocess.Popen(
        [*program, *tail],
        env=worked.world.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()

    assert (process.returncode, errors) == (141, b"")


def test_services_answer_for_their_health_until_they_are_told_to_stop(worked: Worked) -> None:
    program = [sys.executable, "-c", "from bus.cli import main; main()", "serve", "relay"]
    environment = worked.world.environment(BUS_LOG_FORMAT="json")

    with subprocess.Popen(program, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = json.loads(process.stderr.readline())
        health = httpx.get(f"http://{line['host']}:{line['port']}/healthz", timeout=10)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)

    assert (line["event"], line["services"], health.status_code) == ("bus.serving", ["relay"], 200)
    assert process.returncode == 0
    assert "Traceback" not in errors


@pytest.fixture
def empty(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs commands on a database without any schema."""
    with psycopg.connect(world.settings.database_url, autocommit=True) as connection:
        for owner in OWNERS:
            connection.execute(f"DROP SCHEMA {owner} CASCADE".encode())
    return command_on(world.settings, monkeypatch, capsys)


def test_migrations_run_once_and_say_which(empty: Command) -> None:
    first = empty("migrate", "--owner", "hhs", "--owner", "bus", "--json").json
    again = empty("migrate", "--owner", "hhs", "--owner", "bus")
    other = empty("migrate", "--owner", "doj")

    assert "hhs: bus.storage.migrations.every/0001_publishing.sql" in first["ran"]
    assert "bus: bus.storage.migrations.bus/0001_tracker.sql" in first["ran"]
    assert not any(name.startswith("doj") for name in first["ran"])
    assert again.out == "Every schema is up to date.\n"
    assert "doj: bus.storage.migrations.every/0002_consuming.sql\n" in other.out


def test_without_migrations_a_command_names_the_one_that_helps(empty: Command) -> None:
    outcome = empty("audit")

    assert outcome.code == 5
    assert "bus migrate" in outcome.err


RESET = ("positions", "reset", "hhs-intake", CUSTODY, "0", "--reason", "a test")


@pytest.fixture
def resettable(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs commands where hhs-intake has claimed its partitions."""
    with world.serving("hhs-intake"):
        pass
    return command_on(world.settings, monkeypatch, capsys)


def test_a_reset_tells_what_it_did(resettable: Command) -> None:
    actor = ("--actor", "operator:o-4")

    done = resettable(*RESET, *actor, "--to", "end", "--yes", "--json").json

    assert (done["closed_account"], done["account"], done["next_offset"]) == (1, 2, 0)
    assert done["gaps"] == []


def test_a_reset_that_is_not_asked_for_rightly_does_nothing(
    world: World, resettable: Command
) -> None:
    actor = ("--actor", "operator:o-4")
    wrong = {
        "nobody to ask": (*actor, "--to", "end"),
        "no actor": ("--actor", "operator", "--to", "end", "--yes"),
        "beyond the log": (*actor, "--to", "7", "--yes"),
        "no such option": (*actor, "--to", "end", "--yes", "--nonsense"),
    }

    codes = {name: resettable(*RESET, *options).code for name, options in wrong.items()}

    assert codes == dict.fromkeys(wrong, 2)
    assert world.query("SELECT max(number) FROM consumer_account", owner="hhs") == [(1,)]
