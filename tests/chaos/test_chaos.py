"""Faults under load: nothing is lost, nothing doubled, nothing reordered, nothing made up.

Here each kind of fault strikes once; `make chaos` causes all of them many times.
"""

from __future__ import annotations

import pytest

from tests.chaos.arena import Arena, ImpossibleError
from tests.chaos.nemeses import named
from tests.chaos.rounds import play

STORIES = {
    "workers are killed, frozen, come and go": [
        "worker killed",
        "worker frozen",
        "rebalance storm",
    ],
    "the relay is killed and frozen": ["relay killed", "relay frozen"],
    "a broker is frozen, and another one killed that leads and controls": [
        "broker frozen",
        "controller killed",
    ],
    "the database is killed, locked, and ends its sessions": [
        "database killed",
        "connections terminated",
        "lock held",
    ],
    "the database's disk is full": ["database disk full"],
    "the network is cut, silent and slow": ["network cut", "network silent", "network slow"],
    "business time jumps": ["clock jumps"],
    "bad records come among good ones": ["poison storm"],
    "records expire before they are read": ["unread records expire"],
}


@pytest.mark.promise("P2")
@pytest.mark.promise("P3")
@pytest.mark.promise("P4")
@pytest.mark.promise("P5")
@pytest.mark.parametrize("story", STORIES)
def test_every_event_takes_effect_once_and_in_order_while(arena: Arena, story: str) -> None:
    nemeses = [named(name) for name in STORIES[story]]
    before = arena.judge()

    try:
        verdict = play(arena, nemeses)
    except ImpossibleError as reason:
        pytest.skip(str(reason))

    assert verdict.is_sound, str(verdict)
    for nemesis in nemeses:
        assert verdict.count(nemesis.trace) > before.count(nemesis.trace)
