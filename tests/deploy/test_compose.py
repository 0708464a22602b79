"""deploy/compose: of the form that Docker asks for, and of things that there are.

No engine runs here, so no container is started.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bus.services import service_names
from bus.settings import Settings
from tests.stack import KAFKA_IMAGE, POSTGRES_IMAGE

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "deploy/compose/compose.yaml"


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def test_it_has_the_form_that_docker_asks_for() -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    done = subprocess.run([*checker, COMPOSE], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_every_service_of_the_bus_is_in_it(services: dict[str, dict[str, Any]]) -> None:
    commands = [each["command"] for each in services.values() if "command" in each]

    assert sorted(name for verb, name in commands if verb == "serve") == service_names()


def test_it_sets_nothing_that_is_no_setting(services: dict[str, dict[str, Any]]) -> None:
    known = {f"BUS_{field.upper()}" for field in Settings.model_fields}

    given = {name for each in services.values() for name in each.get("environment", {})}

    assert {name for name in given if name.startswith("BUS_")} <= known


def test_every_folder_that_it_shows_to_a_container_exists(
    services: dict[str, dict[str, Any]],
) -> None:
    mounts = [mount for each in services.values() for mount in each.get("volumes", ())]
    folders = [mount.split(":")[0] for mount in mounts if mount.startswith(".")]

    assert folders
    assert [each for each in folders if not (COMPOSE.parent / each).is_dir()] == []


def test_kafka_and_postgres_are_those_of_the_tests(services: dict[str, dict[str, Any]]) -> None:
    brokers = {each["image"] for name, each in services.items() if name.startswith("kafka")}

    assert (brokers, services["postgres"]["image"]) == ({KAFKA_IMAGE}, POSTGRES_IMAGE)


def test_every_file_that_the_image_is_made_of_exists() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", (COMPOSE.parent / "Dockerfile").read_text(), re.M)

    paths = [path for line in copied for path in line.split()]
    assert "requirements/run.txt" in paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_image_has_what_the_tests_have_run_with() -> None:
    locked = {name: locks(ROOT / f"requirements/{name}.txt") for name in ("run", "dev")}

    assert locked["run"]
    assert locked["run"] <= locked["dev"]


def locks(path: Path) -> set[tuple[str, str]]:
    """Return the names and versions that a lock file states."""
    return set(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.M))
