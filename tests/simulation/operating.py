"""What operators do: redrive, discard, reset, override."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from bus.consuming.breaker import BreakerState
from bus.consuming.claims import GapReason
from bus.consuming.parking import LetterState
from bus.consuming.store import BreakerRow
from tests.simulation.tables import AccountRow, GapRow, RequestRow
from tests.simulation.worker import Ground


class Operators:
    """Act on the tables of the group, each time in a transaction that nobody is in the way of."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._chance = ground.chance
        self._requests = 0
        self._mended = 0

    def note_that_all_is_mended(self) -> None:
        """Whatever is asked from now on is asked of a mended handler."""
        self._mended = self._requests

    def reset(self) -> None:
        """An operator resets a position: to where it is, or skipping what comes."""
        tables = self._ground.tables
        partition = self._chance.choice(list(self._ground.broker.logs))
        row, log = tables.positions.rows.get(partition), self._ground.broker.logs[partition]
        if row is None or partition in tables.positions.holders:
            return
        skipped = self._chance.choice((0, 0, 1, 3))
        target = max(row.next_offset, min(row.next_offset + skipped, log.end))
        old, account_id = tables.accounts.rows[row.account_id], tables.next_account_id()
        tables.accounts.rows[row.account_id] = replace(old, closed_next_offset=row.next_offset)
        tables.accounts.rows[account_id] = AccountRow(
            account_id, partition, old.number + 1, old.topic_id, row.next_offset
        )
        if target > row.next_offset:
            gap = GapRow(target, GapReason.RESET)
            tables.gaps.rows[account_id, row.next_offset] = gap
        tables.positions.rows[partition] = replace(
            row, account_id=account_id, epoch=row.epoch + 1, next_offset=target
        )

    def request(self) -> None:
        """An operator wants some dead letters redriven, or discarded."""
        letters = self._open_unasked()
        if letters:
            chosen = self._chance.sample(letters, self._chance.randint(1, len(letters)))
            action = "REDRIVE" if self._chance.random() < 0.7 else "DISCARD"
            rate = self._chance.choice((None, None, 0.5))
            self._ask(action, chosen, rate)

    def _open_unasked(self) -> list[UUID]:
        """Return the open dead letters of which no operator asks anything."""
        asked = {letter_id for (_, letter_id), outcome in self.items() if not outcome}
        rows = self._ground.tables.letters.rows.values()
        open_letters = [each.dead_letter_id for each in rows if each.state is LetterState.OPEN]
        return [each for each in open_letters if each not in asked]

    def items(self) -> list[tuple[tuple[int, UUID], str]]:
        return list(self._ground.tables.items.rows.items())

    def _ask(self, action: str, letters: list[UUID], rate: float | None = None) -> None:
        tables, number = self._ground.tables, self._requests
        self._requests += 1
        tables.requests.rows[number] = RequestRow(number, action, rate, self._ground.wall())
        for letter_id in letters:
            tables.items.rows[number, letter_id] = ""

    def turn_breaker(self) -> None:
        """An operator stops the group, or lets it go on, perhaps whatever fails for a while."""
        seconds = self._chance.choice((None, None, 5.0))
        until = None if seconds is None else self._ground.wall() + timedelta(seconds=seconds)
        row = BreakerRow(BreakerState.CLOSED, overridden_until=until, changed_by="operator")
        if self._chance.random() < 0.5:
            row = BreakerRow(BreakerState.OPEN, changed_by="operator")
        self._set_breaker(row)

    def override_breaker(self) -> None:
        """An operator closes the breaker, and keeps it closed."""
        until = self._ground.wall() + timedelta(days=1)
        row = BreakerRow(BreakerState.CLOSED, overridden_until=until, changed_by="operator")
        self._set_breaker(row)

    def _set_breaker(self, row: BreakerRow) -> None:
        breaker = self._ground.tables.breaker
        holder = breaker.holders.get(None)
        if holder is not None:
            holder.sever()
        breaker.rows[None] = row

    def operate(self, *, closes_all: bool) -> bool:
        """Have dead letters redriven that were not tried since the handler was mended."""
        letters = self._open_unasked()
        tried = {letter_id for (number, letter_id), _ in self.items() if number >= self._mended}
        untried = [each for each in letters if each not in tried]
        if untried:
            self._ask("REDRIVE", untried)
        elif closes_all and letters:
            self._ask("DISCARD", letters)
        return bool(untried) or (closes_all and bool(letters))
