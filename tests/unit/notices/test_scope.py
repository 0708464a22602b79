"""To what a policy speaks, and what the gate says of anything else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bus.notices.facts import Scope
from bus.notices.gate import Act, Freshness, Verdict, answer
from tests.unit.notices.stories import announced_story, clearance, day

NARROW = Scope(sectors=frozenset({"El Paso"}), event_kinds=frozenset({"REFERRED_FOR_PROSECUTION"}))
FRESH = Freshness(asked_at=day(70), lag=timedelta(0))


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("act", "verdict"),
    [
        (Act(), Verdict.CLEAR),
        (Act(sector="El Paso"), Verdict.CLEAR),
        (Act(sector="El Paso", event_kind="REFERRED_FOR_PROSECUTION"), Verdict.CLEAR),
        (Act(sector="Yuma"), Verdict.NOT_CLEAR),
        (Act(sector="El Paso", event_kind="SEPARATED"), Verdict.NOT_CLEAR),
    ],
)
def test_the_gate_clears_only_what_the_policy_speaks_to(act: Act, verdict: Verdict) -> None:
    state = clearance(announced_story(scope=NARROW), at=70)

    assert answer(state, FRESH, act).verdict is verdict


def test_an_empty_scope_speaks_to_everything() -> None:
    assert Scope().speaks_to(sector="Yuma", event_kind="SEPARATED")
