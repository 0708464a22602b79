"""Conditions of an acceptance: open until agreed, or until the office accepts without them."""

from __future__ import annotations

from uuid import UUID

import pytest

from bus.notices.conditions import CAPACITY
from bus.notices.facts import Answer, AnyFact
from bus.notices.states import AnswerState
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    TEXT_B,
    accept,
    answer,
    clearance,
    codes,
    notice,
    receipt,
)

BEDS = "more-beds"


def conditional(**details: object) -> list[AnyFact]:
    """A notice that intake accepts on a condition, and the director without one."""
    first = notice(places_needed=40)
    made: dict[str, object] = {"conditions": (BEDS,), **details}
    return [first, receipt(first), accept(INTAKE, **made), accept(DIRECTOR)]


@pytest.mark.promise("P7")
def test_a_condition_is_open_until_the_issuer_agrees() -> None:
    opened = clearance(conditional(), at=70)
    agreed = clearance([*conditional(), answer(BEDS)], at=70)

    assert (opened.answer, agreed.answer) == (AnswerState.PENDING, AnswerState.ACCEPTED)
    assert "CONDITION_OPEN" in codes(opened, INTAKE)
    assert agreed.clear


@pytest.mark.promise("P7")
def test_an_answer_in_words_counts_once_the_office_accepts_without_the_condition() -> None:
    facts = [*conditional(), answer(BEDS, Answer.ANSWERED)]

    answered = clearance(facts, at=70)
    taken = clearance([*facts, accept(INTAKE, number=2, recorded=5)], at=70)

    assert (answered.answer, taken.answer) == (AnswerState.PENDING, AnswerState.ACCEPTED)
    assert "CONDITION_ANSWERED" in codes(answered, INTAKE)


@pytest.mark.promise("P7")
def test_a_refusal_makes_the_acceptance_a_rejection_until_the_office_decides_anew() -> None:
    facts = [*conditional(), answer(BEDS, Answer.REFUSED)]

    refused = clearance(facts, at=70)
    anew = clearance([*facts, accept(INTAKE, number=2, recorded=5)], at=70)

    assert (refused.answer, anew.answer) == (AnswerState.REJECTED, AnswerState.ACCEPTED)
    assert "CONDITION_REFUSED" in codes(refused, INTAKE)


@pytest.mark.parametrize("agreed", [4, 6])
def test_a_refusal_outweighs_an_agreement_in_whatever_order(agreed: float) -> None:
    facts = [
        *conditional(),
        answer(BEDS, recorded=agreed),
        answer(BEDS, Answer.REFUSED, recorded=5, sound=False),
    ]

    assert clearance(facts, at=70).answer is AnswerState.REJECTED


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    "wrong",
    [
        {"to": DIRECTOR},
        {"condition_id": "other"},
        {"what": None},
        {"sound": False},
        {"faults": ("condition_answer.text",)},
        {"recorded_by": "hhs.ios"},
        {"topic": "hhs.coordination.v1"},
        {"recorded": 1.999},
    ],
    ids=[
        "another office's condition",
        "another condition",
        "unreadable answer",
        "doubtful mode",
        "unreadable field",
        "another agency's entry",
        "another agency's topic",
        "before the condition",
    ],
)
def test_only_the_issuers_own_sound_answer_to_that_condition_agrees(
    wrong: dict[str, object],
) -> None:
    given = {"condition_id": BEDS, **wrong}

    state = clearance([*conditional(), answer(**given)], at=70)  # type: ignore[arg-type]

    assert state.answer is AnswerState.PENDING


@pytest.mark.parametrize("what", [Answer.AGREED, Answer.REFUSED])
def test_another_agency_answers_no_condition(what: Answer) -> None:
    foreign = answer(BEDS, what, office="hhs.ios", topic="hhs.coordination.v1")

    assert clearance([*conditional(), foreign], at=70).answer is AnswerState.PENDING


def test_two_answers_under_one_id_agree_to_nothing() -> None:
    identity = UUID(int=98)
    facts = [
        answer(BEDS, coordination_id=identity),
        answer(BEDS, Answer.ANSWERED, coordination_id=identity),
    ]

    assert clearance([*conditional(), *facts], at=70).answer is AnswerState.PENDING


def test_each_condition_must_be_agreed_to() -> None:
    facts = conditional(conditions=(BEDS, "staff"))

    one = clearance([*facts, answer(BEDS)], at=70)
    both = clearance([*facts, answer(BEDS), answer("staff")], at=70)

    assert (one.answer, both.answer) == (AnswerState.PENDING, AnswerState.ACCEPTED)


@pytest.mark.promise("P7")
def test_an_answer_belongs_to_the_text_that_was_accepted_on_the_condition() -> None:
    second = notice(revision=2, text=TEXT_B, recorded=10)
    facts = [
        *conditional(),
        answer(BEDS, recorded=5),
        second,
        receipt(second, recorded=11),
        accept(INTAKE, number=2, text=TEXT_B, revision=2, conditions=(BEDS,), recorded=12),
        accept(DIRECTOR, number=2, text=TEXT_B, revision=2, recorded=12),
    ]

    old_answer = clearance(facts, at=70)
    new_answer = clearance([*facts, answer(BEDS, recorded=13)], at=70)

    assert (old_answer.answer, new_answer.answer) == (AnswerState.PENDING, AnswerState.ACCEPTED)


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    ("what", "state"),
    [(Answer.REFUSED, AnswerState.REJECTED), (Answer.AGREED, AnswerState.ACCEPTED)],
)
def test_an_acceptance_that_arrives_late_does_not_take_the_answer_of_a_higher_one(
    what: Answer, state: AnswerState
) -> None:
    facts = [*conditional(number=2), *conditional(recorded=5)[2:3], answer(BEDS, what, recorded=6)]

    assert clearance(facts, at=70).answer is state


def test_an_answer_counts_though_the_acceptance_was_sent_again_after_it() -> None:
    facts = [*conditional(), answer(BEDS, recorded=5), *conditional(recorded=9)[2:3]]

    assert clearance(facts, at=70).answer is AnswerState.ACCEPTED


@pytest.mark.parametrize(
    ("what", "state"),
    [
        (Answer.AGREED, AnswerState.ACCEPTED),
        (Answer.ANSWERED, AnswerState.PENDING),
        (Answer.REFUSED, AnswerState.REJECTED),
    ],
)
def test_places_that_fall_short_are_a_condition_that_can_be_answered(
    what: Answer, state: AnswerState
) -> None:
    facts = conditional(conditions=(), places=39)

    opened, answered = clearance(facts, at=70), clearance([*facts, answer(CAPACITY, what)], at=70)

    assert (opened.answer, answered.answer) == (AnswerState.PENDING, state)
    assert "CAPACITY_SHORT" in codes(opened, INTAKE)
