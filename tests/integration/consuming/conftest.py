"""Fixtures for tests of the consuming engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bus.settings import Settings
from bus.topic_admin import create_topics
from bus.topics import find_topic
from consumers.hhs_intake import subscription
from tests.integration.consuming.harness import Bench
from tests.integration.consuming.store_places import Place, memory_place, postgres_place


@pytest.fixture
def settings(bootstrap: str, database_url: str, topic_prefix: str) -> Settings:
    """Give the settings of a process under test."""
    return Settings(
        bootstrap=bootstrap,
        database_url=database_url,
        topic_prefix=topic_prefix,
        session_timeout=1.5,
        backoff_limit=0.2,
    )


@pytest.fixture
async def bench(settings: Settings) -> Bench:
    """Give a topic and a group of this test's own."""
    bench = Bench(settings)
    await bench.prepare()
    return bench


@pytest.fixture
async def intake_bench(settings: Settings) -> Bench:
    """Give every topic that HHS intake reads."""
    bench = Bench(settings)
    topics = [find_topic(name) for name in subscription().topics]
    await asyncio.to_thread(create_topics, settings.bootstrap, settings.names, topics)
    return bench


@pytest.fixture(params=["memory", "postgres"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """Give an empty store of each kind."""
    if request.param == "memory":
        async with memory_place() as memory:
            yield memory
    else:
        async with postgres_place(request.getfixturevalue("shared_database_url")) as postgres:
            yield postgres
