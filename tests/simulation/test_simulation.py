"""Many seeds of the simulation, each a run under crashes, outages, rebalances and bad records."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import chain

import pytest

from tests.simulation.regressions import REGRESSIONS
from tests.simulation.run import Simulation
from tests.simulation.searching import outcome_of, search

SEEDS = range(2_000)
SEED = 21

TELL_HISTORY = f"""
from tests.simulation.run import Simulation
from tests.simulation.searching import quiet
quiet()
simulation = Simulation({SEED})
simulation.run()
print(simulation.history)
"""


@pytest.mark.promise("P2")
@pytest.mark.promise("P3")
@pytest.mark.promise("P4")
@pytest.mark.promise("P5")
@pytest.mark.timeout(600)  # 12 s on two idle cores; whoever shares them makes it wait
def test_no_promise_is_broken_whatever_happens_when() -> None:
    found = list(chain.from_iterable(search(SEEDS)))

    assert not found, f"see `python -m tests.simulation --seed {found[0][0]}`: {found}"


@pytest.mark.parametrize("seed", REGRESSIONS)
def test_a_seed_that_once_broke_a_promise_breaks_none(seed: int) -> None:
    broken = outcome_of(seed)

    assert not broken, f"{REGRESSIONS[seed]}: {broken}"


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_is_the_same_run_in_each_process(hash_seed: str) -> None:
    here = Simulation(SEED)
    here.run()

    there = subprocess.run(
        [sys.executable, "-c", TELL_HISTORY],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )

    assert there.stdout.strip() == repr(here.history)
    assert len(here.history) > 100
