"""What every store of a group promises: the one that runs, and the one that is simulated."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from uuid import UUID

import pytest

from bus.consuming.announcements import dead_letter_draft
from bus.consuming.breaker import BreakerState
from bus.consuming.claims import Gap, GapReason
from bus.consuming.store import BreakerRow
from bus.errors import FaultKind, FencedError, InvalidEventError, fault_of
from bus.events import Draft
from tests.integration.consuming.store_places import (
    Place,
)
from tests.integration.consuming.store_samples import (
    BOUNDS,
    CATALOGUE_GROUP,
    IDLE_SECONDS,
    LATER,
    NOW,
    OTHER,
    PARTITION,
    UndoneError,
    applied,
    claim,
    digests,
    event,
    parked,
)
from tests.simulation.store import REFUSED

# Transactions


async def test_a_transaction_that_fails_leaves_nothing(place: Place) -> None:
    held, what = await claim(place), event(5)

    with suppress(UndoneError):
        async with place.store.transaction() as transaction:
            await transaction.insert_inbox([applied(held, what)])
            await transaction.park([parked(held, 6)])
            raise UndoneError

    assert await digests(place, what) == {}
    assert await place.letters() == []


async def test_a_savepoint_undoes_what_is_inside_and_keeps_the_rest(place: Place) -> None:
    held, first, second, third = await claim(place), event(5), event(6), event(7)

    async with place.store.transaction() as transaction:
        await transaction.insert_inbox([applied(held, first)])
        with suppress(UndoneError):
            async with transaction.savepoint():
                await transaction.insert_inbox([applied(held, second)])
                raise UndoneError
        new = await transaction.insert_inbox([applied(held, second), applied(held, third)])

    assert new == {second.id, third.id}
    assert (await digests(place, first, second, third)).keys() == {first.id, second.id, third.id}


async def test_a_deferred_constraint_can_be_checked_early_and_undone(place: Place) -> None:
    held, what = await claim(place), event(5)

    async with place.store.transaction() as transaction:
        with pytest.raises(Exception) as caught:  # noqa: PT011, PT012  (whose end raises)
            async with transaction.savepoint():
                await place.break_constraint(transaction)
                await transaction.check_constraints()
        await transaction.check_constraints()
        await transaction.insert_inbox([applied(held, what)])

    assert fault_of(caught.value) is FaultKind.TRANSIENT
    assert await digests(place, what) == {what.id: what.digest}


async def test_a_deferred_constraint_is_checked_at_the_commit(place: Place) -> None:
    held, what = await claim(place), event(5)

    with pytest.raises(Exception) as caught:  # noqa: PT011, PT012  (whose end raises)
        async with place.store.transaction() as transaction:
            await transaction.insert_inbox([applied(held, what)])
            await place.break_constraint(transaction)

    assert fault_of(caught.value) is FaultKind.TRANSIENT
    assert await digests(place, what) == {}


async def test_nobody_sees_what_is_not_committed(place: Place) -> None:
    held, what = await claim(place), event(5)

    async with place.store.transaction() as transaction:
        await transaction.insert_inbox([applied(held, what)])
        own = await transaction.applied_digests([what.id])
        others = await digests(place, what)

    assert own == {what.id: what.digest}
    assert others == {}
    assert await digests(place, what) == own


# Claims


async def test_the_first_claim_opens_an_account_at_the_logs_start(place: Place) -> None:
    first = await claim(place)
    second = await claim(place)

    assert (first.next_offset, first.topic_id) == (BOUNDS.start, BOUNDS.topic_id)
    assert (second.account_id, second.next_offset) == (first.account_id, first.next_offset)
    assert second.epoch == first.epoch + 1


async def test_a_claim_is_lost_to_a_later_one_or_when_its_offset_is_another(place: Place) -> None:
    older = await claim(place)
    present, other = await claim(place), await claim(place, OTHER)

    async with place.store.transaction() as transaction:
        by_epoch = await transaction.lost_claims([older, other])
        by_offset = await transaction.lost_claims([present.advanced(6), other])

    assert by_epoch == by_offset == {PARTITION}


async def test_a_claim_is_superseded_by_a_later_one_wherever_it_stands(place: Place) -> None:
    older = await claim(place)
    present, other = await claim(place), await claim(place, OTHER)

    async with place.store.transaction() as transaction:
        superseded = await transaction.superseded_claims([older, other])
        by_offset = await transaction.superseded_claims([present.advanced(6), other])

    assert superseded == {PARTITION}
    assert by_offset == set()


async def test_a_claim_that_is_over_cannot_be_locked(place: Place) -> None:
    older = await claim(place)
    present = await claim(place)

    async with place.store.transaction() as transaction:
        await transaction.lock_claim(present)
    with pytest.raises(FencedError):
        async with place.store.transaction() as transaction:
            await transaction.lock_claim(older)


async def test_positions_move_together_or_not_at_all(place: Place) -> None:
    older, other = await claim(place), await claim(place, OTHER)
    present = await claim(place)

    with pytest.raises(FencedError):
        async with place.store.transaction() as transaction:
            await transaction.advance_positions([(other, 9), (older, 9)])
    async with place.store.transaction() as transaction:
        await transaction.advance_positions([(other, 8), (present, 7)])

    assert (await claim(place)).next_offset == 7
    assert (await claim(place, OTHER)).next_offset == 8


async def test_a_position_that_is_not_where_it_was_left_does_not_move(place: Place) -> None:
    held = await claim(place)

    with pytest.raises(FencedError):
        async with place.store.transaction() as transaction:
            await transaction.advance_positions([(held.advanced(6), 9)])

    assert (await claim(place)).next_offset == BOUNDS.start


async def test_a_claim_waits_for_a_transaction_that_keeps_the_position(place: Place) -> None:
    held = await claim(place)

    async with place.store.transaction() as transaction:
        await transaction.lock_claim(held)
        claiming = asyncio.create_task(claim(place))
        _, waiting = await asyncio.wait([claiming], timeout=IDLE_SECONDS)
        await transaction.advance_positions([(held, 9)])
    after = await claiming

    assert waiting == {claiming}
    assert (after.epoch, after.next_offset) == (held.epoch + 1, 9)


async def test_of_two_transactions_on_one_position_the_second_is_fenced(place: Place) -> None:
    held = await claim(place)

    async def advance() -> None:
        async with place.store.transaction() as transaction:
            await transaction.advance_positions([(held, 7)])

    async with place.store.transaction() as transaction:
        await transaction.advance_positions([(held, 9)])
        second = asyncio.create_task(advance())
        _, waiting = await asyncio.wait([second], timeout=IDLE_SECONDS)
    with pytest.raises(FencedError):
        await second

    assert waiting == {second}
    assert (await claim(place)).next_offset == 9


# The standing of offsets


async def test_the_inbox_takes_an_id_once(place: Place) -> None:
    held, what, other = await claim(place), event(5), event(6)
    second_content = event(7, event_id=what.id, digest=b"another")

    async with place.store.transaction() as transaction:
        first = await transaction.insert_inbox([applied(held, what)])
        again = await transaction.insert_inbox(
            [applied(held, second_content), applied(held, other)]
        )

    assert (first, again) == ({what.id}, {other.id})
    assert await digests(place, what, other) == {what.id: b"d", other.id: b"d"}


@pytest.mark.parametrize("commits", [True, False])
async def test_an_id_that_another_transaction_writes_is_waited_for(
    place: Place, *, commits: bool
) -> None:
    held, what = await claim(place), event(5)

    async def insert() -> set[UUID]:
        async with place.store.transaction() as transaction:
            return await transaction.insert_inbox([applied(held, what)])

    async with AsyncExitStack() as stack:
        if not commits:
            stack.enter_context(suppress(UndoneError))
        transaction = await stack.enter_async_context(place.store.transaction())
        await transaction.insert_inbox([applied(held, what)])
        second = asyncio.create_task(insert())
        _, waiting = await asyncio.wait([second], timeout=IDLE_SECONDS)
        if not commits:
            raise UndoneError
    new = await second

    assert waiting == {second}
    assert new == (set() if commits else {what.id})


async def test_repetitions_and_gaps_are_recorded(place: Place) -> None:
    held, what = await claim(place), event(5)

    async with place.store.transaction() as transaction:
        await transaction.insert_inbox([applied(held, what)])
        await transaction.insert_duplicates([(held.account_id, 6, what.id)])
        gap = Gap(PARTITION, 7, 9, GapReason.RETENTION)
        await transaction.insert_gaps([(held.account_id, gap)])

    assert await place.duplicates() == [6]
    assert await place.gaps() == [(7, 9)]


async def test_an_offset_is_not_a_repetition_twice(place: Place) -> None:
    held, what = await claim(place), event(5)
    row = (held.account_id, 6, what.id)

    with pytest.raises(Exception) as caught:  # noqa: PT011, PT012  (whose end raises)
        async with place.store.transaction() as transaction:
            await transaction.insert_duplicates([row])
            await transaction.insert_duplicates([row])

    assert fault_of(caught.value) is FaultKind.TRANSIENT
    assert await place.duplicates() == []


# The breaker


async def test_a_breaker_that_never_opened_is_closed(place: Place) -> None:
    async with place.store.transaction() as transaction:
        row = await transaction.breaker()

    assert row == BreakerRow()


async def test_a_breaker_changes_only_from_what_it_was_seen_as(place: Place) -> None:
    opened = BreakerRow(BreakerState.OPEN, 1, NOW, reason="too many")
    trial = replace(opened, state=BreakerState.HALF_OPEN, trial_at=LATER)

    changed = []
    for was, row in ((BreakerRow(), opened), (opened, trial), (opened, trial), (trial, opened)):
        async with place.store.transaction() as transaction:
            changed.append(await transaction.change_breaker(was, row))
    async with place.store.transaction() as transaction:
        last = await transaction.breaker()

    assert changed == [True, True, False, True]
    assert last == opened


async def test_an_override_that_was_not_seen_is_not_overwritten(place: Place) -> None:
    override = BreakerRow(overridden_until=LATER, reason="a reason", changed_by="role:1")
    opened = BreakerRow(BreakerState.OPEN, 1, NOW, reason="too many")
    await place.override_breaker(override)

    async with place.store.transaction() as transaction:
        changed = await transaction.change_breaker(BreakerRow(), opened)
        last = await transaction.breaker()

    assert (changed, last) == (False, override)


# What is told


async def test_what_is_published_is_there_after_the_commit(place: Place) -> None:
    letter = parked(await claim(place), 6)
    draft = dead_letter_draft(CATALOGUE_GROUP, letter.change, NOW)

    async with place.store.transaction() as transaction:
        await transaction.publish([])
        await transaction.publish([draft, draft])
        before = await place.published(letter.dead_letter_id)
    with suppress(UndoneError):
        async with place.store.transaction() as transaction:
            await transaction.publish([draft])
            raise UndoneError

    assert before == 0
    assert await place.published(letter.dead_letter_id) == 2


async def test_what_cannot_be_published_is_refused_before_anything_is_written(
    place: Place,
) -> None:
    letter = parked(await claim(place), 6)
    sound = dead_letter_draft(CATALOGUE_GROUP, letter.change, NOW)
    refused = Draft(topic=sound.topic, data={REFUSED: True})

    async with place.store.transaction() as transaction:
        transaction.check([sound])
        with pytest.raises(InvalidEventError):
            transaction.check([sound, refused])
        with pytest.raises(InvalidEventError):
            await transaction.publish([sound, refused])

    assert await place.published(letter.dead_letter_id) == 0
