"""What falls due to whom: reminders, ends of a time, steps of a ladder, and changes of state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bus.events import Mode
from bus.notices.clearance import judge
from bus.notices.durations import hours
from bus.notices.facts import AnyFact, Seat, Stage
from bus.notices.history import History
from bus.notices.schedule import DueAction, DueKind, due_actions, outruns, owing
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    POLICY,
    TEXT_A,
    TEXT_B,
    accept,
    agreement,
    announced_story,
    cancel,
    day,
    notice,
    receipt,
    stay,
)


def actions(facts: list[AnyFact]) -> list[DueAction]:
    return list(due_actions(judge(POLICY, History.of(facts), day(1000))))


def kinds_at(facts: list[AnyFact], at: float) -> list[DueKind]:
    return [each.kind for each in actions(facts) if each.due_at == day(at)]


def reminder(due: float, **details: object) -> DueAction:
    first = DueAction(
        kind=DueKind.REMINDER,
        due_at=day(due),
        policy_id=POLICY,
        mode=Mode.ACTUAL,
        revision=1,
        material_digest=TEXT_A,
        office=INTAKE,
        tells=INTAKE,
        number=50,
    )
    return replace(first, **details)  # type: ignore[arg-type]


def test_an_office_whose_seat_another_one_fills_owes_nothing() -> None:
    either = Seat(seat_id="intake", offices=(INTAKE, DIRECTOR), acceptances_needed=1)
    told = notice(effective=90)
    facts = [agreement(seats=(either,)), told, receipt(told), accept(DIRECTOR)]

    assert owing(judge(POLICY, History.of(facts), day(1000))) == []


def test_a_time_to_answer_of_zero_is_over_without_a_reminder() -> None:
    told = notice()

    due = actions([agreement(acknowledge_within=hours(0)), told, receipt(told)])

    assert {each.kind for each in due} >= {DueKind.OVERDUE}
    assert DueKind.REMINDER not in {each.kind for each in due}


def test_the_steps_of_a_ladder_count_from_one() -> None:
    told = notice(effective=90)

    steps = [
        each.number
        for each in actions([told, receipt(told)])
        if each.kind is DueKind.LADDER_STEP and each.office == INTAKE
    ]

    assert steps == list(range(1, len(steps) + 1)) != []


@pytest.mark.parametrize(
    ("other", "is_outrun"),
    [
        (reminder(8), True),
        (reminder(9), True),
        (reminder(9.1), False),
        (reminder(5), False),
        (reminder(8, kind=DueKind.OVERDUE), True),
        (reminder(8, kind=DueKind.LADDER_STEP), False),
        (reminder(8, office=DIRECTOR), False),
        (reminder(8, material_digest=TEXT_B), False),
    ],
    ids=[
        "a later reminder",
        "one due now",
        "one to come",
        "one due with it",
        "the end of the time",
        "a step of the ladder",
        "another office's",
        "another text's",
    ],
)
def test_a_late_reminder_is_outrun_by_a_later_word_to_its_office_about_its_text(
    other: DueAction, is_outrun: bool
) -> None:
    assert outruns(reminder(5), [other], day(9)) is is_outrun


def test_the_id_of_an_action_is_the_same_in_every_process_and_release() -> None:
    first = "ec16a0e2-0092-5b66-a624-51468f7bef3d"
    returned = "bbd2379d-8db1-5c3c-9abd-246b70d8515e"

    assert {str(each.action_id) for each in (reminder(5), reminder(6))} == {first}
    assert str(reminder(5, returned_with=3).action_id) == returned


def test_a_proposals_day_changes_nothing_that_shows() -> None:
    proposal = notice(revision=2, text=TEXT_B, stage=Stage.PROPOSED, recorded=65, effective=100)

    assert kinds_at([*announced_story(), proposal], 100) == []


def test_each_office_that_becomes_overdue_changes_what_shows() -> None:
    told = notice(effective=90)
    receipts = [
        receipt(told, recorded=2, office=DIRECTOR),
        receipt(told, recorded=5, office=INTAKE),
    ]

    facts = [told, *receipts]

    assert DueKind.STATE_CHANGES in kinds_at(facts, 33)
    assert DueKind.STATE_CHANGES in kinds_at(facts, 36)


def test_a_policy_that_is_cancelled_while_it_is_stayed_has_ended() -> None:
    facts = [*announced_story(), stay(since=65), cancel(since=70)]

    assert kinds_at(facts, 70) == [DueKind.ENDED]
