"""Which channel is tried next, and how long after the last try: pure.

In a round the office's channels are tried in their order. One that can't be reached is tried a
few times, twice as long after each; one that refuses isn't tried again. When all of them have
failed, the round is over: somebody must look at it, and meanwhile another round begins later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bus.channels.channel import Outcome


@dataclass(frozen=True, slots=True)
class Try:
    """One try that was made: in which round, over which channel, and what became of it."""

    round: int
    channel: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long."""

    tries: int = 3
    first_wait: timedelta = timedelta(seconds=1)
    longest_wait: timedelta = timedelta(minutes=1)
    between_rounds: timedelta = timedelta(minutes=15)
    rounds: int = 96
    """With a quarter of an hour between them: about a day."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: `channel` in `round`, at most `wait` after the last try.

    Whoever stores it shortens the wait by chance, so that many who lost the same server don't
    come back at the same moment. `is_new_round` says that every channel has failed meanwhile.
    """

    channel: str
    round: int
    wait: timedelta
    is_new_round: bool = False


def next_step(channels: Sequence[str], tries: Iterable[Try], patience: Patience) -> Step | None:
    """Return what to try after these tries, none of which delivered; None: give up.

    `channels` are the office's, in order. Channels that were tried and are no longer listed
    don't count.
    """
    made = [each for each in tries if each.channel in channels]
    number = max((each.round for each in made), default=1)
    this_round = [each for each in made if each.round == number]
    for channel in channels:
        outcomes = [each.outcome for each in this_round if each.channel == channel]
        if Outcome.REFUSED not in outcomes and len(outcomes) < patience.tries:
            return Step(channel, number, _wait(len(outcomes), patience))
    if not channels or number >= patience.rounds:
        return None
    return Step(channels[0], number + 1, patience.between_rounds, is_new_round=True)


def _wait(failures: int, patience: Patience) -> timedelta:
    if failures == 0:
        return timedelta(0)
    return min(patience.first_wait * (1 << (failures - 1)), patience.longest_wait)
