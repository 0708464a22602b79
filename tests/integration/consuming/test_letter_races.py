"""A copy of a dead-lettered event is applied elsewhere while its owner takes up a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from bus.audit.auditing import run_audit
from bus.codec.decoding import Decoder
from bus.codec.schemas import packaged
from bus.consuming.claims import Claim, LogBounds, Slice
from bus.consuming.ledger import Handling
from bus.consuming.parser import Parser
from bus.consuming.postgres import PostgresStore
from bus.consuming.records import ParsedRecord, Partition, StoredRecord
from bus.consuming.retries import Retries, RetryLimits
from bus.consuming.subscription import Order, Subscription
from bus.consuming.transaction import Terms, Transactions
from bus.publishing.outbox import Outbox
from bus.storage.connections import Database, connect
from bus.topics import find_topic
from tests.integration.consuming.harness import GROUP, Bench, EffectHandler, eventually
from tests.integration.consuming.operators import discard, redrive, refusing
from tests.records import RawRecord, custody_record

BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"


@asynccontextmanager
async def transactions_of(bench: Bench) -> AsyncIterator[Transactions]:
    """Give the transactions of a worker that a test drives by hand."""
    database = Database(bench.settings.database_url, "hhs")
    await database.open()
    clock, topic = bench.settings.clock(), find_topic(bench.topic)
    store = PostgresStore(GROUP, database, Outbox("hhs", clock, packaged()))
    parser = Parser(Decoder(packaged()))
    subscription = Subscription(GROUP, (bench.topic,), EffectHandler(), order=Order.INDEPENDENT)
    handling = Handling(
        subscription,
        lambda record, partition: parser.parse(record, topic, partition),
        Retries(RetryLimits()),
        clock=clock,
        wall=store.wall.now,
    )
    try:
        yield Transactions(handling, store)
    finally:
        await database.close()


async def claim_of(transactions: Transactions, partition: Partition, topic_id: str) -> Claim:
    """Claim a partition that holds one record."""
    result = await transactions.claim({partition: LogBounds(topic_id, 0, 1)})
    return result.claims[0]


def copy_of(raw: RawRecord, partition: Partition) -> ParsedRecord:
    milliseconds = round(datetime.now(UTC).timestamp() * 1000)
    record = StoredRecord(0, milliseconds, raw.key, raw.value, raw.headers)
    outcome = Parser(Decoder(packaged())).parse(record, find_topic(raw.topic), partition)
    return ParsedRecord(record, outcome)


async def until_waiting(bench: Bench, transactions: int) -> None:
    """Wait until so many transactions wait for another's lock."""
    database = bench.settings.database_url.rpartition("/")[2]

    async def waiting() -> bool:
        return await bench.query(BLOCKED, database) == [(transactions,)]

    assert await eventually(waiting)


@pytest.mark.promise("P2")
@pytest.mark.parametrize("ask", [discard, redrive])
async def test_a_letter_that_a_copy_resolves_meanwhile_is_neither_discarded_nor_redriven(
    bench: Bench, ask: Callable[[Bench], Awaitable[None]]
) -> None:
    record = custody_record()
    await bench.produce([record], partition=0)
    async with bench.working(refusing(record)):
        await bench.until("SELECT count(*) FROM dead_letter", 1)
    [(topic_id,)] = await bench.query("SELECT topic_id FROM consumer_account WHERE partition = 0")
    await bench.produce([record], partition=1)
    await ask(bench)

    async with transactions_of(bench) as elsewhere, transactions_of(bench) as owner:
        copied = await claim_of(elsewhere, Partition(bench.topic, 1), str(topic_id))
        claim = await claim_of(owner, Partition(bench.topic, 0), str(topic_id))
        blocker = await connect(bench.settings.database_url, "hhs")
        async with blocker, blocker.transaction():
            await blocker.execute("SELECT FROM consumer_position WHERE partition = 1 FOR UPDATE")
            applying = asyncio.create_task(
                elsewhere.apply([Slice(copied, [copy_of(record, copied.partition)])], Terms())
            )
            await until_waiting(bench, 1)
            amending = asyncio.create_task(owner.amend(claim))
            await until_waiting(bench, 2)
        await asyncio.gather(applying, amending)
        await owner.amend(claim)

    assert await bench.query("SELECT state FROM dead_letter") == [("RESOLVED",)]
    assert await bench.count("effect") == 1
    audit = await run_audit(bench.settings, ["hhs"])
    assert audit.faults == []
