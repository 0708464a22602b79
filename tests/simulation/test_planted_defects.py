"""A search that finds nothing means something only if it finds what is there."""

from __future__ import annotations

import pytest

from tests.simulation.planted import DEFECTS
from tests.simulation.searching import first_found

SEEDS = range(2_000)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(defect: str) -> None:
    found = first_found(SEEDS, DEFECTS[defect])

    assert found is not None
