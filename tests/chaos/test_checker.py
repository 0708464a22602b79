"""The checker itself: it finds each kind of violation, and nothing in a sound history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from tests.chaos.checker import Verdict, check
from tests.chaos.history import (
    Attempt,
    DeadLetter,
    Effect,
    Gap,
    History,
    LogRecord,
    Message,
    Outcome,
    Place,
)

TOPIC = "dhs.custody-event.v1"
GROUPS = ("hhs-intake", "tracker")
BAD = Place(TOPIC, 0, 10)


@dataclass
class Told:
    """A sound history of ten events on two keys, one bad record and one rolled-back event."""

    history: History = field(default_factory=lambda: History({TOPIC: GROUPS}))
    events: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(10)])
    undone: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        history = self.history
        history.starts[TOPIC, 0] = 0
        for offset, event_id in enumerate(self.events):
            place, key = Place(TOPIC, 0, offset), b"even" if offset % 2 == 0 else b"odd"
            history.attempts[event_id] = Attempt(TOPIC, Outcome.COMMITTED)
            history.stored[event_id] = place
            history.log.append(LogRecord(place, key, event_id, "dhs.e3/1", offset + 1))
            for group in GROUPS:
                history.effects.append(Effect(len(history.effects), group, event_id))
        history.attempts[self.undone] = Attempt(TOPIC, Outcome.ROLLED_BACK)
        history.planted.add(b"bad")
        history.log.append(LogRecord(BAD, b"bad", None, None, None))
        history.dead_letters += [DeadLetter(group, BAD, "NOT_AVRO") for group in GROUPS]
        history.messages.append(Message("bus.finding.v1", ("f-1", 1)))


def found(verdict: Verdict) -> set[str]:
    names = ("lost", "doubled", "reordered", "phantom")
    return {name for name in names if getattr(verdict, name)}


def test_a_sound_history_is_sound_and_counted() -> None:
    verdict = check(Told().history)

    assert verdict.is_sound, str(verdict)
    assert (verdict.published, verdict.applied) == (10, 10)
    assert (verdict.dead_lettered, verdict.in_gaps) == (1, 0)


def forget_an_effect(told: Told) -> None:
    told.history.effects.remove(Effect(6, "hhs-intake", told.events[3]))


def forget_a_committed_event(told: Told) -> None:
    del told.history.stored[told.events[9]]
    told.history.log = [row for row in told.history.log if row.event_id != told.events[9]]
    told.history.effects = [row for row in told.history.effects if row.event_id != told.events[9]]


def lose_a_confirmed_record(told: Told) -> None:
    told.history.log = [row for row in told.history.log if row.event_id != told.events[9]]


def leave_an_event_unsent(told: Told) -> None:
    told.history.stored[told.events[9]] = None


def forget_a_bad_record(told: Told) -> None:
    told.history.dead_letters.pop()


def apply_twice(told: Told) -> None:
    told.history.effects.append(Effect(100, "tracker", told.events[9]))


def park_twice(told: Told) -> None:
    told.history.dead_letters.append(told.history.dead_letters[0])


def say_twice(told: Told) -> None:
    told.history.messages.append(told.history.messages[0])


def swap_two_effects_of_one_key(told: Told) -> None:
    effects = told.history.effects
    effects[0] = Effect(4, "hhs-intake", told.events[0])
    effects[4] = Effect(0, "hhs-intake", told.events[2])


def swap_two_records_of_one_source(told: Told) -> None:
    log = told.history.log
    log[2], log[3] = log[2]._replace(sequence=4), log[3]._replace(sequence=3)


def store_what_was_rolled_back(told: Told) -> None:
    place = Place(TOPIC, 0, 11)
    told.history.stored[told.undone] = place
    told.history.log.append(LogRecord(place, b"even", told.undone, "dhs.e3/1", 11))
    told.history.effects += [Effect(100 + n, each, told.undone) for n, each in enumerate(GROUPS)]


def apply_what_nobody_sent(told: Told) -> None:
    told.history.effects.append(Effect(100, "tracker", uuid4()))


def send_what_nobody_published(told: Told) -> None:
    place = Place(TOPIC, 0, 11)
    told.history.log.append(LogRecord(place, b"even", uuid4(), "dhs.e3/2", 1))


def pass_over_offsets_in_silence(told: Told) -> None:
    told.history.gaps.append(Gap("tracker", TOPIC, 0, 20, 30))


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (forget_an_effect, "lost"),
        (forget_a_committed_event, "lost"),
        (lose_a_confirmed_record, "lost"),
        (leave_an_event_unsent, "lost"),
        (forget_a_bad_record, "lost"),
        (pass_over_offsets_in_silence, "lost"),
        (apply_twice, "doubled"),
        (park_twice, "doubled"),
        (say_twice, "doubled"),
        (swap_two_effects_of_one_key, "reordered"),
        (swap_two_records_of_one_source, "reordered"),
        (store_what_was_rolled_back, "phantom"),
        (apply_what_nobody_sent, "phantom"),
        (send_what_nobody_published, "phantom"),
    ],
)
def test_each_violation_is_found_and_no_other(plant: Callable[[Told], None], expected: str) -> None:
    told = Told()

    plant(told)

    assert found(check(told.history)) == {expected}


def test_keys_need_no_order_among_each_other() -> None:
    told = Told()
    effects = told.history.effects
    effects[0] = Effect(2, "hhs-intake", told.events[0])
    effects[2] = Effect(0, "hhs-intake", told.events[1])

    verdict = check(told.history)

    assert verdict.is_sound, str(verdict)


def test_a_repetition_in_the_log_is_no_violation() -> None:
    told = Told()
    place = Place(TOPIC, 0, 11)
    told.history.log.append(LogRecord(place, b"even", told.events[0], "dhs.e3/1", 1))

    verdict = check(told.history)

    assert verdict.is_sound, str(verdict)


def test_what_retention_took_is_not_lost_where_the_group_named_the_gap() -> None:
    told = Told()
    history = told.history
    history.log = [row for row in history.log if row.event_id != told.events[0]]
    history.starts[TOPIC, 0] = 1
    history.effects = [row for row in history.effects if row.event_id != told.events[0]]
    unnamed = check(history)

    history.gaps += [Gap(group, TOPIC, 0, 0, 1) for group in GROUPS]
    history.gap_findings |= {"f-1", "f-2"}
    named = check(history)

    assert found(unnamed) == {"lost"}
    assert named.is_sound, str(named)
    assert named.in_gaps == 1
