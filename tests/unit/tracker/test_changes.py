"""Which findings are told, told again, and withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from bus.events import Mode
from bus.notices.findings import Finding, FindingKind
from bus.tracker.changes import StoredFinding, changed_findings, first_opened

START = datetime(2018, 4, 6, tzinfo=UTC)


def finding(cause: str = "a", *, hours: float = 0) -> Finding:
    return Finding(
        kind=FindingKind.UNANNOUNCED_POLICY,
        cause=(cause,),
        mode=Mode.ACTUAL,
        opened_at=START + timedelta(hours=hours),
        facts=(str(UUID(int=1)),),
        policy_id="doj/2018/zero-tolerance",
    )


def told(
    found: list[Finding], stored: list[StoredFinding], since_hours: float = 0
) -> list[StoredFinding]:
    return changed_findings(first_opened(found), stored, START + timedelta(hours=since_hours))


def versions(changes: list[StoredFinding]) -> list[tuple[object, object]]:
    return [(each.payload["version"], each.payload["state"]) for each in changes]


def test_a_new_finding_is_told_as_open() -> None:
    assert versions(told([finding()], [])) == [(1, "OPEN")]


def test_a_finding_that_was_told_is_not_told_again() -> None:
    stored = told([finding()], [])

    assert told([finding()], stored) == []


def test_an_earlier_fact_for_the_same_finding_is_told_as_its_next_version() -> None:
    stored = told([finding(hours=5)], [])

    (change,) = told([finding(hours=3)], stored)

    assert versions([change]) == [(2, "OPEN")]
    assert change.opened_at == START + timedelta(hours=3)


def test_a_later_fact_for_the_same_finding_changes_nothing() -> None:
    stored = told([finding(hours=3)], [])

    assert told([finding(hours=5)], stored, since_hours=4) == []


def test_a_finding_moves_later_when_a_new_fact_comes_before_it() -> None:
    stored = told([finding(hours=3)], [])

    (change,) = told([finding(hours=5)], stored, since_hours=2)

    assert change.opened_at == START + timedelta(hours=5)


def test_a_finding_that_does_not_hold_any_more_is_withdrawn_once() -> None:
    stored = told([finding(hours=3)], [])

    (withdrawn,) = told([], stored, since_hours=2)

    assert versions([withdrawn]) == [(2, "RESOLVED")]
    assert told([], [withdrawn], since_hours=2) == []


def test_a_finding_from_before_the_new_facts_stays() -> None:
    stored = told([finding(hours=3)], [])

    assert told([], stored, since_hours=4) == []


def test_a_withdrawn_finding_opens_again_when_it_holds_again() -> None:
    stored = told([finding(hours=3)], [])
    withdrawn = told([], stored)

    assert versions(told([finding(hours=3)], withdrawn)) == [(3, "OPEN")]


def test_what_an_office_has_taken_stays_taken_when_it_turns_out_to_be_older() -> None:
    (opened,) = told([finding(hours=3)], [])
    taken = replace(opened, payload={**opened.payload, "state": "TAKEN"})

    assert versions(told([finding(hours=2)], [taken])) == [(2, "TAKEN")]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=12))
def test_the_first_opening_counts_in_any_order(openings: list[tuple[str, int]]) -> None:
    findings = [finding(cause, hours=hours) for cause, hours in openings]

    forwards, backwards = first_opened(findings), first_opened(reversed(findings))

    assert forwards == backwards
    for each in findings:
        assert forwards[each.finding_id].opened_at <= each.opened_at
