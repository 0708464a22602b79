"""Whose turn it is with an office's condition, and which answers would have an effect."""

from __future__ import annotations

import pytest

from bus.errors import UsageError
from bus.notices.facts import Answer, AnyFact
from bus.offices.conditions import Reply, answering, conditions_at
from tests.unit.notices.stories import DIRECTOR, INTAKE, accept, answer, notice, receipt
from tests.unit.offices.known import COUNSEL, ISSUER, known


def story(*more: AnyFact, places: int | None = None) -> list[AnyFact]:
    """Return a notice that HHS's intake accepted on a condition."""
    told = notice(places_needed=200)
    made = accept(conditions=("beds",), places=places)
    return [told, receipt(told), made, accept(DIRECTOR), *more]


def reply(condition_id: str = "beds", what: Answer = Answer.AGREED) -> Reply:
    return Reply(office=INTAKE, condition_id=condition_id, answer=what)


def turns(*more: AnyFact) -> list[tuple[str, str | None]]:
    """Return each condition, and the office whose turn it is."""
    policy = known(story(*more))
    found = conditions_at(policy.judgement, policy.now)
    return [(each.condition_id, each.waits_for) for each in found]


def test_an_open_condition_waits_for_the_issuer_and_an_answered_one_for_its_office() -> None:
    assert turns() == [("beds", "doj.oag")]
    assert turns(answer("beds", Answer.ANSWERED)) == [("beds", INTAKE)]
    assert turns(answer("beds", Answer.REFUSED)) == [("beds", INTAKE)]
    assert turns(answer("beds")) == [("beds", None)]


def test_an_office_that_accepts_anew_without_the_condition_has_none() -> None:
    assert turns(accept(number=2, recorded=4)) == []


def test_fewer_places_than_are_needed_are_a_condition_that_the_issuer_can_answer() -> None:
    policy = known(story(places=50))

    step = answering(policy, ISSUER, reply("capacity", Answer.REFUSED))

    assert [each.condition_id for each in conditions_at(policy.judgement, policy.now)] == [
        "beds",
        "capacity",
    ]
    assert step.body["answer"] == "REFUSED"


def test_only_the_issuer_answers() -> None:
    with pytest.raises(UsageError, match="let an office of doj"):
        answering(known(story()), COUNSEL, reply())


def test_who_answers_what_nobody_asked_is_told_what_was() -> None:
    with pytest.raises(UsageError, match=r"there are: hhs\.orr\.intake beds"):
        answering(known(story()), ISSUER, reply("cots"))
    with pytest.raises(UsageError, match="decided anew"):
        answering(known(story(accept(number=2, recorded=4))), ISSUER, reply())


def test_after_an_agreement_only_a_refusal_counts_and_after_a_refusal_nothing() -> None:
    agreed, refused = known(story(answer("beds"))), known(story(answer("beds", Answer.REFUSED)))

    with pytest.raises(UsageError, match="agreed already"):
        answering(agreed, ISSUER, reply())
    with pytest.raises(UsageError, match="has to decide anew"):
        answering(refused, ISSUER, reply())
    assert answering(agreed, ISSUER, reply(what=Answer.REFUSED)).body["answer"] == "REFUSED"


def test_a_condition_of_a_text_that_nobody_knows_can_be_answered() -> None:
    ahead = accept(number=2, recorded=4, text="c" * 64, revision=2, conditions=("cots",))

    assert answering(known(story(ahead)), ISSUER, reply("cots")).body["condition_id"] == "cots"
