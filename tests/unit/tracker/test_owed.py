"""Where policies stand as one word, what offices owe, and what takes effect unannounced."""

from __future__ import annotations

import pytest

from bus.events import Mode
from bus.notices.clearance import Judgement, judge
from bus.notices.facts import AnyFact
from bus.notices.history import History
from bus.tracker.owed import next_effect, owed_on
from bus.tracker.standing import place_of
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    POLICY,
    TEXT_B,
    accept,
    announced_story,
    cancel,
    day,
    notice,
    receipt,
    reject,
)

TOLD = notice(effective=60)
DELIVERED = receipt(TOLD, recorded=1)


def judged(*facts: AnyFact) -> Judgement:
    return judge(POLICY, History.of(facts), day(90))


@pytest.mark.parametrize(
    ("facts", "at", "place"),
    [
        ([TOLD, DELIVERED], 10, "pending"),
        ([TOLD, DELIVERED], 60, "in_force_unannounced"),
        ([TOLD, DELIVERED, reject(INTAKE)], 10, "rejected"),
        (announced_story(), 10, "announced"),
        (announced_story(), 60, "clear"),
        ([*announced_story(), cancel(20)], 30, "ended"),
        ([TOLD, notice(effective=61, text=TEXT_B)], 10, "unreadable"),
    ],
)
def test_a_policy_stands_where_its_clearance_says(
    facts: list[AnyFact], at: float, place: str
) -> None:
    assert place_of(judged(*facts).at(day(at))) == place


def test_a_policy_without_a_notice_stands_nowhere() -> None:
    assert place_of(judged().at(day(10))) is None


def test_an_office_owes_its_decision_until_it_decides() -> None:
    owed = list(owed_on(judged(TOLD, DELIVERED, accept(INTAKE)), day(10)))

    assert [(each.office, each.is_named, each.mode) for each in owed] == [
        (DIRECTOR, True, Mode.ACTUAL)
    ]
    assert owed[0].due_at is not None


def test_nothing_is_due_before_the_delivery_and_nothing_owed_after_the_end() -> None:
    undelivered = list(owed_on(judged(TOLD), day(10)))
    ended = list(owed_on(judged(TOLD, DELIVERED, cancel(5)), day(10)))

    assert [each.due_at for each in undelivered] == [None, None]
    assert ended == []


def test_of_two_texts_an_office_owes_the_earlier_answer() -> None:
    update = notice(revision=2, recorded=61, effective=120, text=TEXT_B)
    judgement = judged(TOLD, DELIVERED, update, receipt(update, recorded=62))

    [director, _] = owed_on(judgement, day(63))
    first = judgement.assessments[1].offices[0].due_at

    assert director.due_at == first


def test_the_next_effect_is_that_of_a_text_that_nobody_has_accepted() -> None:
    assert next_effect(judged(TOLD, DELIVERED), day(10)) == day(60)
    assert next_effect(judged(*announced_story()), day(10)) is None
    assert next_effect(judged(TOLD, DELIVERED), day(60)) is None
