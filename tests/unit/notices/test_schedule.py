"""What falls due by time alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.events import Mode
from bus.notices.clearance import Judgement, judge
from bus.notices.detector import overdue_findings
from bus.notices.facts import AnyFact, NoticeFact
from bus.notices.findings import FindingKind
from bus.notices.history import History
from bus.notices.schedule import (
    OF_OFFICES,
    DueAction,
    DueKind,
    due_actions,
    outruns,
    owed,
    what_shows,
)
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    POLICY,
    TEXT_B,
    accept,
    both_accept,
    cancel,
    day,
    notice,
    receipt,
    reject,
)
from tests.unit.notices.strategies import MOMENTS, histories, moments, redelivered


def judged(facts: list[AnyFact], known: float = 1000) -> Judgement:
    return judge(POLICY, History.of(facts), day(known))


def announced(effective: float = 90) -> list[AnyFact]:
    """Return a notice that reached both offices on day 1: they have until day 32."""
    first = notice(effective=effective)
    return [first, receipt(first, recorded=1)]


def told(facts: list[AnyFact], office: str = INTAKE) -> list[tuple[DueKind, object, str | None]]:
    return [
        (each.kind, (each.due_at - day(0)).total_seconds() / 86_400, each.tells)
        for each in due_actions(judged(facts))
        if each.office == office
    ]


def kinds(facts: list[AnyFact]) -> list[DueKind]:
    return [each.kind for each in due_actions(judged(facts)) if each.kind not in OF_OFFICES]


def test_while_an_office_is_silent_it_is_reminded_and_its_ladder_climbed() -> None:
    assert told(announced()) == [
        (DueKind.LADDER_STEP, 4, DIRECTOR),
        (DueKind.LADDER_STEP, 9, "hhs.acf.assistant-secretary"),
        (DueKind.LADDER_STEP, 12, "hhs.ios"),
        (DueKind.REMINDER, 16.5, INTAKE),
        (DueKind.LADDER_STEP, 17, "hhs.oig"),
        (DueKind.REMINDER, 25.8, INTAKE),
        (DueKind.OVERDUE, 32, INTAKE),
    ]


@pytest.mark.parametrize("answer", [accept, reject])
def test_nothing_is_due_of_an_office_that_has_decided(answer: type) -> None:
    facts = [*announced(), answer(INTAKE)]

    assert told(facts) == []
    assert len(told(facts, DIRECTOR)) == 6


def test_before_the_text_has_arrived_no_time_runs() -> None:
    assert due_actions(judged([notice()])) == due_actions(judged([notice()]))
    assert told([notice()]) == []


def test_a_new_text_is_asked_for_anew_and_the_old_one_no_longer() -> None:
    second = notice(recorded=10, revision=2, text=TEXT_B, effective=90)
    facts = [*announced(), *both_accept(), second, receipt(second, recorded=11)]

    actions = [each for each in due_actions(judged(facts)) if each.office == INTAKE]

    assert {each.material_digest for each in actions} == {TEXT_B}
    assert len(actions) == 7


def test_a_policy_that_has_ended_asks_nobody() -> None:
    facts = [*announced(), cancel(since=20)]

    assert {kind for kind, _, _ in told(facts)} == {DueKind.LADDER_STEP, DueKind.REMINDER}
    assert max(moment for _, moment, _ in told(facts)) < 20


def test_taking_effect_and_expiring_are_due() -> None:
    first = notice(effective=60, expires=80)

    assert kinds([first, receipt(first), *both_accept()]) == [DueKind.IN_FORCE, DueKind.ENDED]


def test_a_revision_that_begins_to_govern_is_due() -> None:
    second = notice(recorded=65, revision=2, text=TEXT_B, effective=110)
    facts = [
        *announced(60),
        *both_accept(),
        second,
        receipt(second, recorded=66),
        *both_accept(recorded=67, number=2, revision=2, text=TEXT_B),
    ]

    assert kinds(facts) == [DueKind.IN_FORCE, DueKind.REVISION_GOVERNS]


def test_a_reminder_that_comes_late_is_outrun_by_a_later_word() -> None:
    actions = [each for each in due_actions(judged(announced())) if each.office == INTAKE]

    late = [each.number for each in actions if outruns(each, actions, day(26))]

    assert late == [50]


def test_an_earlier_receipt_moves_the_times_and_not_the_ids() -> None:
    first = notice()
    late = [first, receipt(first, recorded=5)]

    before, after = (
        {each.action_id: each.due_at for each in due_actions(judged(facts)) if each.office}
        for facts in (late, [*late, receipt(first, recorded=1)])
    )

    assert before.keys() == after.keys()
    assert all(after[key] < before[key] for key in before)


@given(facts=histories(), known_at=moments)
@settings(max_examples=50, deadline=None)
def test_between_two_due_times_no_state_changes(facts: list[AnyFact], known_at: float) -> None:
    judgement = judged(facts, known_at)
    due = {each.due_at for each in due_actions(judgement)}

    for begin, end in pairwise(MOMENTS):
        if not any(day(begin) < moment <= day(end) for moment in due):
            assert what_shows(judgement.at(day(begin))) == what_shows(judgement.at(day(end)))


@pytest.mark.promise("P3")
@given(facts=histories(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_same_facts_make_the_same_actions_in_whatever_order_they_are_read(
    facts: list[AnyFact], data: st.DataObject
) -> None:
    again = data.draw(redelivered(facts))

    actions = due_actions(judged(facts))

    assert actions == due_actions(judged(again))
    assert len({each.action_id for each in actions}) == len(actions)


@given(facts=histories(), known_at=moments)
@settings(max_examples=60, deadline=None)
def test_no_reminder_and_no_ladder_step_for_an_office_that_has_decided(
    facts: list[AnyFact], known_at: float
) -> None:
    judgement = judged(facts, known_at)

    assessment = owed(judgement)
    decided = {each.office for each in assessment.offices if each.decision} if assessment else set()

    assert decided.isdisjoint(each.office for each in due_actions(judgement) if each.office)


@given(facts=histories(), data=st.data())
@settings(max_examples=50, deadline=None)
def test_once_an_office_has_decided_nothing_asks_it_again_for_that_text(
    facts: list[AnyFact], data: st.DataObject
) -> None:
    final = [each for each in facts if isinstance(each, NoticeFact) and each.policy_id == POLICY]
    texts = [(each.revision, each.material_digest) for each in final]
    office = data.draw(st.sampled_from([INTAKE, DIRECTOR]))
    decisions = [
        accept(office, revision=revision, text=text, number=9, mode=mode, recorded=0)
        for revision, text in texts
        for mode in (Mode.ACTUAL, Mode.EXERCISE)
    ]

    assert told([*facts, *decisions], office) == []


def overdue(facts: list[AnyFact], at: float, known: float = 1000) -> list[str | None]:
    found = overdue_findings(POLICY, History.of(facts), day(known), day(at))
    assert {each.kind for each in found} <= {FindingKind.OVERDUE}
    return [each.office for each in found]


def test_each_office_that_has_not_answered_in_time_is_found_at_that_moment() -> None:
    facts = [*announced(), accept(DIRECTOR)]

    assert overdue(facts, 31.9) == []
    assert overdue(facts, 32) == [INTAKE]


def test_an_answer_that_comes_later_takes_the_silence_back_no_more() -> None:
    assert overdue([*announced(), *both_accept(recorded=33)], 40) == [DIRECTOR, INTAKE]


def test_an_answer_given_in_time_and_read_later_does() -> None:
    assert overdue([*announced(), *both_accept(recorded=30)], 40) == []


def test_nobody_is_overdue_on_a_policy_that_had_ended() -> None:
    assert overdue([*announced(), cancel(since=20)], 40) == []


@given(facts=histories(), at=moments)
@settings(max_examples=40, deadline=None)
def test_what_is_overdue_stays_so_whatever_comes_later(facts: list[AnyFact], at: float) -> None:
    early = {
        each.finding_id
        for each in overdue_findings(
            POLICY, History.of(facts).as_known_at(day(at)), day(at), day(at)
        )
    }

    late = {
        each.finding_id for each in overdue_findings(POLICY, History.of(facts), day(1000), day(90))
    }

    assert early <= late


def test_actions_of_offices_are_made_of_their_cause_alone() -> None:
    actions: list[DueAction] = [
        each for each in due_actions(judged(announced())) if each.office is not None
    ]

    assert len({each.action_id for each in actions}) == len(actions) == 13
