"""One bus under test: its own topics and database, two workers, a relay, a load, a history.

The brokers, the database server, the network and the disk are shared by all arenas of a run.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from bus.clock import FileClock
from bus.errors import UnavailableError
from bus.local.stack import Addresses, Server, Stack
from bus.local.waiting import wait_until
from bus.settings import Settings
from bus.storage.migrations import migrate
from bus.topic_admin import create_topics, delete_topics
from bus.topics import OWNERS, catalogue
from tests.chaos.checker import Verdict, check
from tests.chaos.disk import Disk
from tests.chaos.network import Network
from tests.chaos.quiet import Quiet
from tests.chaos.recording import Recorder
from tests.chaos.workload import Load
from tests.integration.processes import Victim

BROKERS = 3
WORKER = ("hhs-intake", "tracker")
LIMIT_SECONDS = 120.0  # as long as a rebalance may take, twice
APPLIED = "SELECT coalesce(max(number), 0) FROM chaos.effect"


class ImpossibleError(Exception):
    """A fault can't be caused on this machine; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What arenas stand on. `disk` is a reason where no disk could be had.

    `lock_seconds` is how long a lock is held that nobody can work without.
    """

    stack: Stack
    addresses: Addresses
    network: Network
    disk: Disk | str
    directory: Path
    lock_seconds: float

    def repair(self) -> None:
        """Undo whatever a fault that was broken off has left."""
        for number in range(1, BROKERS + 1):
            self.stack.thaw(Server.KAFKA, number)
        self.stack.up()
        self.network.restore()
        if isinstance(self.disk, Disk):
            self.disk.free()


class Arena:
    """A bus that is at work, until it is closed. Whoever of its processes is killed is replaced.

    `load` is there while a round is played.
    """

    def __init__(self, ground: Ground, chance: random.Random) -> None:
        self.ground = ground
        self.stack = ground.stack
        self.chance = chance
        name = f"chaos_{uuid.uuid4().hex[:8]}"
        self.settings = Settings(
            bootstrap=ground.addresses.bootstrap,
            database_url=_url_of(ground.addresses.database_url, name),
            topic_prefix=f"{name}.",
            session_timeout=1.5,
            backoff_limit=0.2,
        )
        self.recorder = Recorder(self.settings)
        self.load: Load | None = None
        self.workers: list[Victim] = []
        self._numbers = itertools.count(1)
        self._database = name
        self._clock_file = ground.directory / f"{name}.clock"
        self._logs = ground.directory
        self._relays: list[Victim] = []

    @property
    def relay(self) -> Victim:
        """The relay that works now."""
        return self._relays[-1]

    @property
    def clock(self) -> FileClock:
        """The business clock of services that were started with a simulated one."""
        return FileClock(self._clock_file)

    def open(self) -> None:
        """Make topics and schemas, and start the services."""
        self._create_database()
        create_topics(self.settings.bootstrap, self.settings.names, list(catalogue().values()))
        self.recorder.install()
        self._relays.append(self._start("relay"))
        self.workers += [self.start_worker(), self.start_worker()]
        for each in (self.relay, *self.workers):
            each.await_ready(LIMIT_SECONDS)

    def close(self) -> None:
        """End every process; remove database and topics, which every broker start would open."""
        for each in (*self._relays, *self.workers):
            each.end()
        with psycopg.connect(self.ground.addresses.database_url, autocommit=True) as server:
            name = sql.Identifier(self._database)
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        delete_topics(self.settings.bootstrap, self.settings.names, list(catalogue().values()))

    @contextmanager
    def loaded(self) -> Iterator[Load]:
        """Publish until the block ends."""
        attempts = self.recorder.history.attempts
        with Load(self.settings.database_url, self, attempts) as self.load:
            yield self.load
        self.load = None

    def now(self) -> datetime:
        """Return business time, as the services have it now."""
        return self.settings.clock().now()

    def start_worker(self) -> Victim:
        """Start another worker; every second one reaches the brokers through the proxies."""
        return self._start(*WORKER)

    def replace_worker(self, worker: Victim) -> Victim:
        """Start another worker in the place of one that is gone."""
        self.workers.remove(worker)
        self.workers.append(self.start_worker())
        return self.workers[-1]

    def replace_relay(self) -> None:
        """Start another relay in the place of the one that is gone."""
        self._relays.append(self._start("relay"))

    def restart(self, *, is_simulated: bool) -> None:
        """End every service cleanly and start others, with real or with simulated time."""
        simulation: dict[str, object] = {"clock_file": None, "local_cluster_id": None}
        if is_simulated:
            simulation["clock_file"] = self._clock_file
            simulation["local_cluster_id"] = self.ground.addresses.cluster_id
        self.settings = self.settings.model_copy(update=simulation)
        for each in (self.relay, *self.workers):
            assert each.stop() == 0, each.log[-2000:]
        self.replace_relay()
        for worker in list(self.workers):
            self.replace_worker(worker)

    def until(self, holds: Callable[[], bool], what: str, limit: float = LIMIT_SECONDS) -> None:
        """Return when the condition holds; fail at the limit, with how the services are.

        A database or a broker that gives no answer is asked again.
        """

        def holds_now() -> bool:
            try:
                return holds()
            except (psycopg.OperationalError, UnavailableError):
                return False

        if not wait_until(holds_now, limit):
            raise AssertionError(f"{what}: not within {limit:.0f} s\n{self._describe()}")

    def until_applied(self, more: int) -> None:
        """Return when so many more effects were seen."""
        start = self._last_effect()
        self.until(lambda: self._last_effect() >= start + more, f"{more} more effects")

    def until_committed(self, more: int) -> None:
        """Return when the load has committed so many more events."""
        load = self.load
        assert load is not None
        start = load.committed
        self.until(lambda: load.committed >= start + more, f"{more} more events committed")

    def settle(self) -> None:
        """Return when everything that was published has reached everybody, and nothing moves."""
        quiet = Quiet(self.settings)
        self.until(quiet.is_quiet, "the bus comes to rest")
        for each in (self.relay, *self.workers):
            assert each.process.poll() is None, f"a service ended by itself\n{each.log[-4000:]}"

    def judge(self) -> Verdict:
        """Judge everything that has happened here so far. The bus must be at rest."""
        return check(self.recorder.update())

    def ask(self, query: str, *values: object) -> object:
        """Return the one value of a query."""
        with psycopg.connect(self.settings.database_url, autocommit=True) as connection:
            row = connection.execute(query, values).fetchone()
        assert row is not None
        return row[0]

    def _last_effect(self) -> int:
        return int(str(self.ask(APPLIED)))

    def _start(self, *names: str) -> Victim:
        number = next(self._numbers)
        settings = self.settings
        if number % 2 == 0:
            settings = settings.model_copy(update={"bootstrap": self.ground.network.bootstrap})
        return Victim(settings, self._logs / f"{self._database}-{number}.log", *names)

    def _create_database(self) -> None:
        name, space = sql.Identifier(self._database), sql.SQL("")
        with psycopg.connect(self.ground.addresses.database_url, autocommit=True) as server:
            if isinstance(self.ground.disk, Disk):
                space = sql.SQL("TABLESPACE small")
            server.execute(sql.SQL("CREATE DATABASE {} {}").format(name, space))
        # In a thread of its own: a loop made here would take the place of pytest-asyncio's.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(migrate(self.settings.database_url, OWNERS))).result()

    def _describe(self) -> str:
        lines = [
            f"{each.process.args!r}: exit {each.process.poll()}, {each.readiness()}\n"
            f"{each.log[-1500:]}"
            for each in (self.relay, *self.workers)
        ]
        return "\n".join(lines)


def _url_of(server_url: str, database: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{database}"))
