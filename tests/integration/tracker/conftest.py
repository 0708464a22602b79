"""One running bus for all tests that don't stop anything; one of its own for each that does."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from confluent_kafka.admin import AdminClient
from psycopg import sql

from bus.settings import Settings
from tests.integration.tracker.world import World
from tests.stack import Cluster


def settings_of(bootstrap: str, database_url: str, prefix: str) -> Settings:
    return Settings(
        bootstrap=bootstrap,
        database_url=database_url,
        topic_prefix=prefix,
        session_timeout=1.5,
        backoff_limit=0.2,
    )


@pytest.fixture(scope="package")
def running(cluster: Cluster, database_template: str, kafka_admin: AdminClient) -> Iterator[World]:
    """Give a bus on which tracker, HHS intake and relay are running."""
    name = f"bus_tracker_{uuid.uuid4().hex[:12]}"
    url = urlunsplit(urlsplit(cluster.database_url)._replace(path=f"/{name}"))
    prefix = f"t{uuid.uuid4().hex[:8]}."
    with psycopg.connect(cluster.database_url, autocommit=True) as connection:
        identifiers = sql.Identifier(name), sql.Identifier(database_template)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*identifiers))
    world = World(settings_of(cluster.bootstrap, url, prefix))
    world.prepare()
    with world.serving("tracker", "hhs-intake", "relay"):
        yield world
    with psycopg.connect(cluster.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    topics = [
        each for each in kafka_admin.list_topics(timeout=30).topics if each.startswith(prefix)
    ]
    for removed in kafka_admin.delete_topics(topics).values():
        removed.result(30)


@pytest.fixture
def world(bootstrap: str, database_url: str, topic_prefix: str) -> World:
    """Give a bus of this test's own, on which nothing is running yet."""
    world = World(settings_of(bootstrap, database_url, topic_prefix))
    world.prepare()
    return world
