"""A broker and a database for each test that asks. Nothing is started for the others."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest
import structlog
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from psycopg import sql

from bus.storage.migrations import migrate
from bus.topics import OWNERS
from tests.stack import Cluster, provided_cluster, unless_unavailable

pytest_plugins = ["tests.workers"]

ADMIN_LIMIT_SECONDS = 30.0

# How long an example takes says more of the machine than of the bus: no test fails by it.
hypothesis.settings.register_profile("bus", deadline=None)
hypothesis.settings.load_profile("bus")


# Into pytest's own log, and never between the lines of a command that a test runs in process.
structlog.configure(
    processors=[structlog.processors.KeyValueRenderer(key_order=["event"])],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
)


class MakeTopic(Protocol):
    """Create a topic under the test's prefix, and return its full name."""

    def __call__(self, name: str, partitions: int = 1, **config: str) -> str: ...


@pytest.fixture(scope="session")
def cluster(run: str) -> Iterator[Cluster]:
    """Give the run's broker and database server, which no test may stop: others use them."""
    with unless_unavailable(provided_cluster(os.environ, run)) as found:
        yield found


@pytest.fixture(scope="session")
def bootstrap(cluster: Cluster) -> str:
    """Give the address of the run's broker."""
    return cluster.bootstrap


@pytest.fixture(scope="session")
def cluster_id(cluster: Cluster) -> str:
    """Give the id of the run's cluster: the one that a simulated clock may reach."""
    return cluster.cluster_id


@pytest.fixture(scope="session")
def database_template(cluster: Cluster) -> Iterator[str]:
    """Give the name of a database with every owner's schema, to copy."""
    with migrated_database(cluster) as name:
        yield name


@contextmanager
def migrated_database(cluster: Cluster) -> Iterator[str]:
    """Make a database with every owner's schema, and give its name."""
    name = f"bus_template_{uuid.uuid4().hex[:12]}"
    _execute(cluster, "CREATE DATABASE {}", name)
    # In a thread of its own: a loop made here would take the place of pytest-asyncio's.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(migrate(url_of(cluster, name), OWNERS))).result()
    yield name
    _execute(cluster, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def database_url(cluster: Cluster, database_template: str) -> Iterator[str]:
    """Give a migrated, empty database that is this test's own."""
    with _copied(cluster, database_template) as url:
        yield url


@pytest.fixture(scope="session")
def shared_database_url(cluster: Cluster, database_template: str) -> Iterator[str]:
    """Give a migrated database for tests that keep apart by themselves, each in its own group."""
    with _copied(cluster, database_template) as url:
        yield url


@contextmanager
def _copied(cluster: Cluster, template: str) -> Iterator[str]:
    name = f"bus_test_{uuid.uuid4().hex[:12]}"
    _execute(cluster, "CREATE DATABASE {} TEMPLATE {}", name, template)
    yield url_of(cluster, name)
    _execute(cluster, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture(scope="session")
def kafka_admin(bootstrap: str) -> AdminClient:
    """Give a client for administration of the run's broker."""
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


@pytest.fixture
def topic_prefix(kafka_admin: AdminClient) -> Iterator[str]:
    """Give a prefix for this test's topics and groups; its topics are removed afterwards."""
    prefix = f"t{uuid.uuid4().hex[:8]}."
    yield prefix
    topics = [name for name in _topic_names(kafka_admin) if name.startswith(prefix)]
    if topics:
        for removed in kafka_admin.delete_topics(topics).values():
            removed.result(ADMIN_LIMIT_SECONDS)


@pytest.fixture
def make_topic(kafka_admin: AdminClient, topic_prefix: str) -> MakeTopic:
    """Give a function that creates a topic under the prefix."""

    def make(name: str, partitions: int = 1, **config: str) -> str:
        topic = NewTopic(
            f"{topic_prefix}{name}",
            num_partitions=partitions,
            replication_factor=1,
            config={key.replace("_", "."): value for key, value in config.items()},
        )
        kafka_admin.create_topics([topic])[topic.topic].result(ADMIN_LIMIT_SECONDS)
        return topic.topic

    return make


def _topic_names(admin: AdminClient) -> list[str]:
    return list(admin.list_topics(timeout=ADMIN_LIMIT_SECONDS).topics)


def _execute(cluster: Cluster, statement: str, *names: str) -> None:
    identifiers = (sql.Identifier(name) for name in names)
    with psycopg.connect(cluster.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*identifiers))


def url_of(cluster: Cluster, database: str) -> str:
    """Return the address of a database of the cluster's server."""
    return urlunsplit(urlsplit(cluster.database_url)._replace(path=f"/{database}"))
