"""Any history of dead letters keeps the promises: parked, held, redriven, corrected, discarded.

Hypothesis makes up histories of one ordered group, with crashes, on the real store.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bus.deadletters.requests import Action, Candidate, Wish
from bus.errors import FencedError
from bus.events import new_event_id
from tests.integration.consuming.letter_world import Crash, LetterWorld
from tests.simulation.contents import Content, Kind

Result = TypeVar("Result")

KEYS = {b"a": 0, b"b": 0, b"c": 1}
"""Each key has one partition."""

REDRIVE = Wish(Action.REDRIVE, "operator:o-4")
DISCARD = Wish(
    Action.DISCARD, "operator:o-4", approved_by="supervisor:s-2", reason="it is beyond help"
)
NEW_KINDS = [kind for kind in Kind if kind is not Kind.CORRECTING]
BEYOND_HELP = {Kind.REFUSED, Kind.DAMAGED}
"""What can never be applied as it is."""

ROUNDS = 100

EFFECTS = "SELECT partition, kafka_offset FROM effect ORDER BY effect_no"
WAITING = """
SELECT partition, kafka_offset FROM held_record
UNION ALL
SELECT partition, kafka_offset FROM dead_letter
WHERE kind = 'RECORD' AND state NOT IN ('RESOLVED', 'DISCARDED')
"""
UNCLOSED = """
SELECT partition, kafka_offset FROM dead_letter
WHERE holds AND state IN ('RETRYING', 'OPEN', 'REDRIVING')
"""
APPLIED_ALL_THE_SAME = """
SELECT event_id FROM effect JOIN inbox USING (event_id) JOIN dead_letter USING (event_id, digest)
WHERE state = 'DISCARDED'
"""

a_key = st.sampled_from(sorted(KEYS))
some_kinds = st.lists(st.sampled_from(NEW_KINDS), min_size=1, max_size=4)
a_number = st.integers(min_value=0)
a_crash = st.sampled_from([None, None, None, *Crash])


class DeadLetterMachine(RuleBasedStateMachine):
    """Writes, works, crashes and asks, in any order."""

    world: LetterWorld
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.run(self.world.begin())
        self.written: list[Content] = []
        self.checked = self.world.transactions

    def run(self, coroutine: Coroutine[None, None, Result]) -> Result:
        """Do it now."""
        return self.runner.run(coroutine)

    def write(self, content: Content) -> None:
        """Append a record to the partition of its key."""
        self.written.append(content)
        assert content.key is not None
        self.world.append(self.world.partitions[KEYS[content.key]], content)

    def one_of_the_last(self, number: int) -> Content:
        """Return a record that was written lately: something may still happen to it."""
        return self.written[-1 - number % min(len(self.written), 5)]

    def sound_copy_of(self, content: Content) -> Content:
        """Return the record as it was before it was damaged."""
        copies = (each for each in self.written if each.number == content.number)
        sound = (each for each in copies if each.kind is not Kind.DAMAGED)
        return next(sound, replace(content, kind=Kind.GOOD))

    def work_off(self) -> None:
        """Do everything that waits in any partition, once."""
        for partition in self.world.partitions:
            self.run(self.world.amend(partition))

    # Producers

    @rule(key=a_key, kinds=some_kinds)
    def new_events_are_written(self, key: bytes, kinds: list[Kind]) -> None:
        for kind in kinds:
            self.write(Content(len(self.written), kind, new_event_id(), key))

    @rule(key=a_key, kinds=some_kinds, crash=a_crash)
    def new_events_are_written_and_taken(
        self, key: bytes, kinds: list[Kind], crash: Crash | None
    ) -> None:
        self.new_events_are_written(key, kinds)
        self.run(self.world.work(self.world.partitions[KEYS[key]], 100, crash))

    @precondition(lambda self: self.written)
    @rule(number=a_number, is_damaged=st.booleans())
    def a_copy_is_written(self, number: int, is_damaged: bool) -> None:
        original = self.one_of_the_last(number)
        can_be_damaged = original.kind is not Kind.NONSENSE
        self.write(
            replace(original, kind=Kind.DAMAGED)
            if is_damaged and can_be_damaged
            else self.sound_copy_of(original)
        )

    @precondition(lambda self: self.written)
    @rule(number=a_number, key=a_key)
    def another_content_is_written_under_a_used_id(self, number: int, key: bytes) -> None:
        used = self.one_of_the_last(number).event_id
        self.write(Content(len(self.written), Kind.GOOD, used, key))
        self.write(Content(len(self.written), Kind.GOOD, new_event_id(), key))

    # The worker

    @rule(key=a_key, count=st.integers(1, 6), crash=a_crash)
    def the_next_records_are_taken(self, key: bytes, count: int, crash: Crash | None) -> None:
        self.run(self.world.work(self.world.partitions[KEYS[key]], count, crash))

    @rule(key=a_key, crash=a_crash)
    def what_waits_is_worked_off(self, key: bytes, crash: Crash | None) -> None:
        self.run(self.world.amend(self.world.partitions[KEYS[key]], crash))

    @precondition(lambda self: self.world.lost)
    @rule(number=a_number)
    def a_worker_that_lost_its_claim_can_do_nothing(self, number: int) -> None:
        lost = self.world.lost[number % len(self.world.lost)]
        with pytest.raises(FencedError):
            self.run(self.world.amend_by(lost))
        with pytest.raises((FencedError, psycopg.errors.UniqueViolation)):
            self.run(self.world.work_by(lost))

    @rule(seconds=st.sampled_from([0.5, 5.0, 60.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    @rule()
    def the_handler_is_mended(self) -> None:
        self.world.contents.is_mended = True

    # Operators

    @rule(is_done_at_once=st.booleans())
    def everything_open_is_to_be_redriven(self, is_done_at_once: bool) -> None:
        letters = self.run(self.world.open_letters("RECORD"))
        self.run(self.world.ask(REDRIVE, [each.dead_letter_id for each in letters]))
        if is_done_at_once:
            self.work_off()

    @rule(number=a_number, is_done_at_once=st.booleans(), comes_again=st.booleans())
    def one_is_to_be_discarded(self, number: int, is_done_at_once: bool, comes_again: bool) -> None:
        letters = self.run(self.world.open_letters("RECORD"))
        first = number % (len(letters) or 1)
        chosen = letters[first : first + 1]
        self.discard(chosen)
        if is_done_at_once:
            self.work_off()
        for letter in chosen if comes_again else ():
            self.write(self.sound_copy_of(self.world.content_of(letter)))

    def discard(self, letters: Sequence[Candidate]) -> None:
        """Ask for a discard of these."""
        self.world.discarded |= {self.world.content_of(each).event_id for each in letters}
        self.run(self.world.ask(DISCARD, [each.dead_letter_id for each in letters]))

    @rule()
    def a_wrong_field_is_corrected(self) -> None:
        for letter in self.run(self.world.open_letters("FIELDS"))[:1]:
            wrong, number = self.world.content_of(letter), len(self.written)
            self.write(Content(number, Kind.CORRECTING, new_event_id(), wrong.key, wrong.event_id))

    # What always holds

    @invariant()
    def the_promises_hold(self) -> None:
        if self.checked != self.world.transactions:
            self.checked = self.world.transactions
            self.check_promises()

    def check_promises(self) -> None:
        """One standing, one effect, in order, and nothing past an open dead letter."""
        assert self.run(self.world.faults()) == []
        assert self.run(self.world.rows(APPLIED_ALL_THE_SAME)) == []
        effects = self.places(EFFECTS)
        assert max(Counter(content.event_id for content, _ in effects).values(), default=1) == 1
        order = list(dict.fromkeys(each.number for each in self.written))
        for key in KEYS:
            of_key = [
                content.number
                for content, _ in effects
                if content.key == key and not self.has_lost_its_place(content)
            ]
            assert of_key == sorted(of_key, key=order.index)
        waited_for: dict[bytes | None, int] = {}
        for content, offset in self.places(UNCLOSED):
            waited_for[content.key] = min(offset, waited_for.get(content.key, offset))
        for content, _ in effects:  # a sound copy takes the place of the first, damaged one
            first = self.world.first_offset_of(content.number)
            assert first < waited_for.get(content.key, first + 1)

    def has_lost_its_place(self, content: Content) -> bool:
        """Tell whether a copy may come later: the first was discarded, its id unreadable."""
        return content.kind is Kind.NONSENSE and content.event_id in self.world.discarded

    def places(self, query: str) -> list[tuple[Content, int]]:
        """Return content and offset of each record that the query names by place."""
        rows = self.run(self.world.rows(query))
        return [
            (self.world.content_at(int(str(partition)), int(str(offset))), int(str(offset)))
            for partition, offset in rows
        ]

    def teardown(self) -> None:
        """Whatever happened: once everything is mended and closed, nothing is left waiting."""
        self.world.contents.is_mended = True
        self.settle()
        self.everything_open_is_to_be_redriven(is_done_at_once=True)
        self.settle()
        for _ in range(ROUNDS):
            letters = self.run(self.world.open_letters("RECORD"))
            if not letters:
                break
            self.discard(letters)
            self.settle()
        self.check_promises()
        self.check_settled()

    def settle(self) -> None:
        """Work until nothing waits."""
        for _ in range(ROUNDS):
            self.world.pass_time(3600.0)
            worked = [self.run(self.world.work(each, 100)) for each in self.world.partitions]
            amended = [self.run(self.world.amend(each)) for each in self.world.partitions]
            if not (any(worked) or any(amended)):
                return
        raise AssertionError("it never came to rest")

    def check_settled(self) -> None:
        """Nothing is held or unclosed; each sound event was applied, or its id discarded."""
        assert self.run(self.world.rows(WAITING)) == []
        effects = [content for content, _ in self.places(EFFECTS)]
        applied = {content.event_id for content in effects}
        sound = {each.event_id for each in self.written if each.kind not in BEYOND_HELP}
        assert sound - applied <= self.world.discarded
        corrected = {content.corrects for content in effects}
        faulty = self.run(self.world.open_letters("FIELDS"))
        assert not corrected & {self.world.content_of(each).event_id for each in faulty}


@pytest.fixture
def machine(database_url: str) -> Iterator[type[DeadLetterMachine]]:
    """Give the machine, on a database of its own."""
    with asyncio.Runner() as runner:
        world = LetterWorld(database_url, partitions=2)
        runner.run(world.open())
        yield type("Machine", (DeadLetterMachine,), {"world": world, "runner": runner})
        runner.run(world.close())


@pytest.mark.promise("P2")
@pytest.mark.promise("P3")
@pytest.mark.promise("P4")
@pytest.mark.timeout(600)  # far less, unless a history that fails is being made shorter
def test_any_history_of_dead_letters_keeps_the_promises(
    machine: type[DeadLetterMachine],
) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
