"""Holes in the numbers under which an office decides on a policy."""

from __future__ import annotations

import pytest

from bus.events import Mode
from bus.notices.detector import policy_findings
from bus.notices.facts import AcknowledgementFact
from bus.notices.findings import FindingKind
from bus.notices.history import History
from tests.unit.notices.stories import POLICY, accept, day, notice

pytestmark = pytest.mark.promise("P7")


def missing(*decisions: AcknowledgementFact) -> list[int]:
    """Return the numbers before which one is missing."""
    found = policy_findings(POLICY, History.of([notice(), *decisions]), day(365))
    by_id = {each.event_id: each.decision_no for each in decisions}
    return [
        by_id[each.event_id]
        for each in found
        if each.kind is FindingKind.DECISION_NUMBERS and each.event_id
    ]


def test_a_first_decision_with_the_number_one_misses_none() -> None:
    assert missing(accept(number=1), accept(number=2)) == []


def test_a_first_decision_with_a_later_number_misses_the_one_before() -> None:
    assert missing(accept(number=2)) == [2]


def test_a_number_that_never_comes_is_missed() -> None:
    assert missing(accept(number=1), accept(number=3)) == [3]


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"policy_id": "doj/2018/another"},
        {"topic": "doj.acknowledgement.v1"},
        {"office": "hhs.ios"},
        {"mode": Mode.EXERCISE},
    ],
    ids=["another policy", "another agency's entry", "another office", "an exercise"],
)
def test_a_number_used_elsewhere_fills_no_hole(elsewhere: dict[str, object]) -> None:
    first, third = accept(number=1), accept(number=3)

    assert third.decision_no in missing(first, accept(**{"number": 2, **elsewhere}), third)


@pytest.mark.parametrize(
    "elsewhere",
    [{"policy_id": "doj/2018/another"}, {"topic": "doj.acknowledgement.v1"}],
    ids=["another policy", "another agency's entry"],
)
def test_what_is_no_decision_on_the_policy_misses_no_number_of_it(
    elsewhere: dict[str, object],
) -> None:
    assert missing(accept(number=1), accept(**{"number": 3, **elsewhere})) == []
