"""Fixtures for tests of the commands: real broker, real database, a group to look at."""

from __future__ import annotations

import pytest

from bus.settings import Settings
from tests.integration.consuming.harness import Bench


@pytest.fixture
def settings(bootstrap: str, database_url: str, topic_prefix: str) -> Settings:
    """Give the settings of a command under test."""
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
