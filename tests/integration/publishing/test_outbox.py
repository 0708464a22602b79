"""The outbox on a real database."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

import psycopg
import pytest
from psycopg.rows import dict_row

from bus.errors import InvalidEventError, UsageError
from bus.events import Draft
from bus.publishing import entries as entries_module
from bus.publishing.entries import Published
from bus.publishing.outbox import Outbox
from bus.publishing.postgres import BACKLOG, LOWEST_UNCONFIRMED
from bus.storage.connections import connect
from tests.integration.publishing.harness import Rig, custody
from tests.unit.publishing.drafts import sound


@pytest.fixture
def rig(database_url: str) -> Rig:
    """Give a rig that needs no broker."""
    return Rig("", database_url, names=None)  # type: ignore[arg-type]


async def test_events_are_numbered_from_one_for_each_source_and_topic(rig: Rig) -> None:
    first = await rig.publish(custody(2) + custody(1, system="dhs.e3"))
    second = await rig.publish([*custody(1), sound_notice()])

    assert [each.sequence for each in first] == [1, 2, 1]
    assert [each.sequence for each in second] == [3, 1]
    assert {each.source.partition("/")[0] for each in first} == {"dhs", "dhs.e3"}
    assert len({each.source.partition("/")[2] for each in first + second}) == 1


def sound_notice() -> Draft:
    """Return a notice of DHS."""
    return sound("dhs.policy-notice.v1", policy_id="dhs/2018/referrals", issuing_office="dhs.plcy")


@pytest.mark.promise("P2")
async def test_a_transaction_that_rolls_back_publishes_nothing_and_takes_no_number(
    rig: Rig,
) -> None:
    async with await rig.connect() as connection, connection.transaction(force_rollback=True):
        await rig.outbox().publish(connection, custody(3))

    (published,) = await rig.publish(custody(1))

    assert published.sequence == 1
    assert await rig.number("SELECT count(*) FROM outbox") == 1


async def test_publishing_outside_a_transaction_is_refused(rig: Rig) -> None:
    async with await rig.connect() as connection:
        with pytest.raises(UsageError, match="open transaction"):
            await rig.outbox().publish(connection, custody(1))

    assert await rig.number("SELECT count(*) FROM outbox") == 0


async def test_one_event_in_fault_refuses_all_and_every_fault_is_told(rig: Rig) -> None:
    drafts = custody(3)
    drafts[0] = sound("dhs.custody-event.v1", agency="hhs.orr")
    drafts[2] = sound("dhs.custody-event.v1", event_kind="DANCED", subject_id="nobody")

    with pytest.raises(InvalidEventError) as refusal:
        await rig.publish(drafts)

    assert {fault.path for fault in refusal.value.faults} == {
        "[0].data.agency",
        "[2].data.event_kind",
        "[2].data.subject_id",
    }
    assert await rig.number("SELECT count(*) FROM outbox") == 0
    assert await rig.number("SELECT count(*) FROM outbox_stream") == 0


async def test_what_kafka_would_not_take_is_refused(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries_module, "MAX_VALUE_BYTES", 20)

    with pytest.raises(InvalidEventError, match="size"):
        await rig.publish(custody(1))


@pytest.mark.promise("P2")
async def test_publishers_at_once_leave_no_hole_and_no_double(rig: Rig) -> None:
    chance = random.Random(7)
    published: list[Published] = []

    async def publisher() -> None:
        async with await rig.connect() as connection:
            for _ in range(10):
                drafts = custody(2) + custody(2, system="dhs.e3") + [sound_notice()]
                chance.shuffle(drafts)
                is_undone = chance.random() < 0.3
                async with connection.transaction(force_rollback=is_undone):
                    these = await rig.outbox().publish(connection, drafts)
                if not is_undone:
                    published.extend(these)

    await asyncio.gather(*(publisher() for _ in range(6)))

    numbers = defaultdict(list)
    for each in published:
        numbers[each.topic, each.source].append(each.sequence)
    assert len(numbers) == 3
    for taken in numbers.values():
        assert sorted(taken) == list(range(1, len(taken) + 1))


async def test_a_callers_connection_may_have_any_search_path_and_row_type(rig: Rig) -> None:
    async with await psycopg.AsyncConnection.connect(
        rig.database_url, row_factory=dict_row
    ) as connection:
        published = await rig.outbox().publish(connection, custody(1))  # type: ignore[arg-type]

    assert [each.sequence for each in published] == [1]


@pytest.mark.promise("P2")
async def test_a_copy_of_a_database_is_another_store(
    rig: Rig, database_url: str, bootstrap: str
) -> None:
    (original,) = await rig.publish(custody(1))
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    copy = f"{name}_copy"
    with psycopg.connect(database_url, dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {copy} TEMPLATE {name}")
        try:
            url = psycopg.conninfo.make_conninfo(database_url, dbname=copy)
            async with await connect(url, "dhs") as connection, connection.transaction():
                (copied,) = await rig.outbox().publish(connection, custody(1))
        finally:
            server.execute(f"DROP DATABASE {copy} WITH (FORCE)")

    (again,) = await rig.publish(custody(1))

    assert copied.source != original.source
    assert copied.sequence == 1
    assert (again.source, again.sequence) == (original.source, 2)


@pytest.mark.promise("P2")
@pytest.mark.parametrize(
    "restored",
    [
        "UPDATE store SET system_identifier = system_identifier - 1",
        "UPDATE store SET timeline = timeline - 1",
        "ALTER TABLE store RENAME TO old; CREATE TABLE store (LIKE old INCLUDING ALL);"
        "INSERT INTO store SELECT * FROM old",
    ],
    ids=["another cluster", "an earlier timeline", "a dump in the same database"],
)
async def test_what_was_restored_is_another_store(rig: Rig, restored: str) -> None:
    (before,) = await rig.publish(custody(1))
    async with await rig.connect() as connection:
        await connection.execute(restored.encode())

    (after,) = await rig.publish(custody(1))

    assert after.source != before.source
    assert after.sequence == 1


async def test_an_owner_is_one_of_ours() -> None:
    with pytest.raises(UsageError, match="owner"):
        Outbox("fbi; DROP", None, None)  # type: ignore[arg-type]


async def test_the_relays_queries_stay_on_indexes_when_the_outbox_is_large(rig: Rig) -> None:
    await rig.publish(custody(1000))
    async with await rig.connect() as connection:
        await connection.execute(
            "INSERT INTO outbox SELECT stream_id, n, uuidv7(), key, value, headers, recorded_at"
            " FROM outbox, generate_series(1001, 40000) AS n WHERE sequence = 1"
        )
        await connection.execute("UPDATE outbox_stream SET last_sequence = 40000")
        await connection.execute(
            "INSERT INTO outbox_position SELECT stream_id, 39000 FROM store, outbox_stream"
        )
        await connection.execute("ANALYZE")
        plans = []
        for query, parameters in ((BACKLOG, []), (LOWEST_UNCONFIRMED, ["dhs.custody-event.v1", 9])):
            cursor = await connection.execute(f"EXPLAIN {query}".encode(), parameters or None)
            plans.append("\n".join(row[0] for row in await cursor.fetchall()))

    for plan in plans:
        assert "outbox_pkey" in plan
        assert "Seq Scan on outbox " not in plan
