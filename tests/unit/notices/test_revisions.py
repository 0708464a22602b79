"""Which revision governs: an update never closes the gate of a revision in force."""

from __future__ import annotations

import pytest

from bus.notices.clearance import judge
from bus.notices.facts import AnyFact, NoticeFact, Stage
from bus.notices.history import History
from tests.unit.notices.stories import (
    OFFICES,
    POLICY,
    TEXT_A,
    TEXT_B,
    accept,
    announced_story,
    clearance,
    codes,
    day,
    notice,
    receipt,
    reject,
)

TEXT_C = "c" * 64


def announced(update: NoticeFact, recorded: float) -> list[AnyFact]:
    """An update with its delivery and both acceptances."""
    accepts = [
        accept(office, number=2, revision=update.revision, text=update.material_digest)
        for office in OFFICES
    ]
    return [update, receipt(update, recorded=recorded), *accepts]


def test_before_any_revision_is_effective_the_highest_governs() -> None:
    facts = [notice(), notice(recorded=5, revision=2, text=TEXT_B)]

    state = clearance(facts, at=10)

    assert state.revision == 2


@pytest.mark.promise("P1")
def test_an_update_that_nobody_accepted_leaves_the_revision_in_force_clear() -> None:
    update = notice(recorded=62, revision=2, text=TEXT_B, effective=65)

    state = clearance([*announced_story(effective=60), update], at=70)

    assert (state.revision, state.clear) == (1, True)


def test_an_announced_update_governs_from_its_effective_date_on() -> None:
    update = notice(recorded=62, revision=2, text=TEXT_B, effective=100)
    facts = [*announced_story(effective=60), *announced(update, recorded=63)]

    states = [clearance(facts, at=at) for at in (99.999, 100)]

    assert [(state.revision, state.clear) for state in states] == [(1, True), (2, True)]


@pytest.mark.parametrize(("recorded", "governs"), [(59.999, 2), (60, 1)])
def test_a_revision_replaced_before_its_effective_date_never_comes_into_effect(
    recorded: float, governs: int
) -> None:
    update = notice(recorded=recorded, revision=2, text=TEXT_B, effective=100)

    state = clearance([*announced_story(effective=60), update], at=70)

    assert state.revision == governs
    assert state.clear is (governs == 1)


def test_a_higher_revision_replaces_in_whatever_order_they_were_recorded() -> None:
    third = notice(recorded=20, revision=3, text=TEXT_C, effective=200)
    second = notice(recorded=70, revision=2, text=TEXT_B, effective=200)

    state = clearance([*announced_story(effective=60), third, second], at=80)

    assert (state.revision, state.clear) == (3, False)


def test_of_candidates_that_nobody_accepted_the_highest_governs() -> None:
    facts = [
        notice(effective=20),
        notice(recorded=25, revision=2, text=TEXT_B, effective=30),
        notice(recorded=35, revision=3, text=TEXT_C, effective=90),
    ]

    state = clearance(facts, at=50)

    assert state.revision == 2


def test_a_rejected_update_leaves_the_revision_in_force_clear() -> None:
    update = notice(recorded=62, revision=2, text=TEXT_B, effective=65)
    no = reject(number=2, revision=2, text=TEXT_B, recorded=63)

    state = clearance([*announced_story(effective=60), update, no], at=70)

    assert (state.revision, state.clear) == (1, True)


@pytest.mark.promise("P1")
def test_a_proposal_is_never_announced() -> None:
    state = clearance(announced_story(stage=Stage.PROPOSED), at=70)

    assert (state.announced, state.clear) == (False, False)
    assert "PROPOSED" in codes(state)


@pytest.mark.parametrize(("replaces", "announced"), [(TEXT_A, True), (None, True), (TEXT_C, False)])
def test_a_revision_that_replaces_a_text_nobody_knows_is_not_announced(
    replaces: str | None, announced: bool
) -> None:
    first = notice()
    second = notice(recorded=5, revision=2, text=TEXT_B, replaces=replaces)
    accepts = [accept(office, revision=2, text=TEXT_B, recorded=7) for office in OFFICES]

    state = clearance([first, second, receipt(second, recorded=6), *accepts], at=70)

    assert state.announced is announced
    assert ("CHAIN_BROKEN" in codes(state)) is not announced


def test_a_revision_cannot_replace_its_own_text() -> None:
    state = clearance(announced_story(replaces=TEXT_A), at=70)

    assert "CHAIN_BROKEN" in codes(state)


def test_a_text_published_before_and_since_can_be_replaced() -> None:
    second = notice(recorded=5, revision=2, text=TEXT_B, replaces=TEXT_A)
    third = notice(recorded=70, revision=3, text=TEXT_A, content="the first text again")
    accepts = [accept(office, revision=2, text=TEXT_B, number=2) for office in OFFICES]
    facts = [*announced_story(), second, receipt(second, recorded=6), *accepts, third]

    assessments = judge(POLICY, History.of(facts), day(75)).assessments

    assert assessments[2].announced


@pytest.mark.promise("P10")
def test_what_was_not_yet_recorded_is_not_yet_known() -> None:
    facts = announced_story()

    told = clearance(facts, at=70, known_at=0)
    delivered = clearance(facts, at=70, known_at=1)
    accepted = clearance(facts, at=70, known_at=2)

    assert [s.announced for s in (told, delivered, accepted)] == [False, False, True]
    assert [s.delivered_at is not None for s in (told, delivered)] == [False, True]
