"""The audit: whether each offset that a group passed has exactly one standing, in a durable row.

For each account: next_offset - first_offset = applied + duplicates +
dead-lettered + held + gaps, where each number counts rows, and the rows cover the offsets from
first_offset to next_offset without a hole and without an overlap. A dead letter that was
RESOLVED counts as the row that its offset has since. One of wrong fields doesn't count: its event
was applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from bus.audit.faults import Fault, FaultKind, fault_of
from bus.storage.connections import Connection

MAX_RANGES = 10_000
"""How many faulty ranges of a schema are read at most; their neighbours are merged."""

STANDING = """
    SELECT account_id, kafka_offset AS lower, kafka_offset + 1 AS upper, 1 AS kind FROM inbox
    WHERE account_id IS NOT NULL
    UNION ALL
    SELECT account_id, kafka_offset, kafka_offset + 1, 2 FROM duplicate
    UNION ALL
    SELECT account_id, kafka_offset, kafka_offset + 1, 3 FROM dead_letter
    WHERE state <> 'RESOLVED' AND kind = 'RECORD'
    UNION ALL
    SELECT account_id, from_offset, to_offset, 4 FROM gap
    UNION ALL
    SELECT account_id, kafka_offset, kafka_offset + 1, 5 FROM held_record
"""

ACCOUNT = """
    SELECT account_id, group_name, topic, partition, number, topic_id,
           first_offset, coalesce(closed_next_offset, position.next_offset) AS next_offset,
           closed_at IS NULL AS is_open, epoch IS NOT NULL AS has_position
    FROM consumer_account AS account LEFT JOIN consumer_position AS position
        USING (account_id, group_name, topic, partition)
"""

# Rows that cover a range without hole and overlap each begin where the row before ended.
ACCOUNTS = f"""
WITH standing AS ({STANDING}), account AS ({ACCOUNT}),
ordered AS (
    SELECT account_id, lower, upper, kind,
           lag(upper) OVER (PARTITION BY account_id ORDER BY lower) AS ended
    FROM standing
), summed AS (
    SELECT account_id,
           count(*) FILTER (WHERE kind = 1) AS applied,
           count(*) FILTER (WHERE kind = 2) AS duplicates,
           count(*) FILTER (WHERE kind = 3) AS dead_lettered,
           coalesce(sum(upper - lower) FILTER (WHERE kind = 4), 0)::bigint AS gaps,
           count(*) FILTER (WHERE kind = 5) AS held,
           count(*) FILTER (WHERE lower <> ended) AS breaks,
           min(lower) AS lowest, max(upper) AS highest
    FROM ordered GROUP BY account_id
)
SELECT group_name, topic, partition, number, account_id, topic_id, is_open, has_position,
       first_offset, next_offset, coalesce(applied, 0), coalesce(duplicates, 0),
       coalesce(dead_lettered, 0), coalesce(held, 0), coalesce(gaps, 0),
       coalesce(breaks, 0) = 0 AND coalesce(lowest, first_offset) = first_offset
           AND coalesce(highest, first_offset) = next_offset AS is_covered
