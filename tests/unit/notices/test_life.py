"""What becomes of a finding: by whose word, and which one stands."""

from __future__ import annotations

from uuid import UUID

import pytest

from bus.events import Mode
from bus.notices.facts import CoordinationFact, NoticeFact, Outcome
from bus.notices.life import FindingState, life_of, may_dispose, noticed_at
from tests.unit.notices.stories import POLICY, day, disposition, notice

FINDING = UUID(int=5)


def test_of_a_finding_taken_and_resolved_the_resolution_stands() -> None:
    taken = disposition(FINDING, Outcome.TAKEN, recorded=4)
    resolved = disposition(FINDING, Outcome.RESOLVED, reference="memo 7", recorded=5)

    life = life_of({FINDING}, Mode.ACTUAL, "doj.oag", [resolved, taken])

    assert (life.state, life.last, life.reference) == (FindingState.RESOLVED, resolved, "memo 7")


@pytest.mark.parametrize(
    "said",
    [
        disposition(UUID(int=6), Outcome.TAKEN),
        disposition(FINDING, Outcome.TAKEN, topic="dhs.coordination.v1"),
        disposition(FINDING, None),
    ],
    ids=["of another finding", "by another agency's topic", "unreadable"],
)
def test_what_says_nothing_of_the_finding_by_its_own_agency_leaves_it_open(
    said: CoordinationFact,
) -> None:
    assert life_of({FINDING}, Mode.ACTUAL, "doj.oag", [said]).state is FindingState.OPEN


def test_what_is_about_no_agency_only_the_overseer_disposes_of() -> None:
    assert [may_dispose(office, None) for office in ("doj.oag", "hhs.oig")] == [False, True]


def test_a_policy_is_noticed_with_its_first_notice_since() -> None:
    notices = [notice(recorded=9), notice(recorded=7), notice(recorded=5), notice(recorded=3)]

    assert noticed_at(POLICY, Mode.ACTUAL, day(5), notices) == day(7)


@pytest.mark.parametrize(
    "other",
    [
        notice(recorded=9, policy_id="doj/2018/another"),
        notice(recorded=9, topic="hhs.policy-notice.v1"),
        notice(recorded=9, sound=False),
        notice(recorded=9, mode=Mode.EXERCISE),
    ],
    ids=["another policy's", "another agency's", "of unsound mode", "an exercise's"],
)
def test_no_other_notice_notices_it(other: NoticeFact) -> None:
    assert noticed_at(POLICY, Mode.ACTUAL, day(5), [other]) is None
