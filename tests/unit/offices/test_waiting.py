"""What waits for each office that a policy names."""

from __future__ import annotations

from bus.events import Mode
from bus.notices.facts import Answer, AnyFact
from bus.offices.overview import Policy
from bus.offices.waiting import waiting_of
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    POLICY,
    accept,
    answer,
    cancel,
    notice,
    receipt,
)
from tests.unit.offices.known import known


def waiting(*facts: AnyFact, now: float = 10) -> dict[str, dict[str, object]]:
    """Return what waits for each office on that day."""
    policy = known(facts, now)
    found = waiting_of([Policy(policy.judgement.at(policy.now), policy.judgement, {})])
    return {each.office: each.row() for each in found}


def test_a_notice_waits_for_each_office_that_has_not_decided_and_is_overdue_in_the_end() -> None:
    told = notice(effective=200)
    story = [told, receipt(told), accept()]

    early, late = waiting(*story), waiting(*story, now=100)

    assert sorted(early) == ["doj.oag", DIRECTOR, INTAKE]
    assert (early[DIRECTOR]["to_answer"], early[DIRECTOR]["overdue"]) == ([POLICY], [])
    assert (late[DIRECTOR]["to_answer"], late[DIRECTOR]["overdue"]) == ([POLICY], [POLICY])
    assert early[INTAKE]["to_answer"] == early["doj.oag"]["to_answer"] == []


def test_a_condition_waits_for_the_issuer_and_its_answer_for_the_office() -> None:
    told = notice()
    story = [told, receipt(told), accept(conditions=("beds",))]

    open_one, answered = waiting(*story), waiting(*story, answer("beds", Answer.ANSWERED))

    assert open_one["doj.oag"]["conditions_to_answer"] == [POLICY]
    assert answered["doj.oag"]["conditions_to_answer"] == []
    assert answered[INTAKE]["answers_to_decide_on"] == [POLICY]


def test_nothing_waits_once_a_policy_has_ended() -> None:
    ended = waiting(notice(), cancel(5))

    assert ended[INTAKE]["to_answer"] == ended[DIRECTOR]["to_answer"] == []


def test_what_waits_in_an_exercise_stands_apart() -> None:
    drill = waiting(notice(mode=Mode.EXERCISE))

    assert {each["mode"] for each in drill.values()} == {Mode.EXERCISE}
