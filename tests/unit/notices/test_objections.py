"""What offices say against a policy that is in force."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bus.notices.detector import policy_findings
from bus.notices.facts import AnyFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.states import ObjectionAfterEffect
from tests.unit.notices.stories import (
    INTAKE,
    POLICY,
    TEXT_B,
    accept,
    agreement,
    announced_story,
    day,
    notice,
    receipt,
    reject,
    withdraw,
)


def objections(facts: list[AnyFact]) -> list[Finding]:
    found = policy_findings(POLICY, History.of(facts), day(365))
    return [finding for finding in found if finding.kind is FindingKind.OBJECTION]


@pytest.mark.promise("P1")
@pytest.mark.parametrize(("objection", "reason"), [(reject, "REJECTED"), (withdraw, "WITHDRAWN")])
@pytest.mark.parametrize(("recorded", "is_found"), [(59.999, False), (60, True)])
def test_an_objection_to_a_policy_in_force_is_found(
    objection: Callable[..., AnyFact], reason: str, recorded: float, is_found: bool
) -> None:
    late = objection(INTAKE, number=2, recorded=recorded)

    found = objections([*announced_story(effective=60), late])

    assert [(f.reason, f.office) for f in found] == [(reason, INTAKE)] * is_found


def test_a_condition_after_effect_is_found_as_an_objection() -> None:
    late = accept(INTAKE, number=2, recorded=65, conditions=("beds",))

    found = objections([*announced_story(effective=60), late])

    assert [f.reason for f in found] == ["OBJECTED_AFTER_EFFECT"]


@pytest.mark.promise("P1")
def test_an_objection_to_a_policy_in_force_that_nobody_announced_is_found() -> None:
    first = notice(effective=40)

    assert len(objections([first, receipt(first), reject(INTAKE, recorded=41)])) == 1


@pytest.mark.promise("P1")
def test_an_objection_that_closes_the_gate_is_found_as_one_that_warns_is() -> None:
    agreed = agreement(recorded=-1, begins=-1, objection_after_effect=ObjectionAfterEffect.CLOSE)
    late = withdraw(INTAKE, number=2, recorded=65)

    assert [f.event_id for f in objections([agreed, *announced_story(), late])] == [late.event_id]


def test_an_acceptance_given_again_after_effect_is_no_objection() -> None:
    assert objections([*announced_story(), accept(INTAKE, number=2, recorded=65)]) == []


def test_an_objection_to_an_update_that_is_to_come_is_none_to_the_text_in_force() -> None:
    update = notice(revision=2, text=TEXT_B, recorded=62, effective=150)
    no = reject(INTAKE, number=2, revision=2, text=TEXT_B, recorded=65)

    assert objections([*announced_story(), update, no]) == []
