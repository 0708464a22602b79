"""A stack of the tests' own, which they may break; the run's stack stays out of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bus.local.jars import ensure_jars
from bus.local.stack import Stack
from tests.stack import local_jars


@pytest.fixture(scope="session")
def jars() -> Path:
    """Give the directory of Kafka's jars, fetched once for all."""
    local_jars().mkdir(parents=True, exist_ok=True)
    ensure_jars(local_jars(), lambda message: None)
    return local_jars()


@pytest.fixture(scope="module")
def own_stack(jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a stack that starts down; whatever a test left running is removed at the end."""
    stack = Stack(tmp_path_factory.mktemp("stack"), jars=jars, is_durable=False)
    yield stack
    stack.reset()
