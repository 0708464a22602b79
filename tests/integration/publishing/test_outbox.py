"""The outbox on a real database."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import dict_row

from bus.errors import UsageError
from bus.publishing.outbox import Outbox
from bus.publishing.postgres import BACKLOG, LOWEST_UNCONFIRMED
from bus.storage.connections import connect
from tests.integration.publishing.harness import Rig, custody


@pytest.fixture
def rig(database_url: str) -> Rig:
    """Give a rig that needs no broker."""
    return Rig("", database_url, names=None)  # type: ignore[arg-type]


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
