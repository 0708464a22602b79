"""Real services are broken, and the right people are told; they are mended, and are told that.

Everything is broken at once, and mended at once: waiting is what takes time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bus.local.waiting import wait_until
from tests.operators.alerts import alerts
from tests.operators.bench import Bench, watched_bus
from tests.operators.troubles import TROUBLES, Trouble
from tests.stack import Cluster

pytestmark = [pytest.mark.debian, pytest.mark.timeout(600)]

FIRING_SECONDS = 90.0
MENDING_SECONDS = 90.0
QUIET_SECONDS = 8.0

every_trouble = pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.name)


@dataclass(frozen=True)
class Sound:
    """The bus while all was well, and what had been told by then."""

    bench: Bench
    told: frozenset[str]


@pytest.fixture(scope="module")
def sound(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sound]:
    """Watch a sound bus for longer than any alert waits."""
    with watched_bus(cluster, tmp_path_factory.mktemp("watched")) as bench:
        notifications = bench.notifications
        assert wait_until(lambda: bool(notifications.fired_at("Watchdog", {})), FIRING_SECONDS)
        wait_until(lambda: len({each.alert for each in notifications.received}) > 1, QUIET_SECONDS)
        yield Sound(bench, frozenset(each.alert for each in notifications.received))


@pytest.fixture(scope="module")
def broken(sound: Sound) -> dict[str, str]:
    """Break everything, and wait until somebody is told of each; return what mending needs."""
    notes = {each.name: each.breaking(sound.bench) for each in TROUBLES}
    told = sound.bench.notifications
    wait_until(
        lambda: all(told.fired_at(each.alert, each.labels) >= each.told for each in TROUBLES),
        FIRING_SECONDS,
    )
    return notes


@pytest.fixture(scope="module")
def mended(sound: Sound, broken: dict[str, str]) -> None:
    """Mend everything, and wait until somebody is told of each that it is over."""
    for each in TROUBLES:
        each.mending(sound.bench, broken[each.name])
    told = sound.bench.notifications
    wait_until(
        lambda: all(told.over_at(each.alert, each.labels) == each.told for each in TROUBLES),
        MENDING_SECONDS,
    )


def test_while_all_is_well_nothing_is_told_but_that_alerts_get_through(sound: Sound) -> None:
    assert sound.told == {"Watchdog"}


@every_trouble
def test_the_right_people_are_told_what_is_wrong_and_where_it_stands_what_to_do(
    trouble: Trouble, sound: Sound, broken: dict[str, str]
) -> None:
    notifications = sound.bench.notifications
    fired = notifications.about(trouble.alert, trouble.labels)
    [rule] = [each for each in alerts() if each.name == trouble.alert]

    assert notifications.fired_at(trouble.alert, trouble.labels) == trouble.told
    assert {each.annotations["runbook"] for each in fired} == {rule.annotations["runbook"]}
    assert all("{{" not in each.annotations["summary"] for each in fired)


@every_trouble
def test_they_are_told_that_it_is_over(trouble: Trouble, sound: Sound, mended: None) -> None:
    assert sound.bench.notifications.over_at(trouble.alert, trouble.labels) == trouble.told


@pytest.mark.promise("P8")
def test_of_an_exercise_nobody_else_is_told(sound: Sound, mended: None) -> None:
    exercises = [
        each for each in sound.bench.notifications.received if each.labels.get("mode") == "EXERCISE"
    ]

    assert {each.receiver for each in exercises} == {"exercises"}
