"""Three brokers for all tests of this folder, started only for them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.chaos.arena import Arena, Ground
from tests.chaos.ground import ground as make_ground
from tests.stack import unless_unavailable

LOCK_SECONDS = 3.0


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Give three brokers, a database server, a network and a disk, to be broken.

    They are always our own: no test breaks a broker that somebody provides.
    """
    logs = tmp_path_factory.mktemp("chaos")
    with unless_unavailable(make_ground(logs, lock_seconds=LOCK_SECONDS)) as found:
        yield found


class Arenas:
    """The arena that the tests share, until one of them leaves it broken."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._arena: Arena | None = None

    def current(self) -> Arena:
        """Return the arena, made anew after it was closed."""
        if self._arena is None:
            self._arena = Arena(self._ground, random.Random(random.getrandbits(32)))
            self._arena.open()
        return self._arena

    def close(self) -> None:
        """End the arena, if there is one."""
        if self._arena is not None:
            self._arena.close()
            self._arena = None

    def clear(self) -> None:
        """End what a failed test has left, so that the next one isn't blamed for it."""
        self._ground.repair()
        self.close()


@pytest.fixture(scope="session")
def arenas(ground: Ground) -> Iterator[Arenas]:
    """Give the keeper of the shared arena."""
    arenas = Arenas(ground)
    yield arenas
    arenas.close()


@pytest.fixture
def arena(arenas: Arenas, request: pytest.FixtureRequest) -> Iterator[Arena]:
    """Give a bus at rest; whatever a test does to it, the next one gets it at rest too."""
    failed_before = request.session.testsfailed
    yield arenas.current()
    if request.session.testsfailed > failed_before:
        arenas.clear()
