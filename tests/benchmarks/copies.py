"""Ten thousand policies of three hundred offices, as if the tracker had stored each of them.

One policy comes through the real topics. The rows that a gate's answer rests on are copied under
other ids: facts, receipts, and what was derived last. A copy has event ids and a digest of its
own, so nothing of it names the original. Its facts stand where the original's do in the log.

Then the rules derive some of the copies from their facts, and every digit must come out the same
as what was copied: what is asked is what the tracker would have written.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from bus.clock import SystemClock
from bus.codec.plain import to_plain
from bus.codec.schemas import packaged
from bus.notices.clearance import judge
from bus.notices.digest import material_digest
from bus.notices.facts import NoticeFact
from bus.notices.history import History
from bus.notices.payloads import state_of
from bus.storage.connections import connect
from bus.topics import CLEARANCE
from bus.tracker.drafts import bounded_clearance
from bus.tracker.fact_store import load_policies
from bus.tracker.known import newest

OWN = """
SELECT event_id FROM bus.fact WHERE policy_id = %(policy)s
UNION SELECT receipt_id FROM bus.fact_receipt JOIN bus.fact ON event_id = notice_id
WHERE policy_id = %(policy)s
"""
ROWS = {
    "bus.fact": f"SELECT * FROM bus.fact WHERE event_id IN ({OWN})",
    "bus.fact_receipt": f"SELECT * FROM bus.fact_receipt WHERE notice_id IN ({OWN})",
    "bus.standing": "SELECT * FROM bus.standing WHERE policy_id = %(policy)s",
}
NOTICE = "SELECT data FROM bus.fact WHERE policy_id = %s AND kind = 'NOTICE'"

INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = 'bus.fact'::regclass AND NOT indisprimary
"""

MARK = "\x01"
"""Stands for the last eight digits of an event id; nothing that is stored has it."""
DIGITS = 8


@dataclass(frozen=True)
class Original:
    """What is stored of one policy: its rows by table, and its notice."""

    policy_id: str
    notice: dict[str, Any]
    rows: dict[str, str]

    @classmethod
    def read(cls, connection: psycopg.Connection, policy_id: str) -> Original:
        """Read it, each event id with the mark."""
        own = {"policy": policy_id}
        ids = [str(row[0]) for row in connection.execute(OWN, own)]
        rows = {table: _rows(connection, query, own) for table, query in ROWS.items()}
        for each in ids:
            marked = each[:-DIGITS] + MARK
            rows = {table: text.replace(each, marked) for table, text in rows.items()}
        (notice,) = connection.execute(NOTICE, [policy_id]).fetchone() or ({},)
        return cls(policy_id, notice, rows)

    def copied(self, number: int) -> tuple[str, dict[str, bytes]]:
        """Return the id and the rows of a copy."""
        policy_id = f"{self.policy_id}-{number:05}"
        changes = {
            self.policy_id: policy_id,
            material_digest(self.notice): material_digest(self.notice | {"policy_id": policy_id}),
            MARK: f"{number:0{DIGITS}x}",
        }
        return policy_id, {table: _changed(text, changes) for table, text in self.rows.items()}


def _rows(connection: psycopg.Connection, query: str, values: dict[str, str]) -> str:
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT".encode(), values) as copy:
        return b"".join(copy).decode()


def _changed(text: str, changes: dict[str, str]) -> bytes:
    for old, new in changes.items():
        text = text.replace(old, new)
    return text.encode()


def copy_policy(url: str, policy_id: str, count: int) -> list[str]:
    """Store so many copies of a policy, and return their ids.

    The facts' indexes are made anew afterwards: adding millions of rows to each takes longer.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        original = Original.read(connection, policy_id)
        indexes = connection.execute(INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}".encode())
        copies = [_store(connection, original, number) for number in range(count)]
        for _, definition in indexes:
            connection.execute(definition.encode())
        connection.execute("VACUUM ANALYZE")
    return copies


def _store(connection: psycopg.Connection, original: Original, number: int) -> str:
    policy_id, rows = original.copied(number)
    for table, text in rows.items():
        with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
            copy.write(text)
    return policy_id


def require_derivable(url: str, policy_ids: Sequence[str], count: int) -> None:
    """Derive some of these policies, and fail if one comes to another state than is stored."""
    chosen = random.Random(count).sample(policy_ids, count)
    different = asyncio.run(_different(url, chosen))
    assert not different, f"not what the tracker would have written: {different}"


async def _different(url: str, policy_ids: Iterable[str]) -> list[str]:
    schemas, now = packaged(), SystemClock().now()
    schema = schemas.latest(CLEARANCE.schema)
    different = []
    async with await connect(url, "bus") as connection:
        for policy_id in policy_ids:
            facts = (await load_policies(connection, [policy_id], schemas)).facts
            judgement = judge(policy_id, History.of(facts), newest(facts, now))
            payload = bounded_clearance(judgement.at(now), version=1, positions=())
            cursor = await connection.execute(
                "SELECT state FROM standing WHERE policy_id = %s", [policy_id]
            )
            stored = await cursor.fetchone()
            derived = state_of(to_plain(schema, payload))
            own = {f.material_digest for f in facts if isinstance(f, NoticeFact)}
            if stored != (derived,) or own != {derived["material_digest"]}:
                different.append(policy_id)
    return different
