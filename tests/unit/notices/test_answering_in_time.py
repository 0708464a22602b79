"""When offices must have answered: due from delivery on, overdue until they decide."""

from __future__ import annotations

import pytest

from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    accept,
    both_accept,
    clearance,
    day,
    notice,
    receipt,
    reject,
)

FIRST = notice(effective=90)


def test_an_answer_is_due_when_the_thirtieth_day_after_delivery_is_over_to_the_office() -> None:
    facts = [
        FIRST,
        receipt(FIRST, recorded=5, office=INTAKE),
        receipt(FIRST, recorded=2, office=DIRECTOR),
    ]

    state = clearance(facts, at=10)

    assert [office.due_at for office in state.offices] == [day(33), day(36)]
    assert state.due_at == day(33)


def test_only_an_office_that_has_not_answered_has_an_answer_due() -> None:
    facts = [
        FIRST,
        receipt(FIRST, recorded=5, office=INTAKE),
        receipt(FIRST, recorded=2, office=DIRECTOR),
        accept(DIRECTOR, recorded=3),
    ]

    state = clearance(facts, at=33)

    assert (state.due_at, state.overdue) == (day(36), False)


def test_nothing_is_due_before_delivery() -> None:
    state = clearance([FIRST], at=80)

    assert (state.due_at, state.overdue) == (None, False)


@pytest.mark.parametrize(("at", "overdue"), [(35.999, False), (36, True)])
def test_an_office_is_overdue_from_the_due_time_on(at: float, overdue: bool) -> None:
    state = clearance([FIRST, receipt(FIRST, recorded=5), accept(INTAKE)], at=at)

    assert [office.is_overdue(day(at)) for office in state.offices] == [overdue, False]
    assert state.overdue is overdue


def test_an_objection_is_an_answer_too() -> None:
    facts = [FIRST, receipt(FIRST, recorded=5), reject(INTAKE), accept(DIRECTOR)]

    state = clearance(facts, at=80)

    assert (state.due_at, state.overdue) == (None, False)


def test_once_all_have_answered_no_due_time_is_to_come() -> None:
    state = clearance([FIRST, receipt(FIRST, recorded=5), *both_accept()], at=10)

    assert state.changes_at == day(90)
