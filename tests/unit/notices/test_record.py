"""The record dimension: UNREADABLE, UNKNOWN, CONFLICT, SOUND, in this order."""

from __future__ import annotations

import pytest

from bus.notices.states import RecordState
from tests.unit.notices.stories import (
    POLICY,
    TEXT_B,
    announced_story,
    clearance,
    codes,
    dead_letter,
    notice,
)


def test_without_a_notice_the_record_is_unknown_and_all_other_dimensions_are_null() -> None:
    state = clearance([], at=70)

    assert state.record is RecordState.UNKNOWN
    assert (state.answer, state.lead, state.force, state.mode) == (None, None, None, None)
    assert (state.revision, state.announced, state.clear) == (None, False, False)
    assert codes(state) == {"NO_NOTICE"}


def test_an_open_dead_letter_of_the_policy_makes_its_record_unreadable() -> None:
    letter = dead_letter(opened=3)

    state = clearance([*announced_story(), letter], at=70)

    assert state.record is RecordState.UNREADABLE
    assert (state.announced, state.clear) == (False, False)
    assert ("DEAD_LETTER_OPEN", str(letter.dead_letter_id)) in [
        (reason.code, reason.fact) for reason in state.reasons
    ]


def test_a_dead_letter_comes_before_a_missing_notice() -> None:
    state = clearance([dead_letter()], at=70)

    assert state.record is RecordState.UNREADABLE
    assert state.force is None


def test_a_dead_letter_comes_before_a_conflict() -> None:
    facts = [notice(content="one"), notice(content="other"), dead_letter()]

    state = clearance(facts, at=70)

    assert state.record is RecordState.UNREADABLE


@pytest.mark.parametrize(
    ("known_at", "record"), [(2.9, "SOUND"), (3, "UNREADABLE"), (8.9, "UNREADABLE"), (9, "SOUND")]
)
def test_a_dead_letter_counts_from_its_opening_until_before_its_closing(
    known_at: float, record: str
) -> None:
    state = clearance([*announced_story(), dead_letter(opened=3, closed=9)], 70, known_at)

    assert state.record == record


@pytest.mark.parametrize("key", ["doj/2018/another-policy", None])
def test_a_dead_letter_of_another_key_says_nothing_about_this_policy(key: str | None) -> None:
    state = clearance([*announced_story(), dead_letter(policy_id=key)], at=70)

    assert state.clear


@pytest.mark.promise("P1")
def test_one_revision_with_two_contents_is_a_conflict_that_names_both() -> None:
    story = announced_story()
    other = notice(recorded=4, content="the same digest, another contact")

    state = clearance([*story, other], at=70)

    assert state.record is RecordState.CONFLICT
    assert not state.announced
    named = {reason.fact for reason in state.reasons if reason.code == "TWO_CONTENTS"}
    assert named == {str(story[0].event_id), str(other.event_id)}


def test_one_content_published_twice_is_no_conflict() -> None:
    state = clearance([*announced_story(), notice(recorded=4)], at=70)

    assert state.record is RecordState.SOUND
    assert state.clear


def test_a_conflict_of_an_update_leaves_the_revision_in_force_alone() -> None:
    updates = [
        notice(recorded=61, revision=2, text=TEXT_B, content="one", effective=65),
        notice(recorded=62, revision=2, text=TEXT_B, content="other", effective=65),
    ]

    state = clearance([*announced_story(), *updates], at=70)

    assert (state.revision, state.record, state.clear) == (1, RecordState.SOUND, True)


@pytest.mark.parametrize(
    ("path", "record"),
    [("emergency.ends_at", "UNREADABLE"), ("contacts[0].email", "SOUND"), ("title", "SOUND")],
)
def test_a_material_field_that_cannot_be_read_makes_the_record_unreadable(
    path: str, record: str
) -> None:
    state = clearance(announced_story(faults=(path,)), at=70)

    assert state.record == record
    assert state.clear is (record == "SOUND")


def test_a_notice_from_a_topic_of_another_agency_does_not_count() -> None:
    foreign = notice(topic="dhs.policy-notice.v1")

    state = clearance([foreign], at=70)

    assert state.record is RecordState.UNKNOWN


def test_a_notice_from_an_office_of_another_agency_does_not_count() -> None:
    state = clearance([notice(issuing_office="dhs.plcy")], at=70)

    assert state.record is RecordState.UNKNOWN


def test_an_agency_cannot_announce_the_policy_of_another() -> None:
    foreign = notice(topic="dhs.policy-notice.v1", issuing_office="dhs.plcy", policy_id=POLICY)

    state = clearance([foreign], at=70)

    assert state.record is RecordState.UNKNOWN
