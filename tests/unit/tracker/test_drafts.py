"""No flood of facts makes a clearance or finding that can't be published."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from bus.codec.schemas import packaged
from bus.codec.validation import find_faults
from bus.events import Mode
from bus.notices.findings import Finding, FindingKind
from bus.notices.payloads import state_of
from bus.tracker.drafts import (
    bounded_clearance,
    bounded_finding,
    clearance_draft,
    finding_draft,
)
from tests.unit.notices.stories import (
    POLICY,
    announced_story,
    clearance,
    day,
    notice,
    reject,
)

CLEARANCE = packaged().latest("interagency.clearance.Clearance")
FINDING = packaged().latest("interagency.clearance.Finding")


def test_a_clearance_with_too_many_seats_is_told_with_the_open_ones_first() -> None:
    offices = tuple(f"doj.office-{number}" for number in range(100))
    facts = announced_story(required=offices)

    payload = bounded_clearance(clearance(facts, at=61), version=1, positions=())

    seats = payload["seats"]
    assert isinstance(seats, list)
    assert len(seats) == 50
    assert not any(seat["filled"] for seat in seats)
    assert find_faults(CLEARANCE, payload) == []


def test_a_clearance_with_too_many_reasons_can_be_told() -> None:
    contents = [notice(content=f"content {number}") for number in range(1100)]

    payload = bounded_clearance(clearance(contents, at=61), version=1, positions=())

    assert find_faults(CLEARANCE, payload) == []


def test_a_finding_of_a_source_with_a_long_name_can_be_told() -> None:
    finding = Finding(
        kind=FindingKind.CONFLICT,
        cause=("a",),
        mode=Mode.ACTUAL,
        opened_at=datetime(2018, 4, 6, tzinfo=UTC),
        facts=tuple(str(UUID(int=number)) for number in range(1100)),
        source="s" * 512,
    )

    assert find_faults(FINDING, bounded_finding(finding)) == []


def test_a_clearance_without_notice_is_told_as_actual() -> None:
    state = clearance([], at=0)
    payload = bounded_clearance(state, version=1, positions=())

    draft = clearance_draft(payload, state.at, None)

    assert (draft.mode, draft.data["mode"], draft.topic) == (Mode.ACTUAL, None, "bus.clearance.v1")


def test_version_moment_and_positions_are_no_part_of_a_state() -> None:
    facts = [notice()]
    first = bounded_clearance(clearance(facts, at=1), version=1, positions=())
    later = bounded_clearance(clearance(facts, at=2), version=7, positions=())

    assert state_of(first) == state_of(later)


def test_a_finding_is_caused_by_the_event_that_showed_it() -> None:
    cause = UUID(int=5)
    finding = Finding(
        kind=FindingKind.CONFLICT,
        cause=("a",),
        mode=Mode.EXERCISE,
        opened_at=day(1),
        facts=(),
        policy_id=POLICY,
        event_id=cause,
    )

    draft = finding_draft(bounded_finding(finding), day(2))

    assert (draft.causation_id, draft.mode, draft.time) == (cause, Mode.EXERCISE, day(2))


def test_a_rejection_changes_the_state() -> None:
    base = notice()
    before = bounded_clearance(clearance([base], at=3), version=1, positions=())
    after = bounded_clearance(clearance([base, reject()], at=3), version=1, positions=())

    assert state_of(before) != state_of(after)
