"""What a member decides: each input, and the effects that must follow."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bus.backoff import Backoff
from bus.consuming.breaker import BreakerLimits, BreakerState
from bus.consuming.claims import Claim, Obstacle, Obstructed, Slice
from bus.consuming.effects import (
    Amend,
    AskLost,
    CloseBreaker,
    CommitOffsets,
    Effect,
    Look,
    OpenBreaker,
    Pause,
    Probe,
    Resume,
    Seek,
    TakeTrial,
    Transact,
)
from bus.consuming.inputs import (
    Amended,
    Applied,
    BreakerChanged,
    Claimed,
    Failed,
    Fetched,
    Looked,
    Lost,
    NotAmended,
    Overfull,
    Probed,
    Released,
    Ticked,
    Tripped,
)
from bus.consuming.limits import Limits
from bus.consuming.machine import COMMIT_SECONDS, LOOK_SECONDS, REPEATS, Machine
from bus.consuming.records import ParsedRecord, Partition, Record, Rejected, StoredRecord
from bus.consuming.store import BreakerRow
from bus.errors import FaultKind
from bus.reasons import Reason

FIRST, SECOND = Partition("dhs.custody-event.v1", 0), Partition("dhs.custody-event.v1", 1)
TRIAL_AT = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = Limits(parked=10, breaker=BreakerLimits(minimum=10, trial=3))


def claim(partition: Partition, next_offset: int = 0) -> Claim:
    return Claim(partition, "topic-id", epoch=1, account_id=1, next_offset=next_offset)


def records(begin: int, end: int) -> Sequence[ParsedRecord]:
    return [parsed(StoredRecord(each, 0, b"key", b"value", [])) for each in range(begin, end)]


def parsed(record: Record) -> ParsedRecord:
    return ParsedRecord(record, Rejected(FIRST, record, Reason.UNDECODABLE, "not an event"))


def part(partition: Partition, begin: int, end: int) -> Slice:
    return Slice(claim(partition, begin), records(begin, end))


def member(*partitions: Partition) -> Machine:
    """Give a machine that holds these partitions and fetches them."""
    machine = Machine(LIMITS, Backoff(0.05, 1.0, random.Random(1)))
    machine.on(Claimed([claim(each) for each in partitions]), now=0.0)
    machine.on(looked(), now=0.0)
    return machine


def looked(
    *partitions: Partition,
    parked: int = 0,
    breaker: BreakerRow | None = None,
    is_trial_due: bool = False,
) -> Looked:
    row = breaker or BreakerRow()
    return Looked(set(partitions), parked, row, is_trial_due, is_overridden=False)


def kinds(effects: Sequence[Effect]) -> list[type]:
    return [type(effect) for effect in effects]


def test_a_claim_is_sought_to_its_position_and_fetched_from_there() -> None:
    effects = member(SECOND).on(Claimed([claim(FIRST, 7)]), now=0.0)

    assert effects == [Seek({FIRST: 7}), Resume([FIRST])]


@pytest.mark.promise("P2")
def test_a_member_that_just_began_looks_at_the_breaker_before_it_fetches() -> None:
    machine = Machine(LIMITS, Backoff(0.05, 1.0))

    effects = machine.on(Claimed([claim(FIRST)]), now=0.0)

    assert effects == [Seek({FIRST: 0}), Look([FIRST])]
    assert machine.on(Fetched({FIRST: records(0, 3)}), now=0.0) == [Seek({FIRST: 0})]
    assert machine.on(looked(), now=0.0) == [Resume([FIRST])]


def test_a_member_that_could_not_look_looks_again_once_the_database_answers() -> None:
    machine = Machine(LIMITS, Backoff(0.05, 1.0, random.Random(1)))
    machine.on(Claimed([claim(FIRST)]), now=0.0)

    machine.on(NotAmended(None, FaultKind.SYSTEMIC, "away"), now=0.0)
    machine.on(Probed(None), now=9.0)

    assert machine.on(Ticked(), now=9.0) == [Look([FIRST])]


def test_an_obstructed_partition_is_paused_and_no_claim_any_more() -> None:
    machine = member(FIRST)
    obstructed = Obstructed(FIRST, Obstacle.BEYOND_LOG_END, "")

    effects = machine.on(Claimed([], [obstructed]), now=0.0)

    assert effects == [Pause([FIRST])]
    assert machine.obstructed == {FIRST: obstructed}
    assert machine.claims == {}


@pytest.mark.promise("P2")
def test_records_of_a_partition_that_is_not_claimed_are_dropped() -> None:
    assert member(FIRST).on(Fetched({SECOND: records(0, 3)}), now=0.0) == []


def test_a_batch_is_one_transaction_then_a_commit_of_its_end() -> None:
    machine = member(FIRST)
    (transact,) = machine.on(Fetched({FIRST: records(0, 3)}), now=0.0)
    assert isinstance(transact, Transact)

    effects = machine.on(Applied(transact.slices, 3, 0, 0), now=0.0)

    assert not transact.is_careful
    assert effects == [CommitOffsets({FIRST: 3})]
    assert machine.claims[FIRST].next_offset == 3


def test_an_application_of_an_older_claim_does_not_move_the_present_one() -> None:
    machine = member(FIRST)
    old = part(FIRST, 0, 3)
    machine.on(Claimed([Claim(FIRST, "topic-id", 2, 1, 0)]), now=0.0)

    effects = machine.on(Applied([old], 3, 0, 0), now=0.0)

    assert machine.claims[FIRST].next_offset == 0
    assert CommitOffsets not in kinds(effects)


def test_kafka_is_told_now_and_then_how_far_the_batches_came() -> None:
    machine = member(FIRST, SECOND)
    machine.on(looked(), now=0.0)
    machine.on(Applied([part(FIRST, 0, 3)], 3, 0, 0), now=0.0)

    assert machine.on(Applied([part(FIRST, 3, 5)], 2, 0, 0), now=0.1) == []
    assert machine.on(Applied([part(SECOND, 0, 4)], 4, 0, 0), now=0.2) == []
    assert machine.on(Ticked(), now=COMMIT_SECONDS)[0] == CommitOffsets({FIRST: 5, SECOND: 4})
    assert CommitOffsets not in kinds(machine.on(Ticked(), now=9.0))


def test_what_kafka_was_not_told_yet_it_is_told_when_partitions_are_released() -> None:
    machine = member(FIRST, SECOND)
    machine.on(Applied([part(FIRST, 0, 3)], 3, 0, 0), now=0.0)
    machine.on(Applied([part(FIRST, 3, 5), part(SECOND, 0, 4)], 6, 0, 0), now=0.1)

    assert machine.on(Released([FIRST]), now=0.2) == [CommitOffsets({FIRST: 5})]


@pytest.mark.promise("P5")
@pytest.mark.parametrize("fault", [FaultKind.POISON, FaultKind.TRANSIENT])
def test_a_fault_that_may_be_one_records_is_searched_for_carefully(fault: FaultKind) -> None:
    machine, slices = member(FIRST), [part(FIRST, 0, 3)]

    (effect,) = machine.on(Failed(slices, fault, ""), now=0.0)

    assert isinstance(effect, Transact)
    assert (effect.slices, effect.is_careful) == (slices, True)


@pytest.mark.parametrize(
    ("fault", "was_careful"),
    [(FaultKind.SYSTEMIC, False), (FaultKind.SYSTEMIC, True), (FaultKind.TRANSIENT, True)],
)
def test_a_fault_that_no_record_explains_pauses_everything_until_a_probe_succeeds(
    fault: FaultKind, was_careful: bool
) -> None:
    machine = member(FIRST, SECOND)

    effects = machine.on(Failed([part(FIRST, 0, 3)], fault, "away", was_careful), now=0.0)

    assert effects == [Seek({FIRST: 0}), Pause([FIRST, SECOND])]
    assert machine.fault == "away"
    assert machine.on(Fetched({SECOND: records(0, 1)}), now=0.01) == [Seek({SECOND: 0})]
    assert machine.on(Ticked(), now=9.0) == [Probe()]
    assert machine.on(Probed("still away"), now=9.0) == []
    assert machine.on(Ticked(), now=99.0) == [Probe()]
    assert machine.on(Probed(None), now=99.0) == [Resume([FIRST, SECOND])]


def test_a_fault_is_told_until_the_batch_that_met_it_is_applied() -> None:
    machine = member(FIRST)
    machine.on(Failed([part(FIRST, 0, 3)], FaultKind.SYSTEMIC, "away"), now=0.0)

    machine.on(Probed(None), now=9.0)
    after_the_probe = machine.fault
    machine.on(Applied([part(FIRST, 0, 3)], 3, 0, 0), now=9.0)

    assert (after_the_probe, machine.fault) == ("away", None)


def test_a_fault_that_no_batch_met_is_over_when_the_database_answers() -> None:
    machine = member(FIRST)
    machine.on(NotAmended(None, FaultKind.SYSTEMIC, "away"), now=0.0)

    machine.on(Probed(None), now=9.0)

    assert machine.fault is None


def test_a_transaction_that_met_another_is_repeated_after_a_while_but_not_for_ever() -> None:
    machine, slices = member(FIRST), [part(FIRST, 0, 3)]

    (again,) = machine.on(Failed(slices, FaultKind.CONTENTION, ""), now=0.0)
    effects = machine.on(Failed(slices, FaultKind.CONTENTION, "", repeats=REPEATS), now=0.0)

    assert isinstance(again, Transact)
    assert (again.slices, again.repeats, again.after > 0) == (slices, 1, True)
    assert kinds(effects) == [Seek, Pause]


@pytest.mark.promise("P3")
def test_of_a_batch_with_a_lost_partition_the_rest_is_applied() -> None:
    machine = member(FIRST, SECOND)
    slices = [part(FIRST, 0, 3), part(SECOND, 0, 3)]

    (asked,) = machine.on(Failed(slices, FaultKind.FENCED, ""), now=0.0)
    assert isinstance(asked, AskLost)
    pause, transact = machine.on(Lost(asked.claims, {FIRST}, asked.retry), now=0.0)

    assert pause == Pause([FIRST])
    assert isinstance(transact, Transact)
    assert list(transact.slices) == slices[1:]
    assert machine.fenced == {FIRST: 0}
    assert FIRST not in machine.claims


def test_a_batch_that_was_fenced_though_no_claim_is_lost_is_read_again_later() -> None:
    machine, slices = member(FIRST), [part(FIRST, 0, 3)]

    effects = machine.on(Lost([], set(), Transact(slices)), now=0.0)

    assert kinds(effects) == [Seek, Pause]


def test_released_partitions_are_forgotten() -> None:
    machine = member(FIRST, SECOND)

    machine.on(Released([FIRST]), now=0.0)

    assert list(machine.claims) == [SECOND]


@pytest.mark.promise("P2")
def test_without_room_to_park_a_partition_stops_and_the_others_go_on() -> None:
    machine = member(FIRST, SECOND)
    machine.on(looked(parked=8), now=0.0)
    slices = [part(FIRST, 0, 3), part(SECOND, 0, 3)]

    seek, pause, transact = machine.on(Overfull(slices, {FIRST}, was_careful=True), now=0.0)

    assert (seek, pause) == (Seek({FIRST: 0}), Pause([FIRST]))
    assert isinstance(transact, Transact)
    assert (list(transact.slices), transact.is_careful) == (slices[1:], True)
    assert machine.on(looked(parked=8), now=1.0) == []
    assert machine.on(looked(parked=7), now=2.0) == [Resume([FIRST])]


def test_what_was_parked_since_the_last_look_takes_up_room() -> None:
    machine = member(FIRST)
    machine.on(looked(parked=4), now=0.0)
    machine.on(Applied([part(FIRST, 0, 3)], 3, failed=1, waiting=2), now=0.0)

    (transact,) = machine.on(Fetched({FIRST: records(3, 5)}), now=0.0)

    assert isinstance(transact, Transact)
    assert transact.room == 4


def test_now_and_then_it_looks_for_what_waits_and_works_it_off() -> None:
    machine = member(FIRST, SECOND)

    assert machine.on(Ticked(), now=0.0) == [Look([FIRST, SECOND])]
    assert machine.on(looked(SECOND), now=0.0) == [Amend(claim(SECOND))]
    assert machine.on(Ticked(), now=0.1) == []
    machine.on(Amended(claim(SECOND), 100), now=0.2)
    assert machine.on(Ticked(), now=0.3) == [Look([FIRST, SECOND])]
    machine.on(Amended(claim(SECOND), 0), now=0.4)
    assert machine.on(Ticked(), now=0.5) == []
    assert machine.on(Ticked(), now=0.3 + LOOK_SECONDS) == [Look([FIRST, SECOND])]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (FaultKind.FENCED, [AskLost]),
        (FaultKind.CONTENTION, []),
        (FaultKind.SYSTEMIC, [Pause]),
        (FaultKind.TRANSIENT, [Pause]),
    ],
)
def test_a_fault_of_working_off_is_no_dead_letters_fault(
    fault: FaultKind, expected: list[type]
) -> None:
    machine = member(FIRST)

    assert kinds(machine.on(NotAmended(claim(FIRST), fault, "away"), now=0.0)) == expected


# The breaker


def opened() -> Machine:
    machine = member(FIRST, SECOND)
    machine.on(Tripped([part(FIRST, 0, 10)], "5 of 10 records failed"), now=0.0)
    return machine


def test_enough_records_of_which_too_many_failed_leave_no_more_to_fail() -> None:
    machine = member(FIRST)
    machine.on(Applied([part(FIRST, 0, 8)], 8, failed=1, waiting=1), now=0.0)

    (few,) = machine.on(Fetched({FIRST: records(8, 9)}), now=0.0)
    (enough,) = machine.on(Fetched({FIRST: records(8, 12)}), now=0.0)
    (later,) = machine.on(Fetched({FIRST: records(8, 12)}), now=100.0)

    assert isinstance(few, Transact)
    assert isinstance(enough, Transact)
    assert isinstance(later, Transact)
    assert (few.may_fail, enough.may_fail, later.may_fail) == (None, 1, None)


@pytest.mark.promise("P5")
def test_a_breaker_that_opens_pauses_all_and_reads_the_batch_again_later() -> None:
    machine = member(FIRST, SECOND)

    effects = machine.on(Tripped([part(FIRST, 0, 10)], "5 of 10 records failed"), now=0.0)

    assert kinds(effects) == [Seek, Pause, OpenBreaker]
    assert effects[:2] == [Seek({FIRST: 0}), Pause([FIRST, SECOND])]
    assert machine.on(Fetched({SECOND: records(0, 1)}), now=0.1) == [Seek({SECOND: 0})]


def test_a_breaker_that_another_worker_opened_or_closed_is_obeyed() -> None:
    machine = member(FIRST)
    row = BreakerRow(BreakerState.OPEN, openings=1, trial_at=TRIAL_AT)

    assert machine.on(looked(FIRST, breaker=row), now=0.0) == [Pause([FIRST])]
    assert machine.on(looked(breaker=BreakerRow()), now=1.0) == [Resume([FIRST])]


def test_a_trial_takes_few_records_and_closes_the_breaker_when_it_goes_well() -> None:
    machine = opened()
    row = BreakerRow(BreakerState.OPEN, openings=1, trial_at=TRIAL_AT)
    half_open = BreakerRow(BreakerState.HALF_OPEN, openings=1, trial_at=TRIAL_AT)

    assert kinds(machine.on(looked(breaker=row, is_trial_due=True), now=1.0)) == [TakeTrial]
    assert machine.on(BreakerChanged(half_open, is_ours=True), now=1.0) == [Resume([FIRST, SECOND])]
    seek, transact = machine.on(Fetched({FIRST: records(0, 9), SECOND: records(0, 9)}), now=2.0)
    assert isinstance(transact, Transact)
    effects = machine.on(Applied(transact.slices, 3, 0, 0), now=2.0)

    assert seek == Seek({SECOND: 0})
    assert [len(each.records) for each in transact.slices] == [3]
    assert transact.may_fail == 1
    assert kinds(effects) == [CommitOffsets, Seek, CloseBreaker]
    assert effects[1] == Seek({FIRST: 3})
    assert machine.on(BreakerChanged(BreakerRow(), is_ours=True), now=2.0) == []


def test_a_trial_that_fails_opens_the_breaker_for_longer() -> None:
    machine = opened()
    half_open = BreakerRow(BreakerState.HALF_OPEN, openings=1, trial_at=TRIAL_AT)
    machine.on(BreakerChanged(half_open, is_ours=True), now=1.0)

    effects = machine.on(Tripped([part(FIRST, 0, 3)], "3 of 3 records failed"), now=2.0)

    (told,) = [effect for effect in effects if isinstance(effect, OpenBreaker)]
    assert (told.openings, told.pause) == (2, 2 * LIMITS.breaker.pause)
    assert Pause([FIRST, SECOND]) in effects


@pytest.mark.parametrize(
    ("failed", "held", "is_closed"), [(1, 0, True), (3, 0, False), (1, 2, False)]
)
def test_a_trial_of_which_nothing_was_applied_leaves_the_breaker_open(
    failed: int, held: int, is_closed: bool
) -> None:
    machine = opened()
    half_open = BreakerRow(BreakerState.HALF_OPEN, openings=1, trial_at=TRIAL_AT)
    machine.on(BreakerChanged(half_open, is_ours=True), now=1.0)

    effects = machine.on(Applied([part(FIRST, 0, 3)], 3, failed, failed + held), now=2.0)

    expected = CloseBreaker if is_closed else OpenBreaker
    assert expected in kinds(effects)
    assert (Pause([FIRST, SECOND]) in effects) is not is_closed


def test_a_trial_that_another_worker_has_is_waited_for() -> None:
    machine = opened()
    half_open = BreakerRow(BreakerState.HALF_OPEN, openings=1, trial_at=TRIAL_AT)

    machine.on(BreakerChanged(half_open, is_ours=False), now=1.0)

    assert machine.on(Fetched({FIRST: records(0, 1)}), now=1.0) == [Seek({FIRST: 0})]
