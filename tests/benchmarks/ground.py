"""What the benchmark stands on: one broker, one database server, topics full of records.

The stack is durable, as the bus's own is: a commit waits for the disk.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from psycopg import sql

from bus.local.settings import default_directory
from bus.local.stack import Stack
from bus.storage.migrations import migrate
from bus.topic_admin import create_topics, delete_topics
from bus.topics import OWNERS, Names, catalogue
from consumers.hhs_intake import subscription
from tests.benchmarks.records import TOPIC
from tests.stack import local_jars, run_id

PARTITIONS = 4
TEMPLATE = "bench_template"
ADMIN_LIMIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Ground:
    """The servers' addresses, and a directory for logs."""

    bootstrap: str
    server_url: str
    directory: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def make_topics(self, prefix: str, *, partitions: int = PARTITIONS) -> None:
        """Make what hhs-intake reads and writes, its records' topic with so many partitions."""
        names = Names(prefix)
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        topic = NewTopic(names.on_broker(TOPIC), partitions, 1)
        admin.create_topics([topic])[topic.topic].result(ADMIN_LIMIT_SECONDS)
        wanted = [each for each in catalogue().values() if each.name in subscription().topics]
        create_topics(self.bootstrap, names, wanted)

    def remove_topics(self, prefix: str) -> None:
        """Remove what `make_topics` made."""
        wanted = [each for each in catalogue().values() if each.name in subscription().topics]
        delete_topics(self.bootstrap, Names(prefix), wanted)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the address of a migrated, empty database."""
        name = f"bench_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, TEMPLATE)
        try:
            yield url_of(self.server_url, name)
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def make_template(self) -> None:
        """Make the database that every other one begins as."""
        self._execute("CREATE DATABASE {}", TEMPLATE)
        url = url_of(self.server_url, TEMPLATE)
        asyncio.run(migrate(url, OWNERS))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(Path(__file__).with_name("tables.sql").read_bytes())

    def _execute(self, statement: str, *names: str) -> None:
        identifiers = (sql.Identifier(name) for name in names)
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*identifiers))


@contextmanager
def ground() -> Iterator[Ground]:
    """Start a stack of this run's own; stop and remove it at the end."""
    directory = default_directory() / "benchmarks" / run_id()
    stack = Stack(directory / "stack", jars=local_jars())
    try:
        addresses = stack.up()
        own = Ground(addresses.bootstrap, addresses.database_url, directory)
        own.make_template()
        yield own
    finally:
        stack.reset()
        shutil.rmtree(directory, ignore_errors=True)


def url_of(server_url: str, database: str) -> str:
    """Return the address of another database of the same server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{database}"))
