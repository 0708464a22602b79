"""The audit of some owners: their accounts and stores, and how far the broker's logs go.

Each owner's schema is read in one snapshot, so that workers may go on meanwhile; then the
broker says how far its logs go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bus.audit.accounts import Account, audit_accounts
from bus.audit.faults import Fault, FaultKind
from bus.audit.outbox import Stream, audit_outbox
from bus.audit.spool import audit_spool
from bus.consuming.claims import LogBounds, obstacle_of
from bus.consuming.log_bounds import read_log_bounds
from bus.consuming.records import Partition
from bus.errors import UnavailableError
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session, take_snapshot
from bus.topics import GROUPS


@dataclass(frozen=True, slots=True)
class Unread:
    """How many records of a partition a group hasn't passed yet, up to the log's end."""

    group: str
    partition: Partition
    count: int


@dataclass(slots=True)
class Audit:
    """What was found. It is sound when there is no fault.

    `unread` is None while the broker can't be asked: `broker_fault` says why.
    """

    accounts: list[Account] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unread: list[Unread] | None = None
    broker_fault: str | None = None

    @property
    def is_sound(self) -> bool:
        """Whether everything is explained."""
        return not self.faults

    def add_streams(self, found: tuple[list[Stream], list[Fault]]) -> None:
        """Take up what the audit of a store found."""
        streams, faults = found
        self.streams += streams
        self.faults += faults

    def unread_of(self, account: Account) -> int | None:
        """Return the unread records of an open account's partition, if they are known."""
        if not account.is_open or self.unread is None:
            return None
        partition = Partition(account.topic, account.partition)
        return next(
            (
                each.count
                for each in self.unread
                if each.group == account.group and each.partition == partition
            ),
            None,
        )


async def run_audit(settings: Settings, owners: Collection[str]) -> Audit:
    """Audit these owners' accounts and stores; raise UnavailableError where one can't be read.

    A broker that is away leaves the unread records unknown.
    """
    audit = Audit()
    for owner in owners:
        spool = settings.spool_of(owner)
        if spool is not None:
            audit.add_streams(await asyncio.to_thread(audit_spool, spool, owner))
            continue
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            await _audit_owner(audit, connection, owner)
    try:
        bounds = await asyncio.to_thread(
            read_log_bounds,
            settings.bootstrap,
            settings.names,
            {account.topic for account in audit.accounts},
        )
    except UnavailableError as error:
        audit.broker_fault = str(error)
    else:
        audit.faults += find_obstacles(audit.accounts, bounds)
        audit.unread = find_unread(audit.accounts, bounds)
    return audit


async def _audit_owner(audit: Audit, connection: Connection, owner: str) -> None:
    async with connection.transaction():
        await take_snapshot(connection)
        if owner in GROUPS.values():
            accounts, faults = await audit_accounts(connection)
            audit.accounts += accounts
            audit.faults += faults
        audit.add_streams(await audit_outbox(connection, owner))


def find_obstacles(
    accounts: Collection[Account], bounds: Mapping[Partition, LogBounds]
) -> list[Fault]:
    """Return the open accounts whose log is gone, another one, or shorter than it was."""
    faults = []
    for account in accounts:
        if not account.is_open or account.next_offset is None:
            continue
        bound = bounds.get(Partition(account.topic, account.partition))
        if bound is None:
            detail = "the broker has no such partition any more"
        elif obstacle := obstacle_of(account.topic_id, account.next_offset, bound):
            place = f"position {account.next_offset}, log {bound.start} to {bound.end}"
            detail = f"{obstacle}, {place}; see `bus positions reset`"
        else:
            continue
        faults.append(Fault(FaultKind.OBSTRUCTED, account.place, detail))
    return faults


def find_unread(
    accounts: Collection[Account], bounds: Mapping[Partition, LogBounds]
) -> list[Unread]:
    """Return what each group hasn't passed yet, also of partitions that it never claimed.

    Of a log that isn't the account's, nothing was passed.
    """
    reached = {
        (account.group, Partition(account.topic, account.partition)): account.next_offset
        for account in accounts
        if account.is_open and account.next_offset is not None
        if (bound := bounds.get(Partition(account.topic, account.partition)))
        if bound.topic_id == account.topic_id
    }
    read = {(account.group, account.topic) for account in accounts}
    return [
        Unread(group, partition, max(0, bound.end - reached.get((group, partition), bound.start)))
        for group, topic in sorted(read)
        for partition, bound in sorted(bounds.items())
        if partition.topic == topic
    ]
