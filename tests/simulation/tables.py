"""A database in memory: rows, row locks, transactions that see what others have committed.

READ COMMITTED, as far as the engine can tell: a statement sees every row that is committed and what
its own transaction wrote; whoever writes or locks a row that another transaction wrote or locked
waits for its end, then goes on from what was committed; two that wait for each other are a
deadlock, which the one that would close the circle is told of.

Rows of any kind are written through one transaction: that is where `Any` stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from bus.consuming.claims import GapReason
from bus.consuming.parking import UNCLOSED, LetterKind, LetterState
from bus.consuming.records import KeyPlace, Partition, StoredRecord
from bus.consuming.store import BreakerRow
from bus.errors import ContentionError, SystemicError
from bus.events import Draft, Mode
from tests.simulation.pacing import Pace

Key = TypeVar("Key")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A run of offsets that the group accounts for."""

    account_id: int
    partition: Partition
    number: int
    topic_id: str
    first_offset: int
    closed_next_offset: int | None = None


@dataclass(frozen=True, slots=True)
class PositionRow:
    """Where the group stands on a partition."""

    account_id: int
    epoch: int
    next_offset: int


@dataclass(frozen=True, slots=True)
class InboxRow:
    """An event that was applied; without account and offset, discarded."""

    digest: bytes
    account_id: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class GapRow:
    """Offsets that nobody can read."""

    to_offset: int
    reason: GapReason


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A dead letter."""

    dead_letter_id: UUID
    account_id: int
    partition: Partition
    record: StoredRecord
    place: KeyPlace | None
    reason: str
    detail: str
    event_id: UUID | None
    digest: bytes | None
    mode: Mode
    kind: LetterKind
    holds: bool
    state: LetterState
    due_at: datetime | None
    first_seen: datetime
    attempts: int = 1

    @property
    def is_unclosed(self) -> bool:
        """Whether it still waits to be applied or closed."""
        return self.state in UNCLOSED

    @property
    def is_holding(self) -> bool:
        """Whether later records of its key wait for it."""
        return self.holds and self.state in UNCLOSED

    @property
    def event(self) -> tuple[UUID, bytes | None]:
        """The event that it is a copy of; without an id, of none but its own."""
        return self.event_id or self.dead_letter_id, self.digest

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands among others of its partition."""
        return self.account_id, self.record.offset


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A record that waits behind a dead letter of its key."""

    partition: Partition
    record: StoredRecord
    place: KeyPlace | None


@dataclass(frozen=True, slots=True)
class RequestRow:
    """What an operator asked for."""

    number: int
    action: str
    per_second: float | None
    requested_at: datetime
    taken: int = 0
    requested_by: str = "role:1"


Offset = tuple[int, int]
"""An account's id, and an offset."""


class Table(Generic[Key, Row]):
    """The committed rows of one kind, and who holds which of them."""

    def __init__(self) -> None:
        self.rows: dict[Key, Row] = {}
        self.holders: dict[Key, Work] = {}


class Tables:
    """What one group has committed."""

    def __init__(self, pace: Pace, wall: Callable[[], datetime]) -> None:
        self.pace = pace
        self.wall = wall
        self.accounts: Table[int, AccountRow] = Table()
        self.positions: Table[Partition, PositionRow] = Table()
        self.inbox: Table[UUID, InboxRow] = Table()
        self.duplicates: Table[Offset, UUID] = Table()
        self.gaps: Table[Offset, GapRow] = Table()
        self.letters: Table[UUID, LetterRow] = Table()
        self.held: Table[Offset, HeldRow] = Table()
        self.requests: Table[int, RequestRow] = Table()
        self.items: Table[tuple[int, UUID], str] = Table()
        self.breaker: Table[None, BreakerRow] = Table()
        self.streams: Table[str, None] = Table()
        self.effects: list[object] = []
        self.outbox: list[Draft] = []
        self._accounts_opened = 0

    def next_account_id(self) -> int:
        """Return an id that no other account has; like a sequence, it isn't given back."""
        self._accounts_opened += 1
        return self._accounts_opened

    def begin(self) -> Work:
        """Begin a transaction."""
        return Work(self)


Written = dict[Table[Any, Any], dict[Any, Any]]
"""Rows by table and key; None takes the row away."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a transaction was at a savepoint."""

    written: Written
    effects: int
    drafts: int
    broken: int


