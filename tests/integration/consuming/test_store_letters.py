"""What every store promises of dead letters, held records and operators' requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bus.consuming.parking import Blocker, LetterKind, LetterState, Retried
from bus.consuming.records import KeyPlace, Rejected, key_place
from bus.events import Mode
from bus.reasons import Reason
from tests.integration.consuming.store_places import (
    Place,
)
from tests.integration.consuming.store_samples import (
    LATER,
    LIMIT,
    NOW,
    OTHER,
    PARTITION,
    SOON,
    applied,
    claim,
    digests,
    drainable,
    due,
    event,
    hold,
    park,
    parked,
    record,
)

# Dead letters and held records


async def test_a_key_is_blocked_by_its_first_unclosed_letter_that_holds(place: Place) -> None:
    held, first, second = await claim(place), event(6), event(8)
    here = key_place(PARTITION, record(6))
    free = KeyPlace(OTHER, here.digest) if here else None
    assert here is not None
    assert free is not None

    await park(place, parked(held, 8, second), parked(held, 6, first))
    await park(place, parked(held, 5, event(5), holds=False))
    async with place.store.transaction() as transaction:
        blockers = await transaction.blockers([here, free])

    assert blockers == {here: Blocker(first.id, first.digest)}


async def test_a_key_with_held_records_alone_is_blocked_by_nobody_in_particular(
    place: Place,
) -> None:
    held, here = await claim(place), key_place(PARTITION, record(6))
    assert here is not None

    await hold(place, held, 6)
    async with place.store.transaction() as transaction:
        blockers = await transaction.blockers([here])

    assert blockers == {here: Blocker()}


async def test_what_waits_is_counted(place: Place) -> None:
    held = await claim(place)
    fields = parked(held, 7, kind=LetterKind.FIELDS, holds=False)
    closed = parked(held, 8, state=LetterState.DISCARDED)

    await park(place, parked(held, 5), fields, closed)
    await hold(place, held, 9, 10)
    async with place.store.transaction() as transaction:
        count = await transaction.parked_count()

    assert count == 3


async def test_a_dead_letter_comes_back_as_it_was(place: Place) -> None:
    held, what = await claim(place), event(6)
    letter = parked(held, 6, what, state=LetterState.RETRYING, due_at=NOW, key=b"\xff\x00")

    await park(place, letter)
    async with place.store.transaction() as transaction:
        (back,) = await transaction.due_letters(PARTITION, SOON, LIMIT)

    assert (back.dead_letter_id, back.account_id) == (letter.dead_letter_id, held.account_id)
    assert (back.partition, back.reason, back.attempts) == (PARTITION, "HANDLER_REFUSED", 1)
    assert (back.state, back.holds, back.mode) == (LetterState.RETRYING, True, Mode.ACTUAL)
    assert replace(back.record, headers=tuple(back.record.headers)) == record(6, b"\xff\x00")
    assert back.first_seen.tzinfo is not None


async def test_letters_are_tried_when_due_or_asked_for_in_order(place: Place) -> None:
    held = await claim(place)

    await park(
        place,
        parked(held, 9, state=LetterState.REDRIVING, holds=False),
        parked(held, 6, state=LetterState.RETRYING, due_at=NOW, holds=False),
        parked(held, 7, state=LetterState.RETRYING, due_at=LATER, holds=False),
        parked(held, 8, state=LetterState.OPEN, holds=False),
    )

    assert await due(place) == [6, 9]
    assert await due(place, LATER) == [6, 7, 9]


async def test_of_letters_that_hold_only_the_first_of_its_key_is_tried(place: Place) -> None:
    held = await claim(place)

    await park(
        place,
        parked(held, 6, event(6), state=LetterState.OPEN),
        parked(held, 7, event(7), state=LetterState.REDRIVING),
        parked(held, 8, event(8), state=LetterState.REDRIVING, key=b"other"),
        parked(held, 9, event(9), state=LetterState.REDRIVING, key=b"other"),
    )

    assert await due(place) == [8]


async def test_a_copy_of_the_event_that_is_first_is_tried_as_well(place: Place) -> None:
    held, what = await claim(place), event(6)

    await park(
        place,
        parked(held, 6, what, state=LetterState.OPEN),
        parked(held, 7, what, state=LetterState.REDRIVING),
        parked(held, 8, event(8), state=LetterState.REDRIVING),
    )

    assert await due(place) == [7]


async def test_a_letter_that_failed_again_is_kept_with_what_became_of_it(place: Place) -> None:
    held = await claim(place)
    await park(place, parked(held, 6, state=LetterState.REDRIVING))

    async with place.store.transaction() as transaction:
        (letter,) = await transaction.due_letters(PARTITION, SOON, LIMIT)
        rejected = Rejected(PARTITION, letter.record, Reason.HANDLER_FAILED, "again")
        await transaction.keep([Retried(letter, rejected, LetterState.RETRYING, LATER)])

    assert await place.letters() == [(6, "RECORD", "RETRYING", 2)]
    assert await due(place) == []
    assert await due(place, LATER) == [6]


async def test_an_applied_event_closes_its_letters_and_accounts_for_them(place: Place) -> None:
    held, what = await claim(place), event(9)
    same_id = replace(what, digest=b"another")
    await park(
        place,
        parked(held, 6, what),
        parked(held, 7, same_id),
        parked(held, 8, what, kind=LetterKind.FIELDS),
        parked(held, 9, what, state=LetterState.REDRIVING),
    )

    async with place.store.transaction() as transaction:
        changes = await transaction.resolve([applied(held, what)])

    assert sorted(change.offset for change in changes) == [6, 9]
    assert {change.state for change in changes} == {LetterState.RESOLVED}
    assert await place.letters() == [
        (6, "RECORD", "RESOLVED", 1),
        (7, "RECORD", "OPEN", 1),
        (8, "FIELDS", "OPEN", 1),
        (9, "RECORD", "RESOLVED", 1),
    ]
    assert await place.duplicates() == [6]


async def test_a_correction_closes_the_letter_of_the_fields_that_it_corrects(place: Place) -> None:
    held, wrong = await claim(place), event(6)
    await park(
        place,
        parked(held, 6, wrong, kind=LetterKind.FIELDS),
        parked(held, 7, wrong),
    )
    of_another_agency = event(8, causation_id=wrong.id, topic="hhs.custody-event.v1")
    of_another_content = event(9, causation_id=wrong.id, topic="dhs.policy-notice.v1")

    async with place.store.transaction() as transaction:
        none = await transaction.resolve_fields([of_another_content])
        changes = await transaction.resolve_fields([of_another_agency])

    assert none == []
    assert [change.offset for change in changes] == [6]
    assert await place.letters() == [(6, "FIELDS", "RESOLVED", 1), (7, "RECORD", "OPEN", 1)]


async def test_letters_are_closed_once(place: Place) -> None:
    held = await claim(place)
    await park(place, parked(held, 6, state=LetterState.REDRIVING))

    async with place.store.transaction() as transaction:
        letters = await transaction.due_letters(PARTITION, SOON, LIMIT)
        await transaction.close(letters)
        rejected = Rejected(PARTITION, letters[0].record, Reason.HANDLER_FAILED, "again")
        await transaction.keep([Retried(letters[0], rejected, LetterState.OPEN, None)])

    assert await place.letters() == [(6, "RECORD", "RESOLVED", 1)]


async def test_held_records_come_back_in_order_once_their_key_has_no_letter(place: Place) -> None:
    held = await claim(place)
    letter = parked(held, 6, state=LetterState.REDRIVING)
    await park(place, letter)
    await hold(place, held, 11, 7, 9)
    await hold(place, held, 8, 10, key=b"other")
    first, before = await drainable(place, 1), await drainable(place)

    async with place.store.transaction() as transaction:
        await transaction.close(await transaction.due_letters(PARTITION, SOON, LIMIT))
    after = await drainable(place)

    assert (first, before) == ([8], [8, 10])
    assert [each for each in after if each in {7, 9, 11}] == [7, 9, 11]
    assert sorted(after) == [7, 8, 9, 10, 11]


async def test_a_released_record_is_held_no_longer(place: Place) -> None:
    held = await claim(place)
    await hold(place, held, 7, 8)

    async with place.store.transaction() as transaction:
        records = await transaction.drainable(PARTITION, LIMIT)
        await transaction.release(records[:1])

    assert replace(records[0].record, headers=tuple(records[0].record.headers)) == record(7)
    assert await drainable(place) == [8]


# Requests


async def take(
    place: Place, at: datetime = SOON, limit: int = LIMIT
) -> tuple[list[int], list[int]]:
    """Take up requests; return the offsets to redrive, and those discarded."""
    async with place.store.transaction() as transaction:
        redriven, discarded = await transaction.take_requests(PARTITION, at, limit)
    return [each.record.offset for each in redriven], [each.record.offset for each in discarded]


async def test_requests_are_taken_up_once(place: Place) -> None:
    held, letters = await claim(place), []
    letters = [parked(held, offset, event(offset)) for offset in (8, 6, 7)]
    await park(place, *letters)
    await place.ask("REDRIVE", [letters[0].dead_letter_id, letters[1].dead_letter_id], NOW)
    await place.ask("DISCARD", [letters[2].dead_letter_id], NOW)

    first, again = await take(place), await take(place)

    assert (first, again) == (([6, 8], [7]), ([], []))
    assert await place.outcomes() == ["TAKEN", "TAKEN", "TAKEN"]
    states = {offset: state for offset, _, state, _ in await place.letters()}
    assert states == {6: "REDRIVING", 7: "DISCARDED", 8: "REDRIVING"}


async def test_a_discarded_event_is_in_the_inbox_from_then_on(place: Place) -> None:
    held, what, known = await claim(place), event(6), event(7)
    letters = [parked(held, 6, what), parked(held, 8), parked(held, 7, replace(known, digest=b"2"))]
    await park(place, *letters)
    async with place.store.transaction() as transaction:
        await transaction.insert_inbox([applied(held, known)])
    await place.ask("DISCARD", [letter.dead_letter_id for letter in letters], NOW)

    _, discarded = await take(place)

    assert discarded == [6, 7, 8]
    assert await digests(place, what, known) == {what.id: b"d", known.id: b"d"}


async def test_a_request_for_what_is_no_longer_open_ends(place: Place) -> None:
    held = await claim(place)
    closed = parked(held, 6, state=LetterState.DISCARDED)
    fields = parked(held, 7, kind=LetterKind.FIELDS)
    await park(place, closed, fields)
    await place.ask("REDRIVE", [closed.dead_letter_id, fields.dead_letter_id], NOW)

    taken = await take(place)

    assert taken == ([], [])
    assert await place.outcomes() == ["DISCARDED", "OPEN"]


async def test_wrong_fields_can_be_discarded(place: Place) -> None:
    held, what = await claim(place), event(6)
    fields = parked(held, 6, what, kind=LetterKind.FIELDS, holds=False)
    await park(place, fields)
    async with place.store.transaction() as transaction:
        await transaction.insert_inbox([applied(held, what)])
    await place.ask("DISCARD", [fields.dead_letter_id], NOW)

    taken = await take(place)

    assert taken == ([], [6])
    assert await place.letters() == [(6, "FIELDS", "DISCARDED", 1)]


async def test_a_requests_rate_bounds_how_many_are_taken(place: Place) -> None:
    held = await claim(place)
    letters = [parked(held, offset, holds=False) for offset in (5, 6, 7, 8)]
    await park(place, *letters)
    await place.ask("REDRIVE", [letter.dead_letter_id for letter in letters], NOW, per_second=1.0)

    taken = [await take(place, NOW + timedelta(seconds=after)) for after in (0.5, 0.6, 2.5)]

    assert taken == [([5], []), ([], []), ([6, 7], [])]


async def test_a_limit_bounds_how_many_are_taken_at_once(place: Place) -> None:
    held = await claim(place)
    letters = [parked(held, offset, holds=False) for offset in (5, 6, 7)]
    await park(place, *letters)
    await place.ask("REDRIVE", [letter.dead_letter_id for letter in letters], NOW)

    taken = [await take(place, limit=2), await take(place, limit=2)]

    assert taken == [([5, 6], []), ([7], [])]


async def test_a_partition_waits_for_what_is_due_asked_for_or_held_no_longer(place: Place) -> None:
    held = await claim(place)
    letter = parked(held, 6)

    async def waits(at: datetime = SOON) -> bool:
        async with place.store.transaction() as transaction:
            found = await transaction.waiting([PARTITION, OTHER], at)
        assert OTHER not in found
        return PARTITION in found

    nothing = await waits()
    await park(place, parked(held, 9, state=LetterState.RETRYING, due_at=LATER, key=b"b"), letter)
    await hold(place, held, 7)
    not_yet, due_later = await waits(), await waits(LATER)
    await place.ask("REDRIVE", [letter.dead_letter_id], NOW)
    asked = await waits()
    await take(place)
    async with place.store.transaction() as transaction:
        await transaction.close(await transaction.due_letters(PARTITION, SOON, LIMIT))
    freed = await waits()

    assert (nothing, not_yet, due_later, asked, freed) == (False, False, True, True, True)
