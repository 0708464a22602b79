"""What an office may say of a policy after its announcement, and what it is told instead."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from bus.errors import UsageError
from bus.events import Mode
from bus.notices.facts import CancelCause
from bus.offices.policy_steps import Case, cancellation, compulsion, lifting, proceeding, stay
from tests.unit.notices.stories import (
    announced_story,
    cancel,
    day,
    lift,
    notice,
    reject,
)
from tests.unit.notices.stories import stay as stayed
from tests.unit.offices.known import COUNSEL, ISSUER, known

CASE = Case("S.D. Cal.", "3:18-cv-00428")
APPROVER = ("general-counsel", "h-51")
HHS = {"office": "hhs.ogc", "topic": "hhs.coordination.v1"}


def test_a_date_alone_is_midnight_in_the_notices_zone() -> None:
    step = cancellation(known(announced_story()), ISSUER, CancelCause.RESCINDED, "2018-06-20")

    assert step.body == {"cause": "RESCINDED", "from": datetime(2018, 6, 20, 4, tzinfo=UTC)}


def test_what_holds_from_no_named_moment_holds_from_now() -> None:
    step = stay(known(announced_story()), COUNSEL, CASE, None, None)

    assert step.body["from"] == day(10)


def test_a_statement_has_the_mode_of_its_policy() -> None:
    story = announced_story(mode=Mode.EXERCISE)

    assert stay(known(story), COUNSEL, CASE, None, None).mode is Mode.EXERCISE


def test_only_the_issuer_cancels_and_proceeds() -> None:
    policy = known([*announced_story(), reject(number=2)])

    for choose in (
        lambda: cancellation(policy, COUNSEL, CancelCause.MISTAKEN, None),
        lambda: proceeding(policy, COUNSEL, None, "why"),
    ):
        with pytest.raises(UsageError, match="let an office of doj do it"):
            choose()


def test_a_policy_is_cancelled_again_only_for_an_earlier_day() -> None:
    policy = known([*announced_story(), cancel(20)])

    with pytest.raises(UsageError, match="only an earlier --from"):
        cancellation(policy, ISSUER, CancelCause.RESCINDED, "2018-03-01")
    earlier = cancellation(policy, ISSUER, CancelCause.RESCINDED, "2018-01-02")

    assert earlier.body["from"] < day(20)  # type: ignore[operator]


def test_a_case_has_a_court_and_a_docket_number() -> None:
    for court, docket in (("", "3:18"), ("S.D. Cal.", "  ")):
        with pytest.raises(UsageError, match="--docket"):
            Case(court, docket)


def test_two_officers_of_the_agency_that_recorded_a_stay_lift_it() -> None:
    order = stayed(5, **HHS)
    policy = known([*announced_story(), order])

    step = lifting(policy, COUNSEL, order.coordination_id, APPROVER, None)

    assert step.body["approved_by"] == {"role": "general-counsel", "id": "h-51"}


def test_another_agency_is_told_who_can_lift_a_stay() -> None:
    order = stayed(5, **HHS)
    policy = known([*announced_story(), order])

    with pytest.raises(UsageError, match="two officers of hhs"):
        lifting(policy, ISSUER, order.coordination_id, ("approver", "a-2"), None)


def test_one_officer_lifts_no_stay_whatever_the_letter_case() -> None:
    order = stayed(5, **HHS)
    policy = known([*announced_story(), order])

    with pytest.raises(UsageError, match="--approved-by"):
        lifting(policy, COUNSEL, order.coordination_id, ("deputy", "H-50"), None)


def test_a_lifted_stay_is_not_lifted_again_and_an_unknown_one_never() -> None:
    order = stayed(5, **HHS)
    policy = known([*announced_story(), order, lift(order, 8, recorded=7, **HHS)])

    with pytest.raises(UsageError, match="the first lifting counts"):
        lifting(policy, COUNSEL, order.coordination_id, APPROVER, None)
    with pytest.raises(UsageError, match="bus timeline"):
        lifting(policy, COUNSEL, UUID(int=99), APPROVER, None)


def test_a_lifting_that_was_recorded_this_very_moment_counts_as_the_first() -> None:
    order = stayed(5, **HHS)
    policy = known([*announced_story(), order, lift(order, 8, recorded=10, **HHS)], now=10)

    with pytest.raises(UsageError, match="the first lifting counts"):
        lifting(policy, COUNSEL, order.coordination_id, APPROVER, None)


def test_the_issuer_proceeds_over_an_objection_and_never_without_one() -> None:
    policy = known([*announced_story(), reject(number=2)])

    assert proceeding(policy, ISSUER, None, "why").body == {"revision": 1, "reason": "why"}
    with pytest.raises(UsageError, match="no revision 4"):
        proceeding(policy, ISSUER, 4, "why")
    with pytest.raises(UsageError, match="bus clearance"):
        proceeding(known(announced_story()), ISSUER, None, "why")


def test_who_proceeds_with_another_revision_than_the_one_objected_to_is_told_which() -> None:
    second = notice(revision=2, text="b" * 64, recorded=4)
    policy = known([*announced_story(), reject(number=2), second])

    with pytest.raises(UsageError, match="--revision 1"):
        proceeding(policy, ISSUER, None, "why")


def test_what_a_court_compels_is_recorded_with_its_case() -> None:
    step = compulsion(known(announced_story()), ISSUER, CASE, "reunite")

    assert step.body == {"court": "S.D. Cal.", "docket": "3:18-cv-00428", "reason": "reunite"}
