"""`bus local` as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bus.local.stack import Server, Stack


def bus_local(
    directory: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BUS_")}
    return subprocess.run(
        [sys.executable, "-m", "bus.local", *arguments],
        env=environment | {"BUS_LOCAL_DIR": str(directory)} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_status_of_nothing_says_down_and_exits_5(tmp_path: Path) -> None:
    done = bus_local(tmp_path, "status", "--json")

    assert done.returncode == 5
    assert json.loads(done.stdout)["kafka"] == "down"


def test_down_of_nothing_is_no_fault(tmp_path: Path) -> None:
    done = bus_local(tmp_path, "down")

    assert done.returncode == 0
    assert done.stdout == "Nothing was running.\n"


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (("up", "--kafka-port", "70000"), {}),
        (("up",), {"BUS_LOCAL_KAFKA_PORT": "many"}),
        (("sideways",), {}),
    ],
)
def test_what_can_not_be_understood_exits_2(
    tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str]
) -> None:
    done = bus_local(tmp_path, *arguments, **variables)

    assert done.returncode == 2
    assert done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_running_stack_is_found_by_another_process(own_stack: Stack) -> None:
    addresses = own_stack.up()

    again = bus_local(own_stack.directory, "status")

    assert again.returncode == 0
    assert f"BUS_BOOTSTRAP={addresses.bootstrap}\n" in again.stdout
    assert f"BUS_DATABASE_URL={addresses.database_url}\n" in again.stdout


def test_what_up_started_survives_its_end_and_down_stops_it(own_stack: Stack, jars: Path) -> None:
    own_stack.down()
    (own_stack.directory / "jars").symlink_to(jars)

    up = bus_local(own_stack.directory, "up", "--json")
    still_running = own_stack.status().is_up
    down = bus_local(own_stack.directory, "down", "--json")

    assert up.returncode == 0, up.stderr
    assert json.loads(up.stdout)["started"] == list(Server)
    assert still_running
    assert json.loads(down.stdout) == {"stopped": list(Server)}
    (own_stack.directory / "jars").unlink()
