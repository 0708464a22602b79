"""An office lets another one decide: within its department, and in one step."""

from __future__ import annotations

import pytest

from bus.errors import UsageError
from bus.notices.facts import AnyFact
from bus.offices.delegating import delegating, revoking
from bus.offices.observing import Officer
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    announced_story,
    day,
    delegate,
    revoke,
)
from tests.unit.offices.known import known

DUTY = Officer(office=INTAKE, role="duty-officer", officer_id="h-17")
DEPUTY = "hhs.orr.deputy"


def delegated(
    to: str, *facts: AnyFact, since: str | None = None, until: str | None = None
) -> object:
    return delegating(known([*announced_story(), *facts]), DUTY, to, since, until).body


def test_an_office_lets_another_of_its_department_decide_for_a_while() -> None:
    body = delegated(DEPUTY, until="2018-03-01")

    assert body == {
        "to_office": DEPUTY,
        "from": day(10),
        "to": day(59 + 5 / 24),
    }


def test_no_office_of_another_department_nor_the_department_itself_is_let_decide() -> None:
    for stranger in ("doj.oag", "hhs"):
        with pytest.raises(UsageError, match="name one of hhs with --to"):
            delegated(stranger)
    with pytest.raises(UsageError, match="another office"):
        delegated(INTAKE)


def test_whoever_was_let_decide_lets_no_third_office() -> None:
    given = delegate(INTAKE, office=DIRECTOR, until=40)

    with pytest.raises(UsageError, match=r"let hhs\.orr\.director delegate to hhs\.orr\.deputy"):
        delegated(DEPUTY, given)
    assert delegated(DEPUTY, given, since="2018-02-10T00:00Z")


def test_nobody_is_let_decide_who_lets_others_decide() -> None:
    given = delegate(DEPUTY, office=DIRECTOR)

    with pytest.raises(UsageError, match=r"let hhs\.orr\.intake delegate to hhs\.orr\.deputy"):
        delegated(DIRECTOR, given)


def test_a_delegation_that_is_given_or_over_already_is_refused() -> None:
    given = delegate(DEPUTY, until=40)

    with pytest.raises(UsageError, match="already, until 2018-02-10"):
        delegated(DEPUTY, given, until="2018-02-01")
    with pytest.raises(UsageError, match="a later --until"):
        delegated(DEPUTY, until="2018-01-05")
    assert delegated(DEPUTY, given, until="2018-05-01")


def revoked(*facts: AnyFact) -> object:
    return revoking(known([*announced_story(), *facts]), DUTY, DEPUTY).body


def test_an_office_revokes_what_it_has_delegated_or_is_going_to() -> None:
    for given in (delegate(DEPUTY), delegate(DEPUTY, since=20, until=40)):
        assert revoked(given) == {"to_office": DEPUTY, "from": day(10), "to": day(10)}


def test_nothing_is_revoked_that_nobody_was_let_do() -> None:
    over = delegate(DEPUTY, until=9)
    done = (delegate(DEPUTY), revoke(DEPUTY, recorded=5))

    for given in ((), (over,), done, (delegate(DEPUTY, office=DIRECTOR),)):
        with pytest.raises(UsageError, match="it lets nobody"):
            revoked(*given)
    with pytest.raises(UsageError, match=r"it lets hhs\.ios"):
        revoked(delegate("hhs.ios"))


def test_what_was_revoked_stands_in_no_later_delegations_way() -> None:
    chain = (delegate(INTAKE, office=DIRECTOR), revoke(INTAKE, office=DIRECTOR, recorded=5))
    same = (delegate(DEPUTY), revoke(DEPUTY, recorded=5))

    assert delegated(DEPUTY, *chain)
    assert delegated(DEPUTY, *same)
