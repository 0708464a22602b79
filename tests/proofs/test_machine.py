"""Officers do what they can in any order; what must hold is asked after each step."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.proofs.officers import Officers
from tests.proofs.planted import PLANTED, PLANTED_BESIDE, Planted
from tests.proofs.watched import Watched

SHOWN = {
    "a decision on an old text counts",
    "a stay is ignored",
    "a condition is forgotten",
    "anyone may decide for others",
}
SEARCH = settings(
    max_examples=300,
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.promise("P1")
@pytest.mark.promise("P8")
def test_whatever_officers_do_the_guarantee_holds() -> None:
    bounded = settings(max_examples=40, stateful_step_count=20, deadline=None)

    run_state_machine_as_test(Watched, settings=bounded)


@pytest.mark.parametrize(
    ("machine", "planted"),
    [
        *((Officers, each) for each in PLANTED if each.name in SHOWN),
        *((Watched if each.theme == "time" else Officers, each) for each in PLANTED_BESIDE),
    ],
    ids=lambda each: getattr(each, "name", None),
)
def test_the_machine_finds_a_planted_defect(
    machine: type[Officers], planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.plant(monkeypatch)

    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=SEARCH)
