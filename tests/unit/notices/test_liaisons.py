"""Notices that a liaison records for an office that doesn't use the bus."""

from __future__ import annotations

import pytest

from bus.events import Mode
from bus.notices.detector import policy_findings
from bus.notices.facts import AnyFact, NoticeFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.states import RecordState
from tests.unit.notices.stories import (
    POLICY,
    TEXT_B,
    announced_story,
    both_accept,
    cancel,
    clearance,
    codes,
    day,
    notice,
    receipt,
)


def find(facts: list[AnyFact], kind: FindingKind) -> list[Finding]:
    found = policy_findings(POLICY, History.of(facts), day(365))
    return [finding for finding in found if finding.kind is kind]


def reported(**details: object) -> NoticeFact:
    """HHS's liaison records what DOJ has issued."""
    told = {"topic": "hhs.policy-notice.v1", "recorded_by": "hhs.ios", **details}
    return notice(**told)  # type: ignore[arg-type]


@pytest.mark.promise("P1")
def test_a_notice_by_another_agencys_liaison_makes_the_policy_known_and_announces_nothing() -> None:
    told = reported()
    facts = [told, receipt(told), *both_accept()]

    state = clearance(facts, at=70)

    assert (state.record, state.clear) == (RecordState.UNKNOWN, False)
    assert codes(state, "hhs.ios") == {"RECORDED_BY_LIAISON"}


@pytest.mark.promise("P1")
def test_what_another_agencys_liaison_records_is_found_as_an_observed_policy() -> None:
    first = reported()

    found = find([first, reported(recorded=5)], FindingKind.OBSERVED_POLICY)

    assert [(f.event_id, f.office, f.reason) for f in found] == [
        (first.event_id, "hhs.ios", "RECORDED_BY_LIAISON")
    ]
    assert find([first], FindingKind.VOID_NOTICE) == []


def test_a_report_changes_nothing_of_what_the_issuer_announced() -> None:
    facts = [*announced_story(), reported(recorded=5, revision=2, text=TEXT_B)]

    assert clearance(facts, at=70).clear


@pytest.mark.promise("P8")
def test_an_exercises_report_makes_no_real_policy_known() -> None:
    state = clearance([reported(mode=Mode.EXERCISE)], at=70)

    assert "RECORDED_BY_LIAISON" not in codes(state)


def test_within_its_agency_a_liaison_is_shown_and_the_notice_is_valid() -> None:
    state = clearance(announced_story(recorded_by="doj.eousa"), at=70)

    assert state.clear
    assert codes(state, "doj.eousa") == {"RECORDED_BY_LIAISON"}


@pytest.mark.parametrize("details", [{"recorded_by": "hhs.ios"}, {"topic": "dhs.policy-notice.v1"}])
def test_a_notice_that_isnt_the_issuers_own_is_void(details: dict[str, object]) -> None:
    forged = notice(**details)  # type: ignore[arg-type]

    found = find([forged], FindingKind.VOID_NOTICE)

    assert [(f.event_id, f.reason) for f in found] == [(forged.event_id, "NOT_AUTHORISED")]
    assert clearance([forged], at=70).record is RecordState.UNKNOWN


@pytest.mark.parametrize(("recorded", "is_void"), [(4.999, False), (5, True), (90, True)])
def test_a_revision_recorded_once_the_policy_is_cancelled_is_void(
    recorded: float, is_void: bool
) -> None:
    update = notice(revision=2, text=TEXT_B, recorded=recorded, effective=95)
    facts = [*announced_story(), cancel(since=80, recorded=5), update]

    found = find(facts, FindingKind.VOID_NOTICE)

    assert [(f.event_id, f.reason) for f in found] == [(update.event_id, "CANCELLED")] * is_void


@pytest.mark.promise("P1")
def test_a_revision_that_follows_its_cancellation_announces_nothing_before_it_holds_either() -> (
    None
):
    first = notice(recorded=0)
    cancelled = cancel(since=90, recorded=-1)

    state = clearance([cancelled, first, receipt(first), *both_accept()], at=70)

    assert not state.announced
    assert "CANCELLED" in codes(state)
