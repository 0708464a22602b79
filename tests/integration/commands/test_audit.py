"""The audit notices every row that is removed, doubled or invented, and nothing else.

One group works once, on a real broker, until its schema has a row of each kind; each test then
bends a row in a transaction that it rolls back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from confluent_kafka.admin import AdminClient

from bus.audit.accounts import Account, audit_accounts
from bus.audit.auditing import Audit, run_audit
from bus.audit.faults import Fault, FaultKind
from bus.audit.outbox import audit_outbox
from bus.consuming import log_bounds
from bus.settings import Settings
from bus.storage.connections import Connection, connect
from bus.topic_admin import create_topics
from bus.topics import find_topic
from producers.relay import make_relay
from tests.integration.commands.mishaps import forget_records, recreate_topic
from tests.integration.consuming.harness import TOPIC, Bench
from tests.records import custody_data, custody_record, raw_record
from tests.stack import Cluster

OTHER_TOPICS = ("dlq.hhs-intake.v1", "bus.finding.v1")


@pytest.fixture(scope="module")
def sound(cluster: Cluster, database_template: str, kafka_admin: AdminClient) -> Iterator[Settings]:
    """Give a group's schema after honest work: partition 0 has a row of each kind."""
    name = f"bus_audit_{uuid4().hex[:8]}"
    url = urlunsplit(urlsplit(cluster.database_url)._replace(path=f"/{name}"))
    settings = Settings(
        bootstrap=cluster.bootstrap,
        database_url=url,
        topic_prefix=f"{name}.",
        session_timeout=1.5,
        backoff_limit=0.2,
    )
    with psycopg.connect(cluster.database_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {database_template}".encode())
        # In a thread of its own: a loop made here would take the place of pytest-asyncio's.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(work(settings))).result()
        yield settings
        topics = [settings.names.on_broker(topic) for topic in (TOPIC, *OTHER_TOPICS)]
        for removed in kafka_admin.delete_topics(topics).values():
            removed.result(30)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


async def work(settings: Settings) -> None:
    """Leave 7 applied, 1 repeated, 2 dead-lettered and 3 lost offsets in partition 0.

    Partition 1 has 4 applied ones. Everything published is in Kafka but one dead letter's event.
    """
    bench = Bench(settings)
    await bench.prepare()
    topics = [find_topic(topic) for topic in OTHER_TOPICS]
    await asyncio.to_thread(create_topics, settings.bootstrap, settings.names, topics)
    first = custody_record()
    bad = raw_record(custody_data(), value=b"not avro")
    await bench.produce([first, bad, first, *(custody_record() for _ in range(3))], partition=0)
    await bench.produce([custody_record() for _ in range(4)], partition=1)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 8)
    await bench.produce([custody_record() for _ in range(6)], partition=0)
    await forget_records(bench, partition=0, before=9)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 11)
    await relay_everything(bench)
    await bench.produce([bad], partition=0)
    async with bench.working():
        await bench.until("SELECT count(*) FROM dead_letter", 2)


async def relay_everything(bench: Bench) -> None:
    """Relay until Kafka has confirmed every event."""
    stopping = asyncio.Event()
    relay = asyncio.create_task(make_relay(bench.settings, "hhs").run(stopping))
    await bench.until(
        "SELECT count(*) FROM outbox_stream LEFT JOIN outbox_position USING (stream_id)"
        " WHERE last_sequence IS DISTINCT FROM confirmed_sequence",
        0,
    )
    stopping.set()
    await relay


@asynccontextmanager
async def bent(settings: Settings, statement: str) -> AsyncIterator[Connection]:
    """Lend a connection whose transaction has run the statement, and will be rolled back."""
    async with (
        await connect(settings.database_url, "hhs") as connection,
        connection.transaction(force_rollback=True),
    ):
        await connection.execute("SET CONSTRAINTS ALL DEFERRED")
        await connection.execute(statement.encode())
        yield connection


async def faults_after(settings: Settings, statement: str) -> list[Fault]:
    """Return what the audit finds once the statement has run."""
    async with bent(settings, statement) as connection:
        _, faults = await audit_accounts(connection)
        _, outbox_faults = await audit_outbox(connection, "hhs")
    return faults + outbox_faults


def only(accounts: list[Account], partition: int) -> Account:
    """Return the one account of a partition."""
    [account] = [each for each in accounts if each.partition == partition]
    return account


@pytest.mark.promise("P2")
async def test_honest_work_adds_up_and_has_no_fault(sound: Settings) -> None:
    audit = await run_audit(sound, ["hhs"])

    account = only(audit.accounts, 0)
    assert audit.faults == []
    assert (account.first_offset, account.next_offset) == (0, 13)
    assert (account.applied, account.duplicates, account.dead_lettered, account.gaps) == (
        7,
        1,
        2,
        3,
    )
    assert audit.unread_of(account) == 0
    assert {stream.topic: stream.unsent for stream in audit.streams} == {
        "dlq.hhs-intake.v1": 1,
        "bus.finding.v1": 0,
    }


