"""What an office does after effect: it warns, or closes, as its agreement says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.notices import assessment
from bus.notices.agreement import Terms, terms_for
from bus.notices.clearance import Clearance
from bus.notices.facts import AnyFact, Decision
from bus.notices.states import AnswerState, ObjectionAfterEffect
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    TEXT_B,
    accept,
    announced_story,
    both_accept,
    clearance,
    codes,
    dead_letter,
    notice,
    receipt,
    reject,
    withdraw,
)
from tests.unit.notices.strategies import acknowledgements

objections = pytest.mark.parametrize("objection", [reject, withdraw])


@contextmanager
def closing() -> Iterator[None]:
    """Let objections after effect close the gate."""

    def terms(*arguments: object) -> Terms:
        found = terms_for(*arguments)  # type: ignore[arg-type]
        return replace(found, objection_after_effect=ObjectionAfterEffect.CLOSE)

    with patch.object(assessment, "terms_for", terms):
        yield


@pytest.mark.promise("P1")
@objections
@pytest.mark.parametrize(("recorded", "announced"), [(59.999, False), (60, True)])
def test_an_objection_closes_before_effect_and_warns_from_then_on(
    objection: Callable[..., AnyFact], recorded: float, announced: bool
) -> None:
    late = objection(INTAKE, number=2, recorded=recorded)

    state = clearance([*announced_story(effective=60), late], at=70)

    assert (state.announced, state.clear) == (announced, announced)
    assert ("OBJECTED_AFTER_EFFECT" in codes(state, INTAKE)) is announced


@objections
def test_the_office_is_shown_with_what_it_said_last(objection: Callable[..., AnyFact]) -> None:
    late = objection(INTAKE, number=2, recorded=65)

    state = clearance([*announced_story(), late], at=70)

    decisions = {office.office: office.decision for office in state.offices}
    assert decisions[INTAKE] is not Decision.ACCEPT
    assert state.answer is AnswerState.ACCEPTED


def test_an_office_that_accepts_anew_after_its_objection_is_shown_accepting() -> None:
    late = [withdraw(INTAKE, number=2, recorded=65), accept(INTAKE, number=3, recorded=66)]

    state = clearance([*announced_story(), *late], at=70)

    decisions = {office.office: office.decision for office in state.offices}
    assert decisions[INTAKE] is Decision.ACCEPT
    assert "OBJECTED_AFTER_EFFECT" not in codes(state, INTAKE)


def test_of_two_objections_after_effect_the_higher_number_is_what_the_office_said_last() -> None:
    late = [reject(INTAKE, number=3, recorded=65), withdraw(INTAKE, number=2, recorded=66)]

    state = clearance([*announced_story(), *late], at=70)

    decisions = {office.office: office.decision for office in state.offices}
    assert decisions[INTAKE] is Decision.REJECT


@pytest.mark.promise("P1")
@objections
def test_under_close_an_objection_after_effect_closes_the_gate(
    objection: Callable[..., AnyFact],
) -> None:
    late = objection(INTAKE, number=2, recorded=65)

    with closing():
        state = clearance([*announced_story(), late], at=70)

    assert (state.answer, state.clear) == (AnswerState.REJECTED, False)


@pytest.mark.promise("P1")
def test_an_objection_to_what_was_never_announced_is_heard() -> None:
    first = notice()
    facts = [
        first,
        receipt(first),
        accept(INTAKE),
        withdraw(INTAKE, number=2, recorded=65),
        accept(DIRECTOR, recorded=66),
    ]

    assert clearance(facts, at=70).answer is AnswerState.REJECTED


def test_a_condition_after_effect_warns_as_an_objection_does() -> None:
    late = accept(INTAKE, number=2, conditions=("beds",), recorded=65)

    assert clearance([*announced_story(), late], at=70).clear


def test_objections_of_both_offices_after_effect_warn() -> None:
    facts = [
        *announced_story(),
        withdraw(INTAKE, number=2, recorded=65),
        reject(DIRECTOR, number=2, recorded=66),
    ]

    assert clearance(facts, at=70).clear


def test_a_record_that_could_not_be_read_then_makes_no_announcement_undone() -> None:
    letter = dead_letter(opened=64, closed=68)

    facts = [*announced_story(), letter, withdraw(INTAKE, number=2, recorded=65)]

    assert [clearance(facts, at=70, known_at=known).clear for known in (67, 68)] == [False, True]


def test_an_objection_to_an_update_leaves_the_revision_in_force_clear() -> None:
    update = notice(revision=2, text=TEXT_B, recorded=62, effective=65)
    facts = [*announced_story(), update, reject(INTAKE, number=2, revision=2, text=TEXT_B)]

    assert clearance(facts, at=70).revision == 1
    assert clearance(facts, at=70).clear


@pytest.mark.promise("P1")
@given(late=st.lists(acknowledgements(), max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_was_announced_in_effect_no_decision_undoes(late: list[AnyFact]) -> None:
    story = announced_story(effective=0, recorded=-40)[:1]
    told = [*story, receipt(*story, recorded=-39), *both_accept(recorded=-30)]  # type: ignore[arg-type]

    states = [asked(told), asked([*told, *late])]

    assert [state.announced for state in states] == [True, True]


@given(late=st.lists(acknowledgements(), max_size=4))
@settings(max_examples=60, deadline=None)
def test_under_warn_as_much_is_announced_as_under_close_or_more(late: list[AnyFact]) -> None:
    facts = [*announced_story(effective=31), *late]

    warned = asked(facts)
    with closing():
        closed = asked(facts)

    assert warned.announced >= closed.announced


def asked(facts: list[AnyFact]) -> Clearance:
    return clearance(facts, at=70)
