"""The rules against a naive reference, over every small history; `make proofs` goes further."""

from __future__ import annotations

import pytest

from tests.proofs.alphabet import FEW_SLOTS, THEMES, Theme
from tests.proofs.enumeration import compare, compare_all, histories
from tests.proofs.planted import PLANTED, Planted

BY_NAME = {theme.name: theme for theme in THEMES}


@pytest.mark.promise("P1")
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_rules_and_the_reference_make_the_same_of_every_small_history(theme: Theme) -> None:
    tally = compare_all(histories(theme, theme.slots))

    assert tally.shortest is None, f"\n{tally.shortest}"
    assert tally.histories == 1_044
    assert tally.questions > tally.histories


def test_every_order_of_recording_is_enumerated() -> None:
    theme = Theme("any three", THEMES[0].steps[:3])

    orders = [
        tuple(fact.event_id for fact in recorded.facts)
        for recorded in histories(theme, FEW_SLOTS[:3])
        if not recorded.later
    ]

    assert len(set(orders)) == len(orders) == 6


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_a_planted_defect_is_found(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    theme = BY_NAME[planted.theme]
    planted.plant(monkeypatch)

    found = next(filter(None, map(compare, histories(theme, theme.slots))), None)

    assert found is not None
