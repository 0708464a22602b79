"""One round: a load, faults, rest, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable

from tests.chaos.arena import Arena
from tests.chaos.auditing import audit
from tests.chaos.checker import Verdict
from tests.chaos.nemeses import Nemesis


def play(arena: Arena, nemeses: Iterable[Nemesis]) -> Verdict:
    """Cause the faults one after the other under load, let the bus come to rest, and judge it.

    Raises ImpossibleError where a fault can't be caused, AssertionError if the bus doesn't come
    to rest or its own audit finds a fault.
    """
    with arena.loaded():
        for nemesis in nemeses:
            nemesis.cause(arena)
    arena.settle()
    verdict = arena.judge()
    told = audit(arena.settings)
    assert told["is_sound"], told["faults"]
    return verdict
