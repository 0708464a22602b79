"""A policy's share of the facts of many: what is judged by it is what is judged by all of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given, settings

from bus.events import Mode
from bus.notices.clearance import judge
from bus.notices.detector import findings_of, policy_findings
from bus.notices.facts import AnyFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.shares import shares_of
from bus.tracker.changes import first_opened
from tests.unit.notices import stories
from tests.unit.notices.stories import POLICY, day
from tests.unit.notices.strategies import NEWER, histories, moments

INSTANT = timedelta(microseconds=1)


def opened(found: list[Finding]) -> dict[UUID, datetime]:
    return {key: finding.opened_at for key, finding in first_opened(found).items()}


@given(facts=histories(), at=moments)
@settings(max_examples=80, deadline=None)
def test_a_policy_is_judged_by_its_share_as_by_the_facts_of_all(
    facts: list[AnyFact], at: float
) -> None:
    history = History.of(facts)

    shares = shares_of([POLICY, NEWER], history)

    for policy_id, share in shares.items():
        by_share, by_all = (judge(policy_id, each, day(200)) for each in (share, history))
        assert by_share.at(day(at)) == by_all.at(day(at))
        assert findings_of(by_share, share) == policy_findings(policy_id, history, day(200))


@given(facts=histories(), since=moments)
@settings(max_examples=80, deadline=None)
def test_what_was_found_before_and_what_is_found_since_are_all_that_is_found(
    facts: list[AnyFact], since: float
) -> None:
    history = History.of(facts)
    before = policy_findings(POLICY, history, day(since) - INSTANT)

    anew = findings_of(judge(POLICY, history, day(200)), history, day(since))

    everything = policy_findings(POLICY, history, day(200))
    assert opened([*before, *anew]) == opened(everything)


def test_a_policy_has_no_share_in_what_others_answer() -> None:
    other = "doj/2018/another-policy"
    own, others = stories.notice(recorded=0), stories.notice(recorded=0, policy_id=other)
    receipt = stories.receipt(others, recorded=1)
    answer = stories.accept(recorded=2)

    shares = shares_of([POLICY, other], History.of([own, others, receipt, answer]))

    assert shares[POLICY] == History.of([own, answer])
    assert shares[other] == History.of([others, receipt])


def test_a_policy_has_a_share_in_what_ends_it() -> None:
    own = stories.notice(recorded=0)
    newer = stories.notice(recorded=1, policy_id=NEWER, supersedes=POLICY)
    cancel = stories.cancel(None, recorded=2, policy_id=NEWER)

    shares = shares_of([POLICY], History.of([own, newer, cancel]))

    assert shares == {POLICY: History.of([own, newer, cancel])}


def test_a_notice_that_gives_a_policy_its_mode_lets_old_decisions_be_judged_anew() -> None:
    doubtful = stories.notice(recorded=0, effective=40, sound=False)
    no = stories.reject(recorded=50, mode=Mode.EXERCISE)
    sound = stories.notice(recorded=60, effective=40, revision=2, mode=Mode.EXERCISE)
    history = History.of([doubtful, no, sound])

    anew = findings_of(judge(POLICY, history, day(60)), history, day(60))

    assert FindingKind.OBJECTION in {finding.kind for finding in anew}