class ConstraintError(Exception):
    """A constraint doesn't hold; like the driver's own errors, it isn't one of ours."""


@dataclass(slots=True, eq=False)
class Work:
    """What one transaction has written and locked so far."""

    tables: Tables
    written: Written = field(default_factory=dict)
    locked: list[tuple[Table[Any, Any], Any]] = field(default_factory=list)
    effects: list[object] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    broken_constraints: list[object] = field(default_factory=list)
    waits_for: Work | None = None
    is_over: bool = False
    is_severed: bool = False
    is_aborted: bool = False

    def require_open(self) -> None:
        """Raise SystemicError if the server has ended this transaction by itself.

        After a statement that failed, nothing goes on but from a savepoint before it.
        """
        if self.is_severed:
            raise SystemicError("the database has closed the connection")
        if self.is_aborted:
            raise ConstraintError("the transaction is aborted")

    def abort(self) -> None:
        """Refuse what comes, up to a return to a savepoint: a statement failed."""
        self.is_aborted = True

    # Reading

    def get(self, table: Table[Key, Row], key: Key) -> Row | None:
        """Return a row as this transaction sees it."""
        own: dict[Key, Row | None] = self.written.get(table, {})
        return own[key] if key in own else table.rows.get(key)

    def rows(self, table: Table[Key, Row]) -> list[tuple[Key, Row]]:
        """Return all rows as this transaction sees them, the oldest first."""
        own: dict[Key, Row | None] | None = self.written.get(table)
        if not own:
            return list(table.rows.items())
        return [(key, row) for key, row in {**table.rows, **own}.items() if row is not None]

    # Writing

    async def lock(self, table: Table[Key, Row], key: Key) -> None:
        """Wait until nobody else holds this row, and hold it until the end."""
        while (holder := table.holders.get(key, self)) is not self:
            if holder.waits_in_turn_for(self):
                self.abort()
                raise ContentionError("two transactions wait for each other")
            self.waits_for = holder
            await self.tables.pace.until(partial(self._can_go_on, holder))
            self.waits_for = None
            self.require_open()
        if key not in table.holders:
            table.holders[key] = self
            self.locked.append((table, key))

    def _can_go_on(self, holder: Work) -> bool:
        return holder.is_over or self.is_severed

    def waits_in_turn_for(self, other: Work) -> bool:
        """Tell whether it waits for the other, or for one that does."""
        waiting: Work | None = self
        while waiting is not None and waiting is not other:
            waiting = waiting.waits_for
        return waiting is other

    def put(self, table: Table[Key, Row], key: Key, row: Row | None) -> None:
        """Write a row that this transaction holds; None takes it away."""
        assert table.holders.get(key) is self, "a row is written without its lock"
        self.written.setdefault(table, {})[key] = row

    async def insert(self, table: Table[Key, Row], key: Key, row: Row) -> bool:
        """Write a new row; return False, and write nothing, where there is one."""
        await self.lock(table, key)
        if self.get(table, key) is not None:
            return False
        self.put(table, key, row)
        return True

    # Ending

    def mark(self) -> Mark:
        """Return where this transaction is, to come back to."""
        written = {table: dict(rows) for table, rows in self.written.items()}
        return Mark(written, len(self.effects), len(self.drafts), len(self.broken_constraints))

    def return_to(self, mark: Mark) -> None:
        """Undo what was written since. Its locks stay, which only makes others wait longer."""
        self.is_aborted = False
        self.written = mark.written
        del self.effects[mark.effects :]
        del self.drafts[mark.drafts :]
        del self.broken_constraints[mark.broken :]

    def commit(self) -> None:
        """Make it durable, and let others see it."""
        self.require_open()
        for table, rows in self.written.items():
            for key, row in rows.items():
                if row is None:
                    table.rows.pop(key, None)
                else:
                    table.rows[key] = row
        self.tables.effects += self.effects
        self.tables.outbox += self.drafts
        self._end()

    def roll_back(self) -> None:
        """Forget it."""
        if not self.is_over:
            self._end()

    def sever(self) -> None:
        """Roll back from outside: the server ends it, and its owner hears of it later."""
        if not self.is_over:
            self.is_severed = True
            self._end()

    def _end(self) -> None:
        for table, key in self.locked:
            del table.holders[key]
        self.is_over = True