FROM account LEFT JOIN summed USING (account_id)
ORDER BY group_name, topic, partition, number
"""

RANGES = f"""
WITH standing AS (
    SELECT * FROM ({STANDING}) AS standing WHERE account_id = ANY(%(accounts)s)
), ordered AS (
    SELECT account_id, lower, upper, first_offset, next_offset,
           greatest(first_offset, max(upper) OVER (
               PARTITION BY account_id ORDER BY lower
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS covered
    FROM standing JOIN ({ACCOUNT}) AS account USING (account_id)
), faulty AS (
    SELECT account_id, 'MISSING' AS kind, covered AS lower, least(lower, next_offset) AS upper
    FROM ordered
    UNION ALL
    SELECT account_id, 'MISSING', greatest(first_offset, max(upper)), next_offset
    FROM ({ACCOUNT}) AS account LEFT JOIN standing USING (account_id)
    WHERE account_id = ANY(%(accounts)s)
    GROUP BY account_id, first_offset, next_offset
    UNION ALL
    SELECT account_id, 'DOUBLED', greatest(lower, first_offset), least(upper, covered) FROM ordered
    UNION ALL
    SELECT account_id, 'OUTSIDE', lower, least(upper, first_offset) FROM ordered
    UNION ALL
    SELECT account_id, 'OUTSIDE', greatest(lower, next_offset), upper FROM ordered
)
SELECT account_id, kind, lower, upper FROM faulty WHERE lower < upper
ORDER BY account_id, kind, lower LIMIT %(limit)s
"""

STRANGERS = """
SELECT 'inbox', row.account_id, row.group_name, count(*), min(kafka_offset), max(kafka_offset)
FROM inbox AS row LEFT JOIN consumer_account AS account USING (account_id)
WHERE row.account_id IS NOT NULL
  AND (account.account_id IS NULL OR account.group_name <> row.group_name)
GROUP BY row.account_id, row.group_name
UNION ALL
SELECT 'dead_letter', account_id, row.group_name, count(*), min(kafka_offset), max(kafka_offset)
FROM dead_letter AS row JOIN consumer_account AS account USING (account_id)
WHERE (account.group_name, account.topic, account.partition)
      <> (row.group_name, row.topic, row.partition)
GROUP BY account_id, row.group_name
UNION ALL
SELECT 'held_record', account_id, row.group_name, count(*), min(kafka_offset), max(kafka_offset)
FROM held_record AS row JOIN consumer_account AS account USING (account_id)
WHERE (account.group_name, account.topic, account.partition)
      <> (row.group_name, row.topic, row.partition)
GROUP BY account_id, row.group_name
UNION ALL
SELECT 'consumer_position', account_id, row.group_name, 1, next_offset, next_offset
FROM consumer_position AS row JOIN consumer_account AS account USING (account_id)
WHERE (account.group_name, account.topic, account.partition)
      <> (row.group_name, row.topic, row.partition)
"""

# A duplicate repeats an event whose effects are there: it must be in the inbox of its group.
NEVER_APPLIED = """
SELECT account_id, kafka_offset
FROM duplicate JOIN consumer_account AS account USING (account_id)
WHERE NOT EXISTS (
    SELECT FROM inbox
    WHERE inbox.group_name = account.group_name AND inbox.event_id = duplicate.event_id)
ORDER BY account_id, kafka_offset LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Account:
    """One account, with the rows that explain its offsets counted."""

    group: str
    topic: str
    partition: int
    number: int
    account_id: int = field(repr=False)
    topic_id: str = field(repr=False)
    is_open: bool
    has_position: bool
    first_offset: int
    next_offset: int | None
    applied: int
    duplicates: int
    dead_lettered: int
    held: int
    gaps: int
    is_covered: bool | None

    @property
    def place(self) -> str:
        """The account, as a person names it."""
        return f"{self.group}/{self.topic}/{self.partition} account {self.number}"


async def audit_accounts(connection: Connection) -> tuple[list[Account], list[Fault]]:
    """Audit every account of the owner. The caller's transaction is a snapshot."""
    cursor = await connection.execute(ACCOUNTS)
    accounts = [Account(*row) for row in await cursor.fetchall()]
    faults = find_misfits(accounts)
    faults += await _uncovered(connection, [each for each in accounts if not each.is_covered])
    faults += await _strangers(connection)
    faults += await _never_applied(connection, accounts)
    return accounts, faults


def find_misfits(accounts: Sequence[Account]) -> list[Fault]:
    """Return where accounts and positions don't fit each other.

    Accounts of a partition are numbered from 1; the last is open, and the position is its own.
    """
    faults = []
    for (group, topic, partition), rows in groupby(
        accounts, lambda each: (each.group, each.topic, each.partition)
    ):
        own = list(rows)
        place = f"{group}/{topic}/{partition}"
        if [each.number for each in own] != list(range(1, len(own) + 1)):
            faults.append(Fault(FaultKind.POSITION, place, "an account is missing"))
        if [each.number for each in own if each.is_open] != [own[-1].number]:
            faults.append(Fault(FaultKind.POSITION, place, "not the last account alone is open"))
        if [each.number for each in own if each.has_position] != [own[-1].number]:
            detail = "no position belongs to the last account"
            faults.append(Fault(FaultKind.POSITION, place, detail))
    return faults


async def _uncovered(connection: Connection, accounts: Sequence[Account]) -> list[Fault]:
    """Return which offsets of these accounts have no standing, several, or one outside."""
    if not accounts:
        return []
    places = {each.account_id: each.place for each in accounts}
    cursor = await connection.execute(RANGES, {"accounts": list(places), "limit": MAX_RANGES})
    faults = [
        fault_of(FaultKind(kind), places[account_id], (row[2:] for row in rows))
        for (account_id, kind), rows in groupby(await cursor.fetchall(), lambda row: row[:2])
    ]
    told = {fault.place for fault in faults}
    return faults + [
        Fault(FaultKind.MISSING, place, "the rows don't add up; others' faults filled the list")
        for place in places.values()
        if place not in told
    ]


async def _strangers(connection: Connection) -> list[Fault]:
    """Return rows that belong to no account of their group."""
    cursor = await connection.execute(STRANGERS)
    return [
        fault_of(
            FaultKind.STRANGE,
            f"{count} rows of {group} in {table}, account id {account_id}",
            [(lowest, highest + 1)],
        )
        for table, account_id, group, count, lowest, highest in await cursor.fetchall()
    ]


async def _never_applied(connection: Connection, accounts: Sequence[Account]) -> list[Fault]:
    """Return repetitions of what the group's inbox doesn't have."""
    places = {each.account_id: each.place for each in accounts}
    cursor = await connection.execute(NEVER_APPLIED, [MAX_RANGES])
    return [
        fault_of(
            FaultKind.NEVER_APPLIED,
            places[account_id],
            ((offset, offset + 1) for _, offset in rows),
        )
        for account_id, rows in groupby(await cursor.fetchall(), lambda row: row[0])
    ]
