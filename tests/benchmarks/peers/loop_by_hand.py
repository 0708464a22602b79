"""aiokafka and fastavro, dedupe by an inbox, position and effects in one transaction per batch.

What a careful programmer writes by hand: exactly once as long as nothing is bad, and nobody else
reads the same partitions.
"""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer
from custody import BATCH_RECORDS, COLUMNS, Row, Task, row_of
from psycopg import AsyncConnection

CLAIM_IDS = """
INSERT INTO peer.inbox (event_id) SELECT * FROM unnest(%b::uuid[])
ON CONFLICT DO NOTHING RETURNING event_id
"""
STORE = f"""
INSERT INTO peer.custody_event ({COLUMNS})
SELECT * FROM unnest(
    %b::uuid[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::uuid[], %b::uuid[],
    %b::text[], %b::timestamptz[], %b::timestamptz[], %b::jsonb[])
"""
ADVANCE = """
INSERT INTO peer.position (topic, partition, next_offset)
SELECT * FROM unnest(%b::text[], %b::integer[], %b::bigint[])
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = EXCLUDED.next_offset
"""


async def main() -> None:
    """Apply batches until killed."""
    task = Task.from_environment()
    consumer = AIOKafkaConsumer(
        task.topic,
        bootstrap_servers=task.bootstrap,
        group_id=task.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    async with await AsyncConnection.connect(task.database_url, autocommit=True) as connection:
        while True:
            batch = await consumer.getmany(timeout_ms=20, max_records=BATCH_RECORDS)
            if not batch:
                continue
            rows = [
                row_of(record.headers, record.value, record.timestamp)
                for records in batch.values()
                for record in records
            ]
            positions = {place: records[-1].offset + 1 for place, records in batch.items()}
            async with connection.transaction():
                await apply(connection, rows)
                await connection.execute(
                    ADVANCE,
                    [
                        [place.topic for place in positions],
                        [place.partition for place in positions],
                        list(positions.values()),
                    ],
                )
            await consumer.commit(positions)


async def apply(connection: AsyncConnection[tuple[object, ...]], rows: list[Row]) -> None:
    """Store the rows whose ids are new."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(CLAIM_IDS, [[row.event_id for row in rows]])
        new = {found[0] for found in await cursor.fetchall()}
    if fresh := [row for row in rows if row.event_id in new]:
        await connection.execute(STORE, [list(column) for column in zip(*fresh, strict=True)])


if __name__ == "__main__":
    asyncio.run(main())
