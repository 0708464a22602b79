"""A telling's run: topics, database and clock of its own, services started, all removed again."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from bus.clock import FileClock
from bus.local.service_process import ServiceProcess
from bus.local.stack import Addresses
from bus.scenarios import Telling
from bus.scenarios.stage import Line, Stage
from bus.settings import Settings
from bus.storage.migrations import migrate
from bus.topic_admin import create_topics, delete_topics
from bus.topics import catalogue

SESSION_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Ground:
    """Where tellings are played: the local stack, and a directory for clocks and logs."""

    addresses: Addresses
    directory: Path


@asynccontextmanager
async def prepared(
    telling: Telling, ground: Ground, show: Callable[[Line], None]
) -> AsyncIterator[Stage]:
    """Give a stage on which the services run; take everything away afterwards.

    Business time begins at the telling's beginning.
    """
    run = f"{telling.name}-{uuid4().hex[:8]}"
    directory = ground.directory / run
    directory.mkdir(parents=True)
    clock = FileClock(directory / "clock")
    clock.advance(telling.begins)
    settings = Settings(
        bootstrap=ground.addresses.bootstrap,
        database_url=await asyncio.to_thread(create_database, ground.addresses.database_url, run),
        topic_prefix=f"{run}.",
        clock_file=directory / "clock",
        local_cluster_id=ground.addresses.cluster_id,
        session_timeout=SESSION_SECONDS,
    )
    try:
        await asyncio.gather(
            migrate(settings.database_url),
            asyncio.to_thread(
                create_topics, settings.bootstrap, settings.names, list(catalogue().values())
            ),
        )
        services = ServiceProcess(settings, ["all"], directory / "services.log")
        try:
            await asyncio.to_thread(services.await_ready)
            yield Stage(settings, clock, services, directory, show)
        finally:
            await asyncio.to_thread(services.stop)
    finally:
        await asyncio.to_thread(remove, settings, ground.addresses.database_url, run)
        shutil.rmtree(directory)


def create_database(server_url: str, name: str) -> str:
    """Create an empty database on the server; return its address."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def remove(settings: Settings, server_url: str, name: str) -> None:
    """Drop the run's database and delete its topics."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
    delete_topics(settings.bootstrap, settings.names, list(catalogue().values()))