ACCOUNT = "(SELECT account_id FROM consumer_account WHERE partition = 0)"
INBOX = "INSERT INTO inbox SELECT group_name, {event}, {account}, {offset}, digest FROM inbox"
LETTER = """
INSERT INTO dead_letter (dead_letter_id, group_name, topic, partition, account_id, kafka_offset,
    appended_at, headers, reason, detail)
SELECT uuidv7(), group_name, topic, partition, account_id, {offset}, now(), headers, reason, detail
FROM dead_letter LIMIT 1
"""
DUPLICATE = f"""
INSERT INTO duplicate SELECT {ACCOUNT}, {{offset}}, event_id FROM duplicate LIMIT 1
"""
GAP = f"INSERT INTO gap VALUES ({ACCOUNT}, {{lower}}, {{upper}}, 'RETENTION')"
STREAM = "(SELECT stream_id FROM outbox_stream WHERE topic = 'dlq.hhs-intake.v1')"
EVENT = f"""
INSERT INTO outbox SELECT stream_id, {{sequence}}, uuidv7(), key, value, headers, recorded_at
FROM outbox WHERE stream_id = {STREAM} LIMIT 1
"""


def inbox(offset: str = "kafka_offset", account: str = "account_id") -> str:
    """Return a statement that copies the lowest inbox row of partition 0."""
    copy = INBOX.format(event="uuidv7()", account=account, offset=offset)
    return f"{copy} WHERE account_id = {ACCOUNT} ORDER BY kafka_offset LIMIT 1"


BENT = {
    "inbox row removed": (
        f"DELETE FROM inbox WHERE account_id = {ACCOUNT} AND kafka_offset IN (3, 4)",
        FaultKind.MISSING,
        ((3, 5),),
    ),
    "inbox row doubled": (inbox(), FaultKind.DOUBLED, ((0, 1),)),
    "inbox row invented": (inbox(offset="1000"), FaultKind.OUTSIDE, ((1000, 1001),)),
    "inbox row of no account": (inbox(account="-1"), FaultKind.STRANGE, ((0, 1),)),
    "inbox row of another group": (
        f"UPDATE inbox SET group_name = 'tracker' WHERE account_id = {ACCOUNT}"
        " AND kafka_offset = 3",
        FaultKind.STRANGE,
        ((3, 4),),
    ),
    "duplicate removed": ("DELETE FROM duplicate", FaultKind.MISSING, ((2, 3),)),
    "duplicate doubled": (DUPLICATE.format(offset=3), FaultKind.DOUBLED, ((3, 4),)),
    "duplicate invented": (DUPLICATE.format(offset=99), FaultKind.OUTSIDE, ((99, 100),)),
    "duplicate of nothing": (
        "UPDATE duplicate SET event_id = uuidv7()",
        FaultKind.NEVER_APPLIED,
        ((2, 3),),
    ),
    "dead letter removed": (
        "DELETE FROM dead_letter WHERE kafka_offset = 1",
        FaultKind.MISSING,
        ((1, 2),),
    ),
    "dead letter doubled": (LETTER.format(offset=4), FaultKind.DOUBLED, ((4, 5),)),
    "dead letter invented": (LETTER.format(offset=50), FaultKind.OUTSIDE, ((50, 51),)),
    "dead letter resolved by nothing": (
        "UPDATE dead_letter SET state = 'RESOLVED'",
        FaultKind.MISSING,
        ((1, 2), (12, 13)),
    ),
    "dead letter of another partition": (
        "UPDATE dead_letter SET partition = 5 WHERE kafka_offset = 1",
        FaultKind.STRANGE,
        ((1, 2),),
    ),
    "gap removed": ("DELETE FROM gap", FaultKind.MISSING, ((6, 9),)),
    "gap doubled": (GAP.format(lower=7, upper=9), FaultKind.DOUBLED, ((7, 9),)),
    "gap lengthened": ("UPDATE gap SET to_offset = 11", FaultKind.DOUBLED, ((9, 11),)),
    "gap invented": (GAP.format(lower=20, upper=30), FaultKind.OUTSIDE, ((20, 30),)),
    "position removed": (
        "DELETE FROM consumer_position WHERE partition = 0",
        FaultKind.POSITION,
        (),
    ),
    "position moved on": (
        "UPDATE consumer_position SET next_offset = 15 WHERE partition = 0",
        FaultKind.MISSING,
        ((13, 15),),
    ),
    "position moved back": (
        "UPDATE consumer_position SET next_offset = 11 WHERE partition = 0",
        FaultKind.OUTSIDE,
        ((11, 13),),
    ),
    "position invented": (
        f"INSERT INTO consumer_position VALUES ('hhs-intake', '{TOPIC}', 99, {ACCOUNT}, 1, 0)",
        FaultKind.STRANGE,
        ((0, 1),),
    ),
    "account removed": (
        "DELETE FROM consumer_position WHERE partition = 1;"
        " DELETE FROM consumer_account WHERE partition = 1",
        FaultKind.STRANGE,
        ((0, 4),),
    ),
    "account begun later": (
        "UPDATE consumer_account SET first_offset = 1 WHERE partition = 1",
        FaultKind.OUTSIDE,
        ((0, 1),),
    ),
    "account doubled": (
        "INSERT INTO consumer_account (group_name, topic, partition, number, topic_id,"
        " first_offset, opened_by, reason) SELECT group_name, topic, partition, 2, topic_id,"
        " 0, opened_by, reason FROM consumer_account WHERE partition = 0",
        FaultKind.POSITION,
        (),
    ),
    "account closed without another": (
        "UPDATE consumer_account SET closed_at = now(), closed_next_offset = 13"
        " WHERE partition = 0",
        FaultKind.POSITION,
        (),
    ),
    "event removed": (
        f"DELETE FROM outbox WHERE stream_id = {STREAM} AND sequence = 1",
        FaultKind.SEQUENCE_MISSING,
        ((1, 2),),
    ),
    "last event removed": (
        f"DELETE FROM outbox WHERE stream_id = {STREAM} AND sequence = 2",
        FaultKind.SEQUENCE_MISSING,
        ((2, 3),),
    ),
    "event invented": (EVENT.format(sequence=7), FaultKind.SEQUENCE_OUTSIDE, ((7, 8),)),
    "sequence raised": (
        f"UPDATE outbox_stream SET last_sequence = 5 WHERE stream_id = {STREAM}",
        FaultKind.SEQUENCE_MISSING,
        ((3, 6),),
    ),
    "confirmation removed": (
        f"DELETE FROM outbox_confirmation WHERE stream_id = {STREAM}",
        FaultKind.CONFIRMATION_MISSING,
        ((1, 2),),
    ),
    "confirmation invented": (
        f"INSERT INTO outbox_confirmation VALUES ({STREAM}, 2, 0, 1)",
        FaultKind.CONFIRMATION_OUTSIDE,
        ((2, 3),),
    ),
    "confirmation of no stream": (
        "INSERT INTO outbox_confirmation VALUES (-1, 1, 0, 1)",
        FaultKind.CONFIRMATION_OUTSIDE,
        ((1, 2),),
    ),
    "confirmed position removed": (
        f"DELETE FROM outbox_position WHERE stream_id = {STREAM}",
        FaultKind.CONFIRMATION_OUTSIDE,
        ((1, 2),),
    ),
}


