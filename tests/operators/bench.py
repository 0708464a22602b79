"""A running bus that is watched: services as processes, Prometheus, Alertmanager, webhooks."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from bus.local.service_process import ServiceProcess
from bus.local.waiting import wait_until
from bus.scenarios.running import create_database, remove
from bus.settings import Settings
from bus.storage.migrations import migrate
from tests.integration.tracker.world import World
from tests.operators.notifications import Notifications, receiving
from tests.operators.watching import alertmanager, prometheus, write_targets
from tests.stack import Cluster

SERVICES = {
    "tracker": ("tracker", "relay"),
    "hhs-intake": ("hhs-intake",),
    "gate": ("gate",),
    "monitor": ("monitor",),
}
"""The processes by name, with the services that each runs."""

LIMIT_SECONDS = 60.0


@dataclass
class Bench:
    """The bus, and whoever is told of it. Everything in it can be broken and mended."""

    world: World
    directory: Path
    notifications: Notifications
    running: dict[str, ServiceProcess] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a process of services, and let Prometheus know where it answers."""
        log = self.directory / f"{name}-{uuid4().hex[:4]}.log"
        self.running[name] = ServiceProcess(self.world.settings, SERVICES[name], log)
        self.running[name].await_ready(LIMIT_SECONDS)
        write_targets(self.directory, [each.url for each in self.running.values()])

    def stop(self, name: str) -> None:
        """Stop a process; it stays among what Prometheus looks at."""
        self.running[name].stop()

    def end(self) -> None:
        """Stop every process that still runs."""
        for each in self.running.values():
            if each.process.poll() is None:
                each.stop()

    def bus(self, *words: str) -> str:
        """Run a command that has to succeed; return what it printed."""
        outcome = self.world.bus(*words)
        assert outcome.code == 0, outcome.err
        return outcome.out

    def await_canary(self) -> None:
        """Wait until the monitor has seen a canary come through."""
        seen = re.compile(r"^bus_canary_last_seen_timestamp_seconds [1-9]", re.MULTILINE)
        assert wait_until(lambda: seen.search(self._metrics("monitor")) is not None, LIMIT_SECONDS)

    def _metrics(self, name: str) -> str:
        with urllib.request.urlopen(f"{self.running[name].url}/metrics", timeout=10) as answer:
            text: str = answer.read().decode()
        return text


@contextmanager
def watched_bus(cluster: Cluster, directory: Path) -> Iterator[Bench]:
    """Give a bus that is sound and watched; take it away afterwards."""
    run = f"operators_{uuid4().hex[:8]}"
    settings = Settings(
        bootstrap=cluster.bootstrap,
        database_url=create_database(cluster.database_url, run),
        topic_prefix=f"{run}.",
        session_timeout=1.5,
        backoff_limit=0.2,
        monitor_interval=1.0,
        canary_interval=2.0,
        disks="",  # how full this machine is isn't the test's matter
    )
    world = World(settings)
    try:
        asyncio.run(migrate(settings.database_url))
        world.prepare()
        with ExitStack() as ending:
            notifications = ending.enter_context(receiving())
            bench = Bench(world, directory, notifications)
            ending.callback(bench.end)
            for name in SERVICES:
                bench.start(name)
            bench.await_canary()
            told = ending.enter_context(alertmanager(directory, notifications.url))
            ending.enter_context(prometheus(directory, told))
            yield bench
    finally:
        remove(settings, cluster.database_url, run)
