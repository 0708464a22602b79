"""A text that was changed away and comes back: nobody's earlier answer holds for it."""

from __future__ import annotations

import pytest

from bus.notices.clearance import judge
from bus.notices.detector import overdue_findings, policy_findings
from bus.notices.facts import Answer, AnyFact
from bus.notices.findings import FindingKind
from bus.notices.history import History
from bus.notices.schedule import due_actions
from bus.notices.states import AnswerState, Lead
from bus.notices.texts import texts_of
from tests.unit.notices.stories import (
    INTAKE,
    OFFICES,
    POLICY,
    TEXT_A,
    TEXT_B,
    accept,
    answer,
    both_accept,
    clearance,
    codes,
    day,
    notice,
    receipt,
    reject,
)

FIRST = notice(revision=1, effective=60)
CHANGED = notice(revision=2, effective=60, text=TEXT_B, replaces=TEXT_A, recorded=5)
RETURNED = notice(
    revision=3, effective=60, text=TEXT_A, replaces=TEXT_B, recorded=10, content="A again"
)
STORY: list[AnyFact] = [
    FIRST,
    receipt(FIRST),
    *both_accept(recorded=2),
    CHANGED,
    receipt(CHANGED, recorded=6),
    RETURNED,
    receipt(RETURNED, recorded=11),
]


@pytest.mark.promise("P1")
@pytest.mark.promise("P7")
def test_a_text_that_returns_is_not_announced_by_answers_from_before_it_was_changed() -> None:
    state = clearance(STORY, at=60)

    assert (state.revision, state.answer, state.clear) == (3, AnswerState.PENDING, False)
    assert {"TEXT_CHANGED_SINCE"} <= codes(state, INTAKE)


def test_a_text_that_returns_is_announced_once_every_seat_has_accepted_it_anew() -> None:
    anew = both_accept(revision=3, number=2, recorded=12)

    state = clearance([*STORY, *anew], at=60)

    assert (state.revision, state.announced, state.clear) == (3, True, True)


def test_an_answer_given_after_the_return_to_the_revision_before_the_change_does_not_hold() -> None:
    late = both_accept(revision=1, number=2, recorded=12)

    state = clearance([*STORY, *late], at=60)

    assert (state.answer, state.clear) == (AnswerState.PENDING, False)


def test_a_condition_from_before_the_change_that_was_refused_is_no_objection_to_the_return() -> (
    None
):
    asked = accept(INTAKE, number=2, conditions=("beds",), recorded=3)
    refused = answer("beds", Answer.REFUSED, recorded=4)

    state = clearance([*STORY, asked, refused], at=60)

    assert state.answer is AnswerState.PENDING


def test_an_objection_from_before_the_change_closes_the_gate_of_the_text_that_returns() -> None:
    objection = reject(INTAKE, number=2, recorded=3)

    state = clearance([*STORY, objection], at=60)

    assert state.answer is AnswerState.REJECTED


def test_a_text_that_returns_may_be_accepted_after_an_earlier_objection_to_it() -> None:
    objection = reject(INTAKE, number=2, recorded=3)
    anew = [
        accept(INTAKE, revision=3, number=3, recorded=12),
        accept(OFFICES[1], revision=3, number=2, recorded=12),
    ]

    assert clearance([*STORY, objection, *anew], at=60).clear


def test_an_editorial_change_between_keeps_the_answers() -> None:
    retitled = notice(revision=2, effective=60, content="A with another title", recorded=5)
    again = notice(revision=3, effective=60, content="A with a third title", recorded=10)

    state = clearance([FIRST, receipt(FIRST), *both_accept(), retitled, again], at=60)

    assert (state.revision, state.clear) == (3, True)


def test_a_revision_with_two_texts_changes_the_text_away_too() -> None:
    doubtful = [
        notice(revision=2, effective=60, content="A as it was", recorded=5),
        notice(revision=2, effective=60, text=TEXT_B, recorded=6),
    ]

    state = clearance(
        [FIRST, receipt(FIRST), *both_accept(), *doubtful, RETURNED, receipt(RETURNED)], at=60
    )

    assert (state.revision, state.answer) == (3, AnswerState.PENDING)


def test_the_lead_time_of_a_text_that_returns_counts_from_its_delivery_since_then() -> None:
    late = notice(revision=3, effective=60, replaces=TEXT_B, recorded=40, content="A again")
    anew = both_accept(revision=3, number=2, recorded=42)
    facts = [FIRST, receipt(FIRST), CHANGED, late, receipt(late, recorded=41), *anew]

    state = clearance(facts, at=60)

    assert (state.revision, state.lead, state.clear) == (3, Lead.SHORT, False)
    assert "SHORT_BY_SENDER" in codes(state, INTAKE)


def test_an_update_that_returns_to_an_older_text_does_not_close_the_gate_in_force() -> None:
    """The older revision took effect before anybody changed it: it governs on."""
    changed = notice(revision=2, effective=90, text=TEXT_B, replaces=TEXT_A, recorded=65)
    returned = notice(revision=3, effective=60, replaces=TEXT_B, recorded=70, content="A again")

    state = clearance([FIRST, receipt(FIRST), *both_accept(), changed, returned], at=75)

    assert (state.revision, state.clear) == (1, True)


def test_an_office_owes_an_answer_to_a_text_that_returns_and_is_reminded_again() -> None:
    history = History.of(STORY)
    before = judge(POLICY, history, day(4))
    silent_then = judge(POLICY, History.of([FIRST, receipt(FIRST)]), day(4))
    now = judge(POLICY, history, day(12))

    reminders = {each.action_id for each in due_actions(now) if each.office is not None}

    assert not [each for each in due_actions(before) if each.office is not None]
    assert len(reminders) > 2
    assert reminders.isdisjoint(each.action_id for each in due_actions(silent_then))


def test_what_is_found_of_a_text_that_returns_is_no_finding_of_its_first_time() -> None:
    late = notice(revision=1, effective=20)
    returned = notice(revision=3, effective=20, recorded=10, content="A again")
    facts = [
        late,
        receipt(late),
        notice(revision=2, effective=20, text=TEXT_B, recorded=5),
        returned,
        receipt(returned, recorded=11),
    ]

    found = policy_findings(POLICY, History.of(facts), day(15))
    overdue = overdue_findings(POLICY, History.of(facts), day(300), day(300))

    assert [each.event_id for each in found if each.kind is FindingKind.LATE_NOTICE] == [
        late.event_id,
        facts[2].event_id,  # type: ignore[union-attr]
        returned.event_id,
    ]
    assert {each.event_id for each in overdue} == {returned.event_id}


def test_of_two_times_of_one_text_only_the_later_one_has_returned() -> None:
    texts = texts_of([FIRST, CHANGED, RETURNED])

    assert [each.returned_with for each in texts] == [None, None, 3]


def test_an_editorial_change_continues_the_text() -> None:
    editorial = notice(revision=2, content="a better title")

    (text,) = texts_of([FIRST, editorial])

    assert (text.revisions, text.returned_with) == ({1, 2}, None)


def test_a_number_with_two_texts_continues_neither_of_those_before() -> None:
    twice = [notice(revision=number, text=text) for number in (1, 2) for text in (TEXT_A, TEXT_B)]

    assert [each.revisions for each in texts_of(twice)] == [{1}, {1}, {2}, {2}]