@pytest.mark.promise("P2")
@pytest.mark.parametrize("name", BENT)
async def test_the_audit_notices_each_bent_row(sound: Settings, name: str) -> None:
    statement, kind, ranges = BENT[name]

    faults = await faults_after(sound, statement)

    assert (kind, ranges) in [(fault.kind, fault.ranges) for fault in faults]


async def test_a_log_that_is_longer_is_unread_and_no_fault(bench: Bench) -> None:
    await bench.produce([custody_record() for _ in range(2)], partition=0)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 2)
    await bench.produce([custody_record() for _ in range(3)], partition=0)

    audit = await run_audit(bench.settings, ["hhs"])

    assert audit.is_sound
    assert audit.unread_of(only(audit.accounts, 0)) == 3


async def test_a_partition_that_nobody_claimed_is_unread(bench: Bench) -> None:
    await bench.produce([custody_record()], partition=0)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 1)
    await bench.execute("DELETE FROM consumer_position WHERE partition = 1")
    await bench.execute("DELETE FROM consumer_account WHERE partition = 1")
    await bench.produce([custody_record() for _ in range(2)], partition=1)

    audit = await run_audit(bench.settings, ["hhs"])

    assert unread_in(audit, 1) == 2


def unread_in(audit: Audit, partition: int) -> int:
    """Return the unread records of a partition."""
    assert audit.unread is not None
    return sum(each.count for each in audit.unread if each.partition.number == partition)


async def test_a_topic_that_was_created_anew_is_a_fault(bench: Bench) -> None:
    await bench.produce([custody_record()], partition=0)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 1)

    await recreate_topic(bench)
    audit = await run_audit(bench.settings, ["hhs"])

    assert {fault.kind for fault in audit.faults} == {FaultKind.OBSTRUCTED}, audit.broker_fault


async def test_without_a_broker_the_rows_are_audited_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_bounds, "REQUEST_SECONDS", 0.5)
    await bench.produce([custody_record()], partition=0)
    async with bench.working():
        await bench.until("SELECT count(*) FROM effect", 1)
    nowhere = bench.settings.model_copy(update={"bootstrap": "127.0.0.1:1"})

    audit = await run_audit(nowhere, ["hhs"])

    assert audit.is_sound
    assert audit.broker_fault is not None
    assert audit.unread is None
