"""Fixtures for tests of the commands: real broker, real database, services that are running."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from confluent_kafka.admin import AdminClient
from psycopg import sql

from bus.cli.app import run
from bus.events import Mode
from bus.publishing.entries import Published
from bus.settings import Settings
from tests.integration.consuming.harness import Bench
from tests.integration.tracker.world import Outcome, World, new_policy
from tests.records import RawRecord, custody_data, custody_record, raw_record
from tests.stack import Cluster

CUSTODY = "dhs.custody-event.v1"


@pytest.fixture
def settings(bootstrap: str, database_url: str, topic_prefix: str) -> Settings:
    """Give the settings of a command under test."""
    return settings_of(bootstrap, database_url, topic_prefix)


def settings_of(bootstrap: str, database_url: str, prefix: str) -> Settings:
    """Return settings with short limits."""
    return Settings(
        bootstrap=bootstrap,
        database_url=database_url,
        topic_prefix=prefix,
        session_timeout=1.5,
        backoff_limit=0.2,
    )


@pytest.fixture
def world(settings: Settings) -> World:
    """Give a bus of this test's own, on which nothing is running yet."""
    world = World(settings)
    world.prepare()
    return world


@pytest.fixture
async def bench(settings: Settings) -> Bench:
    """Give a topic and a group of this test's own."""
    bench = Bench(settings)
    await bench.prepare()
    return bench


@dataclass(frozen=True)
class Worked:
    """A bus after some work, and what its events were. Nothing runs on it any more."""

    world: World
    policy: str
    notice: Published
    unannounced: str
    citing: Published
    repeated: RawRecord
    bad: RawRecord


@pytest.fixture(scope="package")
def worked(cluster: Cluster, database_template: str, kafka_admin: AdminClient) -> Iterator[Worked]:
    """Give a bus on which every kind of thing has happened once."""
    name = f"bus_commands_{uuid.uuid4().hex[:8]}"
    url = urlunsplit(urlsplit(cluster.database_url)._replace(path=f"/{name}"))
    with psycopg.connect(cluster.database_url, autocommit=True) as server:
        identifiers = sql.Identifier(name), sql.Identifier(database_template)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*identifiers))
        world = World(settings_of(cluster.bootstrap, url, f"{name}."))
        world.prepare()
        yield work(world)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifiers[0]))
    topics = [each for each in kafka_admin.list_topics(timeout=30).topics if each.startswith(name)]
    for removed in kafka_admin.delete_topics(topics).values():
        removed.result(30)


def work(world: World) -> Worked:
    """Announce a policy, cite another, repeat a record, and send one that can't be read."""
    policy, unannounced = new_policy(), new_policy()
    repeated = custody_record()
    bad = raw_record(custody_data(), value=b"not avro").adding("x-note", b"about a child")
    with world.serving("tracker", "hhs-intake", "relay"):
        notice = world.announce(policy)
        citing = world.publish(CUSTODY, custody_data(policy_id=unannounced), Mode.ACTUAL)
        world.produce([repeated, bad, repeated], partition=0)
        world.until_state(policy, record="SOUND", lead="KEPT")
        world.until_state(unannounced, record="UNKNOWN")
        world.until("SELECT count(*) FROM duplicate", 1)
        world.until("SELECT count(*) FROM hhs.duplicate", 1)
        world.until("SELECT count(*) FROM hhs.dead_letter", 1)
        world.until(UNSENT, 0)
    return Worked(world, policy, notice, unannounced, citing, repeated, bad)


UNSENT = " + ".join(
    f"(SELECT count(*) FROM {owner}.outbox_stream LEFT JOIN {owner}.outbox_position"
    " USING (stream_id) WHERE last_sequence IS DISTINCT FROM confirmed_sequence)"
    for owner in ("dhs", "doj", "hhs", "bus")
)
UNSENT = f"SELECT {UNSENT}"


class Command(Protocol):
    """Run a command in this process, on the bus that has worked."""

    def __call__(self, *arguments: str) -> Outcome: ...


@pytest.fixture
def command(
    worked: Worked, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs a command."""
    return command_on(worked.world.settings, monkeypatch, capsys)


def command_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Return a function that runs commands with these settings."""
    monkeypatch.setenv("BUS_BOOTSTRAP", settings.bootstrap)
    monkeypatch.setenv("BUS_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("BUS_TOPIC_PREFIX", settings.topic_prefix)

    def run_command(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = run(arguments)
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return run_command
