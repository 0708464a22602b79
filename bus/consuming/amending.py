"""What was parked or held before: tried again, applied in its turn, or closed as asked.

The partition's owner does it under its claim. Each transaction locks the position first, so that
whoever lost the claim writes nothing, and takes so many records of each kind at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from bus.consuming.attempt import Blocked, FailedRecord, Item, Standing
from bus.consuming.claims import Claim
from bus.consuming.ledger import Handling, Ledger
from bus.consuming.parking import Held, Letter, LetterState, Retried
from bus.consuming.subscription import DiscardHandler

AMEND_RECORDS = 100
"""How many dead letters or held records one transaction takes: it keeps the position's lock."""


class Amendment:
    """Works off what waits of one partition, within one transaction."""

    def __init__(self, ledger: Ledger, handling: Handling, claim: Claim) -> None:
        self._ledger = ledger
        self._transaction = ledger.transaction
        self._handling = handling
        self._partition = claim.partition
        self.standing = Standing()

    async def work_off(self) -> int:
        """Take up requests, try what is due of the dead letters, apply what is held no longer.

        Returns how many records it looked at: 0 means that nothing can be done now.
        """
        taken = await self._take_up()
        now = self._handling.wall()
        letters = await self._transaction.due_letters(self._partition, now, AMEND_RECORDS)
        settled: set[UUID] = set()
        for account in by_account(letters):
            left = [each for each in account if each.dead_letter_id not in settled]
            settled |= await self._try_again(left)
        held = await self._transaction.drainable(self._partition, AMEND_RECORDS)
        blocked: Blocked = {}
        for records in by_account(held):
            await self._drain(records, blocked)
        return taken + len(letters) + len(held)

    async def _take_up(self) -> int:
        """Mark the dead letters that operators want redriven, close those to be discarded."""
        redriven, discarded = await self._transaction.take_requests(
            self._partition, self._handling.wall(), AMEND_RECORDS
        )
        self._ledger.tell([each.changed(LetterState.REDRIVING) for each in redriven])
        self._ledger.tell([each.changed(LetterState.DISCARDED) for each in discarded])
        handler = self._handling.subscription.handler
        if discarded and isinstance(handler, DiscardHandler):
            ids = [each.dead_letter_id for each in discarded]
            await handler.handle_discarded(ids, self._ledger.unit)
        return len(redriven) + len(discarded)

    async def _try_again(self, letters: Sequence[Letter]) -> set[UUID]:
        """Apply the records of dead letters of one account; those that fail stay dead letters.

        Returns which were closed because their event was applied: each copy of it has its standing.
        """
        standing = await self._search(letters, None)
        settled = {each.dead_letter_id for each in standing.resolved}
        unsettled = {
            letter.record.offset: letter
            for letter in letters
            if letter.dead_letter_id not in settled
        }
        standing.repeated = [each for each in standing.repeated if each.offset in unsettled]
        await self._ledger.write_applied(standing)
        self.standing.applied += standing.applied
        # `resolve` leaves a letter unclosed whose event's id nobody could read before.
        done = [each.offset for each in standing.repeated]
        done += [each.record.offset for each in standing.applied]
        await self._close([unsettled[offset] for offset in done if offset in unsettled])
        failed = [(unsettled[each.rejected.record.offset], each) for each in standing.failed]
        await self._keep([self._retried(letter, each) for letter, each in failed])
        self._count(letters, [letter for letter, _ in failed])
        return settled

    def _count(self, tried: Sequence[Letter], failed: Sequence[Letter]) -> None:
        """Count what became of the redrives among dead letters that were tried."""
        asked, again = count_redrives(tried), count_redrives(failed)
        self.standing.redriven += asked - again
        self.standing.failed_again += again

    async def _close(self, done: Sequence[Letter]) -> None:
        """Close dead letters whose event is applied now, or was from elsewhere."""
        if done:
            closed = await self._transaction.close(done)
            left = [each for each in done if each.dead_letter_id in closed]
            self._ledger.tell([each.changed(LetterState.RESOLVED) for each in left])

    async def _keep(self, retried: Sequence[Retried]) -> None:
        if retried:
            kept = await self._transaction.keep(retried)
            left = [each for each in retried if each.letter.dead_letter_id in kept]
            self._ledger.tell([each.change for each in left])

    def _retried(self, letter: Letter, failed: FailedRecord) -> Retried:
        """Return what becomes of a letter that failed again: an operator's try was one try."""
        due_at = None
        if letter.state is LetterState.RETRYING:
            due_at = self._ledger.due_at(failed, letter.first_seen, letter.attempts + 1)
        state = LetterState.OPEN if due_at is None else LetterState.RETRYING
        return Retried(letter, failed.rejected, state, due_at)

    async def _drain(self, records: Sequence[Held], blocked: Blocked) -> None:
        """Apply held records in their order; behind one that fails, the rest of its key stays.

        `blocked` then names that key, so that its records of newer accounts stay as well.
        """
        standing = await self._search(records, blocked)
        staying = {each.record.offset for each in standing.held}
        standing.held.clear()
        gone = [each for each in records if each.record.offset not in staying]
        await self._transaction.release(gone)
        await self._ledger.write(standing)
        self.standing.add(standing)

    async def _search(
        self, stored: Sequence[Letter] | Sequence[Held], blocked: Blocked | None
    ) -> Standing:
        """Apply what can be applied of stored records; `blocked` grows by what can't."""
        items = [
            Item(
                each.account_id,
                each.partition,
                each.record,
                self._handling.parse(each.record, each.partition),
            )
            for each in stored
        ]
        attempt = self._ledger.attempt(blocked)
        await attempt.search(items)
        await attempt.recognise()
        if blocked is not None:
            blocked.update(attempt.blocked or {})
        return attempt.standing


def count_redrives(letters: Sequence[Letter]) -> int:
    """Return how many of them an operator asked for."""
    return sum(each.state is LetterState.REDRIVING for each in letters)


Stored = TypeVar("Stored", Letter, Held)


def by_account(stored: Sequence[Stored]) -> list[list[Stored]]:
    """Separate by account, the oldest first: an offset is unique within one only."""
    accounts: dict[int, list[Stored]] = {}
    for each in stored:
        accounts.setdefault(each.account_id, []).append(each)
    return [accounts[account_id] for account_id in sorted(accounts)]
