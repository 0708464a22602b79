"""The mode dimension: exercises can't be mistaken, and a doubtful mode clears nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bus.events import Mode
from bus.notices.facts import AnyFact
from bus.notices.states import Force, RecordState
from tests.unit.notices.stories import (
    TEXT_B,
    announced_story,
    both_accept,
    cancel,
    clearance,
    codes,
    dead_letter,
    notice,
    receipt,
    stay,
    withdraw,
)


@pytest.mark.promise("P8")
@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.TEST])
def test_an_exercise_runs_the_whole_machinery_and_is_never_clear(mode: Mode) -> None:
    first = notice(mode=mode)

    state = clearance([first, receipt(first), *both_accept(mode=mode)], at=70)

    assert (state.mode, state.announced, state.clear) == (mode, True, False)
    assert "MODE_NOT_ACTUAL" in codes(state)


@pytest.mark.promise("P8")
@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.TEST])
def test_what_cannot_be_read_of_an_exercise_hides_nothing_real(mode: Mode) -> None:
    letter = dead_letter(mode=mode)

    announced, unknown = clearance([*announced_story(), letter], at=70), clearance([letter], at=70)

    assert (announced.clear, unknown.record) == (True, RecordState.UNKNOWN)


@pytest.mark.promise("P8")
@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.ACTUAL])
def test_what_cannot_be_read_of_an_exercise_or_of_nobody_knows_what_makes_it_unreadable(
    mode: Mode,
) -> None:
    facts = [*announced_story(mode=Mode.EXERCISE), dead_letter(mode=mode)]

    assert clearance(facts, at=70).record is RecordState.UNREADABLE


@pytest.mark.promise("P8")
def test_the_first_notice_sets_the_policys_mode_for_ever() -> None:
    exercise = notice(mode=Mode.EXERCISE)
    real = announced_story()

    state = clearance([exercise, *real], at=70)

    assert (state.mode, state.clear) == (Mode.EXERCISE, False)


@pytest.mark.promise("P8")
def test_an_exercises_revision_does_not_update_a_real_policy() -> None:
    exercise = notice(recorded=5, revision=2, text=TEXT_B, mode=Mode.EXERCISE)

    state = clearance([*announced_story(), exercise], at=70)

    assert (state.revision, state.clear) == (1, True)


@pytest.mark.promise("P8")
def test_a_notice_with_an_unsound_mode_is_taken_as_actual_and_never_announced() -> None:
    state = clearance(announced_story(sound=False), at=70)

    assert (state.mode, state.announced) == (Mode.ACTUAL, False)
    assert state.record is RecordState.SOUND
    assert "MODE_UNSOUND" in codes(state)


@pytest.mark.promise("P8")
def test_a_notice_with_an_unsound_mode_does_not_make_an_exercise_real() -> None:
    doubtful = notice(sound=False)
    exercise = notice(recorded=1, mode=Mode.EXERCISE)

    state = clearance([doubtful, exercise], at=70)

    assert state.mode is Mode.EXERCISE


@pytest.mark.promise("P8")
@pytest.mark.parametrize("closing", [cancel, stay])
def test_what_closes_a_gate_also_does_so_with_an_unsound_mode(
    closing: Callable[..., AnyFact],
) -> None:
    state = clearance([*announced_story(), closing(since=65, sound=False)], at=70)

    assert state.force in (Force.ENDED, Force.STAYED)


@pytest.mark.promise("P8")
def test_a_withdrawal_with_an_unsound_mode_closes_the_gate() -> None:
    state = clearance([*announced_story(), withdraw(number=2, sound=False)], at=70)

    assert not state.clear


@pytest.mark.promise("P8")
@pytest.mark.parametrize("closing", [cancel, stay])
def test_an_exercises_cancellation_or_stay_leaves_a_real_policy_alone(
    closing: Callable[..., AnyFact],
) -> None:
    state = clearance([*announced_story(), closing(since=65, mode=Mode.EXERCISE)], at=70)

    assert state.clear
