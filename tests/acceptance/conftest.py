"""A bus on which README.md was followed: its program has published, its service is running."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import consumers
from bus import topics
from bus.local.service_process import bus_command, environment_of
from bus.scenarios.running import create_database, remove
from bus.settings import Settings
from bus.storage.connections import session_options
from tests.acceptance import readme
from tests.integration.tracker.world import World
from tests.stack import Cluster

COMMAND_LIMIT_SECONDS = 120.0
SERVICES = ("tracker", "hhs-intake", "relay", "hhs-places")


@pytest.fixture(scope="module")
def subscriber(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Install the README's subscriber, as its module, its entry point and its group."""
    place = tmp_path_factory.mktemp("subscriber")
    (place / "hhs_places.py").write_text(readme.code("python", "consumers/hhs_places.py"))
    write_entry_points(place / "readme_example-1.dist-info")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consumers, "__path__", [*consumers.__path__, str(place)])
        patch.syspath_prepend(str(place))
        patch.setitem(topics.GROUPS, "hhs-places", "hhs")
        topics.catalogue.cache_clear()
        yield
    topics.catalogue.cache_clear()


def write_entry_points(directory: Path) -> None:
    """Write the metadata of a package that has the README's entry points."""
    declared = tomllib.loads(readme.code("toml", "pyproject.toml"))["project"]["entry-points"]
    lines = [
        line
        for group, points in declared.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    directory.mkdir()
    (directory / "METADATA").write_text("Metadata-Version: 2.1\nName: readme-example\nVersion: 1\n")
    (directory / "entry_points.txt").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def followed(
    cluster: Cluster, subscriber: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Give the bus, set up by the README's commands, with the README's notice on it."""
    run = f"readme_{uuid.uuid4().hex[:8]}"
    settings = Settings(
        bootstrap=cluster.bootstrap,
        database_url=create_database(cluster.database_url, run),
        topic_prefix=f"{run}.",
        session_timeout=1.5,
        backoff_limit=0.2,
    )
    world = World(settings)
    try:
        set_up(world)
        with world.serving(*SERVICES):
            run_program(world, tmp_path_factory.mktemp("publisher") / "announce.py")
            yield world
    finally:
        remove(settings, cluster.database_url, run)


def set_up(world: World) -> None:
    """Run the commands that create tables and topics, and the subscriber's own migration."""
    for command in readme.commands("serve all"):
        if command.words[0] != "serve":
            outcome = world.bus(*command.words)
            assert outcome.code == 0, outcome.err
    migration = readme.code("sql", "consumers/migrations/hhs/0003_places.sql")
    url, options = world.settings.database_url, session_options("hhs")
    with psycopg.connect(url, autocommit=True, options=options) as connection:
        connection.execute(migration.encode())


def run_program(world: World, file: Path) -> None:
    """Run the README's publisher, as a developer would."""
    file.write_text(readme.code("python", file.name))
    done = subprocess.run(
        [sys.executable, file],
        env=world.environment(),
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def run_command(settings: Settings, command: readme.Command) -> subprocess.CompletedProcess[str]:
    """Run one of the README's commands as a process of its own."""
    return subprocess.run(
        [bus_command(), *command.words],
        env=environment_of(settings),
        input=command.stdin,
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT_SECONDS,
        check=False,
    )
