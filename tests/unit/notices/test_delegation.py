"""Delegations: who may decide for whom, since when, and how often."""

from __future__ import annotations

import pytest

from bus.events import Mode
from bus.notices.facts import AcknowledgementFact, AnyFact
from bus.notices.states import AnswerState
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    accept,
    clearance,
    codes,
    delegate,
    notice,
    receipt,
    revoke,
)

DEPUTY = "hhs.ios"


def told(*more: AnyFact) -> list[AnyFact]:
    """A notice that the director accepts, and that intake has not decided on itself."""
    first = notice()
    return [first, receipt(first), accept(DIRECTOR, officer="h-20"), *more]


def deputys(office: str = INTAKE, **details: object) -> AcknowledgementFact:
    """The deputy's acceptance for an office."""
    return accept(DEPUTY, on_behalf_of=office, officer="h-30", **details)


@pytest.mark.promise("P7")
def test_an_office_may_let_another_one_decide_for_it() -> None:
    without = clearance(told(deputys()), at=70)
    with_it = clearance(told(delegate(DEPUTY), deputys()), at=70)

    assert (without.answer, with_it.answer) == (AnswerState.PENDING, AnswerState.ACCEPTED)
    assert "DELEGATION_MISSING" in codes(without, INTAKE)


@pytest.mark.parametrize(("decided", "counts"), [(4.999, False), (5, True), (9, True), (10, False)])
def test_a_delegation_counts_for_what_is_recorded_within_its_time(
    decided: float, counts: bool
) -> None:
    facts = told(delegate(DEPUTY, since=5, until=10), deputys(recorded=decided))

    assert clearance(facts, at=70).clear is counts


def test_an_acceptance_goes_on_counting_when_the_delegation_is_over() -> None:
    facts = told(delegate(DEPUTY, until=10), deputys(recorded=9))

    assert clearance(facts, at=90).clear


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    "wrong",
    [
        {"recorded": 2.001},
        {"office": DIRECTOR},
        {"to_office": "hhs.oig"},
        {"policy_id": "doj/2018/another-policy"},
        {"policy_id": None},
        {"mode": Mode.EXERCISE},
        {"sound": False},
        {"faults": ("delegation.to",)},
        {"recorded_by": "doj.oag"},
        {"topic": "doj.coordination.v1"},
    ],
    ids=[
        "recorded after the decision",
        "by another office",
        "to another office",
        "for another policy",
        "for no policy",
        "exercise",
        "doubtful mode",
        "unreadable",
        "another agency's entry",
        "another agency's topic",
    ],
)
def test_only_a_sound_delegation_of_that_office_to_that_office_counts(
    wrong: dict[str, object],
) -> None:
    given = {"to_office": DEPUTY, **wrong}

    state = clearance(told(delegate(**given), deputys()), at=70)  # type: ignore[arg-type]

    assert state.answer is AnswerState.PENDING


def test_who_was_let_decide_lets_no_third_one() -> None:
    facts = told(delegate("hhs.oig"), delegate(DEPUTY, office="hhs.oig"), deputys())

    assert clearance(facts, at=70).answer is AnswerState.PENDING


def test_an_office_that_decides_on_its_own_behalf_needs_nobodys_delegation() -> None:
    assert clearance(told(accept(INTAKE, on_behalf_of=INTAKE)), at=70).clear


@pytest.mark.promise("P7")
def test_an_officer_who_decides_for_two_offices_fills_one_seat_the_first() -> None:
    first = notice()
    facts = [
        first,
        receipt(first),
        delegate(DEPUTY),
        delegate(DEPUTY, office=DIRECTOR),
        deputys(DIRECTOR, recorded=3),
        deputys(INTAKE, recorded=4),
    ]

    state = clearance(facts, at=70)

    assert state.answer is AnswerState.PENDING
    assert codes(state, INTAKE) >= {"ONE_OFFICER"}
    assert codes(state, DIRECTOR) >= {"ACCEPTED"}


def test_an_officers_own_seat_comes_before_the_one_of_another_office() -> None:
    facts = [
        *told(delegate(DIRECTOR)),
        accept(DIRECTOR, on_behalf_of=INTAKE, officer="h-20", recorded=1.5),
    ]

    state = clearance(facts, at=70)

    assert codes(state, INTAKE) >= {"ONE_OFFICER"}
    assert codes(state, DIRECTOR) >= {"ACCEPTED"}


@pytest.mark.promise("P7")
@pytest.mark.parametrize(("decided", "counts"), [(9.999, True), (10, False), (20, False)])
def test_a_revocation_ends_a_delegation_and_what_was_decided_before_stays(
    decided: float, counts: bool
) -> None:
    facts = told(delegate(DEPUTY), revoke(DEPUTY, recorded=10), deputys(recorded=decided))

    assert clearance(facts, at=70).clear is counts


@pytest.mark.parametrize(
    "unsound", [{"sound": False}, {"faults": ("officer.role",)}, {"recorded_by": "doj.oag"}]
)
def test_a_revocation_counts_also_where_something_about_it_is_unsound(
    unsound: dict[str, object],
) -> None:
    facts = told(delegate(DEPUTY), revoke(DEPUTY, recorded=10, **unsound), deputys(recorded=11))

    assert "DELEGATION_MISSING" in codes(clearance(facts, at=70), INTAKE)


def test_a_revocation_ends_what_was_said_before_it_alone() -> None:
    again = delegate(DEPUTY, recorded=12)
    facts = told(delegate(DEPUTY), revoke(DEPUTY, recorded=10), again, deputys(recorded=13))

    assert clearance(facts, at=70).clear


@pytest.mark.parametrize(
    "other",
    [
        revoke("hhs.oig", recorded=10),
        revoke(DEPUTY, recorded=10, office=DIRECTOR),
        revoke(DEPUTY, recorded=10, policy_id="doj/2018/another-policy"),
        revoke(DEPUTY, recorded=10, topic="doj.coordination.v1"),
        revoke(DEPUTY, recorded=10, mode=Mode.EXERCISE),
        delegate(DEPUTY, since=20, until=19, recorded=10),
    ],
    ids=[
        "of another office",
        "by another office",
        "for another policy",
        "on another agency's topic",
        "exercise",
        "that begins later",
    ],
)
def test_no_other_word_revokes_a_delegation(other: AnyFact) -> None:
    facts = told(delegate(DEPUTY), other, deputys(recorded=11))

    assert clearance(facts, at=70).clear
