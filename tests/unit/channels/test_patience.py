"""Which channel is tried next."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bus.channels.channel import Outcome
from bus.channels.patience import Patience, Step, Try, next_step

CHANNELS = ("1 webhook", "2 email")
PATIENCE = Patience(tries=2, rounds=3)


def failed(*outcomes: tuple[str, Outcome], number: int = 1) -> list[Try]:
    return [Try(number, channel, outcome) for channel, outcome in outcomes]


def test_the_first_channel_is_tried_at_once() -> None:
    assert next_step(CHANNELS, [], PATIENCE) == Step("1 webhook", 1, timedelta(0))


def test_a_channel_that_could_not_be_reached_is_tried_again_after_a_wait() -> None:
    tries = failed(("1 webhook", Outcome.UNREACHABLE))

    assert next_step(CHANNELS, tries, PATIENCE) == Step("1 webhook", 1, timedelta(seconds=1))


def test_a_channel_that_refuses_is_followed_by_the_next_at_once() -> None:
    tries = failed(("1 webhook", Outcome.REFUSED))

    assert next_step(CHANNELS, tries, PATIENCE) == Step("2 email", 1, timedelta(0))


def test_when_every_channel_has_failed_another_round_begins_later() -> None:
    tries = failed(("1 webhook", Outcome.REFUSED), ("2 email", Outcome.REFUSED))

    step = next_step(CHANNELS, tries, PATIENCE)

    assert step == Step("1 webhook", 2, timedelta(minutes=15), is_new_round=True)


def test_an_office_without_channels_is_given_up() -> None:
    assert next_step([], [], PATIENCE) is None


@given(st.lists(st.sampled_from([Outcome.UNREACHABLE, Outcome.REFUSED]), min_size=12, max_size=12))
def test_every_channel_is_tried_in_every_round_and_there_is_an_end(outcomes: list[Outcome]) -> None:
    tries: list[Try] = []
    for outcome in outcomes:
        step = next_step(CHANNELS, tries, PATIENCE)
        if step is None:
            break
        tries.append(Try(step.round, step.channel, outcome))

    assert next_step(CHANNELS, tries, PATIENCE) is None
    assert {(each.round, each.channel) for each in tries} == {
        (number, channel) for number in (1, 2, 3) for channel in CHANNELS
    }


@given(st.integers(1, 40))
def test_waits_grow_up_to_a_limit(failures: int) -> None:
    patience = Patience(tries=50)

    step = next_step(CHANNELS, failed(*[("1 webhook", Outcome.UNREACHABLE)] * failures), patience)

    assert step is not None
    assert step.wait == min(timedelta(seconds=2 ** (failures - 1)), timedelta(minutes=1))
