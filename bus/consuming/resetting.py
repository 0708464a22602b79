"""An operator's reset: a group goes on from another offset, and its account still adds up.

The account that was open ends where the group stood; the next begins there, or at the target if
that is lower. What is skipped is a gap of the new account, with a finding. The position moves
under the epoch and offset that were read, and raises the epoch: a worker that runs is fenced
off, and claims again. So a reset needs no stopped service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bus.clock import Clock
from bus.consuming.announcements import gap_finding_draft
from bus.consuming.claims import Gap, GapReason, LogBounds
from bus.consuming.positions import StoredPosition, read_position
from bus.consuming.postgres import insert_gaps
from bus.consuming.records import Partition
from bus.errors import ContentionError, FencedError, UnavailableError, UnknownNameError, UsageError
from bus.events import Draft
from bus.publishing.outbox import Outbox
from bus.storage.connections import Connection, translated_errors
from bus.topics import GROUPS

BEGINNING = "beginning"
END = "end"

ATTEMPTS = 50
"""A worker that is busy moves the position on between our look and our change; then again."""


@dataclass(frozen=True, slots=True)
class ResetRequest:
    """What an operator asks for: `target` is an offset, "beginning" or "end"."""

    group: str
    partition: Partition
    target: str
    actor: str
    reason: str

    @property
    def place(self) -> str:
        """Group and partition, as a person names them."""
        return f"{self.group}/{self.partition.topic}/{self.partition.number}"


@dataclass(frozen=True, slots=True)
class Reset:
    """What a reset does: which account it ends, and what the next one begins with."""

    position: StoredPosition
    topic_id: str
    first_offset: int
    next_offset: int
    gaps: tuple[Gap, ...]

    @property
    def account_number(self) -> int:
        """The number of the account that begins."""
        return self.position.account_number + 1


def resolve_target(target: str, bounds: LogBounds) -> int:
    """Return the offset to go on from; raise UsageError unless it is within the log."""
    if target in (BEGINNING, END):
        return bounds.start if target == BEGINNING else bounds.end
    if not (target.isascii() and target.isdigit()):
        raise UsageError(f"{target!r} is no offset: give a number, {BEGINNING!r} or {END!r}")
    if not bounds.start <= int(target) <= bounds.end:
        raise UsageError(
            f"offset {target} is outside of the log, which holds {bounds.start} up to before "
            f"{bounds.end}: give one of these, or {END!r}"
        )
    return int(target)


def plan_reset(position: StoredPosition, bounds: LogBounds, target: int) -> Reset:
    """Return the reset to an offset within the log.

    In a topic that was created anew, the new account begins at the log's start: the old offsets
    were another log's.
    """
    is_same_log = position.topic_id == bounds.topic_id
    reached = position.next_offset if is_same_log else bounds.start
    lost = Gap(position.partition, reached, min(bounds.start, target), GapReason.RETENTION)
    skipped = Gap(position.partition, max(reached, bounds.start), target, GapReason.RESET)
    return Reset(
        position=position,
        topic_id=bounds.topic_id,
        first_offset=min(reached, target),
        next_offset=target,
        gaps=tuple(gap for gap in (lost, skipped) if gap.from_offset < gap.to_offset),
    )


async def preview_reset(
    connection: Connection, request: ResetRequest, bounds: LogBounds | None
) -> Reset:
    """Return what the reset would do now; raise UsageError where it can't be done."""
    if bounds is None:
        raise UnknownNameError(f"the broker has no partition for {request.place}")
    position = await read_position(connection, request.group, request.partition)
    if position is None:
        raise UnknownNameError(
            f"{request.place} has no position: the group never claimed it, and will begin at the "
            "log's start; start its service"
        )
    return plan_reset(position, bounds, resolve_target(request.target, bounds))


async def reset_position(
    connection: Connection,
    request: ResetRequest,
    bounds: LogBounds | None,
    outbox: Outbox,
    clock: Clock,
) -> Reset:
    """Carry out a reset in one transaction; return what it did.

    Raises UsageError where it can't be done, UnavailableError if a worker moved the position on
    at each attempt. In both cases nothing was changed.
    """
    for _ in range(ATTEMPTS):
        try:
            with translated_errors(GROUPS[request.group]):
                async with connection.transaction():
                    reset = await preview_reset(connection, request, bounds)
                    await _carry_out(connection, request, reset, outbox, clock)
        except (FencedError, ContentionError):
            continue
        return reset
    raise UnavailableError(
        f"{request.place} moved on at each of {ATTEMPTS} attempts, nothing was changed: "
        "try again, or stop the service first"
    )


async def _carry_out(
    connection: Connection, request: ResetRequest, reset: Reset, outbox: Outbox, clock: Clock
) -> None:
    """Write the accounts, gaps and findings; the position last, as a batch does.

    In another order, this and a batch could wait for each other. A claim and whoever works off dead
    letters lock the position first: with these it can happen, and the reset is tried again.
    """
    account_id = await _turn_account(connection, request, reset)
    if reset.gaps:
        await insert_gaps(connection, [(account_id, gap) for gap in reset.gaps])
        await outbox.publish(connection, _findings(request, account_id, reset.gaps, clock))
    await _move(connection, reset, account_id)


def _findings(
    request: ResetRequest, account_id: int, gaps: Sequence[Gap], clock: Clock
) -> list[Draft]:
    now = clock.now()
    return [gap_finding_draft(request.group, account_id, gap, now) for gap in gaps]


OPEN_ACCOUNT = """
INSERT INTO consumer_account
    (group_name, topic, partition, number, topic_id, first_offset, opened_by, reason)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
RETURNING account_id
"""


async def _turn_account(connection: Connection, request: ResetRequest, reset: Reset) -> int:
    """Close the open account, and return the id of the next one."""
    await connection.execute(
        "UPDATE consumer_account SET closed_at = now(), closed_next_offset = %s"
        " WHERE account_id = %s AND closed_at IS NULL",
        [reset.position.next_offset, reset.position.account_id],
    )
    cursor = await connection.execute(
        OPEN_ACCOUNT,
        [
            request.group,
            *request.partition,
            reset.account_number,
            reset.topic_id,
            reset.first_offset,
            request.actor,
            request.reason,
        ],
    )
    row = await cursor.fetchone()
    if row is None:
        raise FencedError(f"another reset of {request.place} was quicker")
    account_id: int = row[0]
    return account_id


MOVE_POSITION = """
UPDATE consumer_position
SET account_id = %s, epoch = epoch + 1, next_offset = %s, updated_at = now()
WHERE group_name = %s AND topic = %s AND partition = %s AND epoch = %s AND next_offset = %s
"""


async def _move(connection: Connection, reset: Reset, account_id: int) -> None:
    """Move the position, unless it isn't where it was when the reset was planned."""
    position = reset.position
    cursor = await connection.execute(
        MOVE_POSITION,
        [
            account_id,
            reset.next_offset,
            position.group,
            *position.partition,
            position.epoch,
            position.next_offset,
        ],
    )
    if cursor.rowcount != 1:
        raise FencedError(f"the position of {position.group} moved on meanwhile")
