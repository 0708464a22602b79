"""The built-in terms: whom to turn to when an office is silent, and from when on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bus.notices.agreement import DEFAULT_STEPS, LAST_STEP, Terms, default_ladder, terms_for
from tests.unit.notices.stories import DIRECTOR, INTAKE, day, notice

pytestmark = pytest.mark.promise("P1")


def test_each_required_office_and_the_issuer_has_a_ladder() -> None:
    terms = terms_for(notice(required=("dhs.ice.ero",)), agreements=())

    assert set(terms.ladders) == {INTAKE, DIRECTOR, "dhs.ice.ero", "doj.oag"}


@pytest.mark.parametrize("office", [INTAKE, "doj.oag", *(step for step, _ in DEFAULT_STEPS[:-1])])
def test_a_ladder_never_turns_to_the_silent_office_and_ends_outside_its_chain(office: str) -> None:
    steps = [step for step, _ in default_ladder(office)]

    assert office not in steps
    assert steps[-1] == LAST_STEP == "hhs.oig"


def test_the_inspector_general_has_nobody_above() -> None:
    assert default_ladder(LAST_STEP) == ()


def test_one_turns_to_the_next_office_when_the_business_days_since_delivery_are_over(
    default_terms: Terms,
) -> None:
    turns = default_terms.climb(INTAKE, day(4))  # Friday 5 January; the 15th is a holiday

    assert [(turn.office, turn.at) for turn in turns] == [
        (DIRECTOR, day(9)),
        ("hhs.acf.assistant-secretary", day(12)),
        ("hhs.ios", day(18)),
        ("hhs.oig", day(22)),
    ]


def test_nobody_is_turned_to_about_an_office_without_a_ladder(default_terms: Terms) -> None:
    assert default_terms.climb("dhs.plcy", day(4)) == ()


def test_the_default_is_thirty_calendar_days_to_tell_and_to_answer(default_terms: Terms) -> None:
    assert default_terms.lead_time == "30 calendar days"
    assert default_terms.earliest_effect(day(0.5)) == day(31)
    assert default_terms.due_at(day(0.5)) == day(31)


def test_days_are_those_of_the_notices_zone() -> None:
    told = replace(notice(), time_zone="America/New_York")

    terms = terms_for(told, agreements=())

    assert terms.earliest_effect(day(0.1)) == day(30) + timedelta(hours=5)  # still New Year's Eve
