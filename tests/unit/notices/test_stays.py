"""How a stay ends: two officers of the agency that recorded it name it."""

from __future__ import annotations

from uuid import UUID

import pytest

from bus.events import Mode
from bus.notices.facts import AnyFact, CoordinationKind
from bus.notices.states import Force
from tests.unit.notices.stories import (
    announced_story,
    clearance,
    coordination,
    day,
    lift,
    stay,
)

HHS = {"office": "hhs.ios", "topic": "hhs.coordination.v1"}


@pytest.mark.promise("P1")
@pytest.mark.parametrize(("at", "force"), [(79.999, Force.STAYED), (80, Force.IN_FORCE)])
def test_a_stay_holds_until_the_moment_from_which_it_is_lifted(at: float, force: Force) -> None:
    stayed = stay(since=62)

    state = clearance([*announced_story(), stayed, lift(stayed, since=80, recorded=70)], at=at)

    assert (state.force, state.clear) == (force, force is Force.IN_FORCE)


def test_a_stay_that_names_no_moment_can_be_lifted_too() -> None:
    stayed = stay(since=None)

    state = clearance([*announced_story(), stayed, lift(stayed, since=65)], at=65)

    assert state.clear


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    "wrong",
    [
        {"approver": "d-9"},
        HHS,
        {"topic": "dhs.coordination.v1"},
        {"sound": False},
        {"mode": Mode.EXERCISE},
        {"faults": ("lift_stay.from",)},
        {"recorded_by": "hhs.ios"},
        {"recorded": 2.999},
    ],
    ids=[
        "one officer",
        "another agency",
        "another agency's topic",
        "doubtful mode",
        "exercise",
        "unreadable",
        "another agency's entry",
        "before the stay",
    ],
)
def test_a_lifting_that_is_not_right_in_everything_lifts_nothing(wrong: dict[str, object]) -> None:
    stayed = stay(since=62, recorded=3)
    details = {"recorded": 4, **wrong}

    state = clearance([*announced_story(), stayed, lift(stayed, 65, **details)], at=70)  # type: ignore[arg-type]

    assert state.force is Force.STAYED


def test_a_lifting_ends_the_stay_that_it_names_and_no_other() -> None:
    one, other = stay(since=62), stay(since=63, **HHS)
    facts = [*announced_story(), one, other]

    first = clearance([*facts, lift(one, since=65)], at=70)
    both = clearance([*facts, lift(one, since=65), lift(other, since=66, **HHS)], at=70)

    assert (first.force, both.force) == (Force.STAYED, Force.IN_FORCE)


def test_a_stay_under_the_id_of_a_lifted_one_holds_anew() -> None:
    stayed = stay(since=62)
    again = stay(since=75, recorded=74, coordination_id=stayed.coordination_id)
    facts = [*announced_story(), stayed, lift(stayed, since=65, recorded=64), again]

    states = [clearance(facts, at=at) for at in (74, 75)]

    assert [state.force for state in states] == [Force.IN_FORCE, Force.STAYED]


def test_of_two_liftings_the_first_counts() -> None:
    stayed = stay(since=62)
    facts: list[AnyFact] = [
        *announced_story(),
        stayed,
        lift(stayed, since=80, recorded=64),
        lift(stayed, since=70, recorded=65),
    ]

    assert clearance(facts, at=75).force is Force.STAYED


def test_two_liftings_under_one_id_contradict_each_other_and_lift_nothing() -> None:
    stayed, identity = stay(since=62), UUID(int=99)
    facts = [
        lift(stayed, since=64, coordination_id=identity),
        lift(stayed, since=65, coordination_id=identity),
    ]

    assert clearance([*announced_story(), stayed, *facts], at=70).force is Force.STAYED


def test_a_lifting_without_a_statement_lifts_nothing() -> None:
    facts = [*announced_story(), stay(since=62), coordination(CoordinationKind.LIFT_STAY)]

    assert clearance(facts, at=70).force is Force.STAYED


def test_the_end_of_a_stay_is_a_moment_at_which_the_state_changes() -> None:
    stayed = stay(since=62)

    state = clearance([*announced_story(), stayed, lift(stayed, since=80)], at=70)

    assert state.changes_at == day(80)
