"""FastStream as its documentation shows it: one message, acknowledged after one insert."""

from __future__ import annotations

import asyncio

from custody import COLUMNS, Row, Task, row_of
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from psycopg import AsyncConnection

INSERT = f"""
INSERT INTO peer.custody_event ({COLUMNS}) VALUES ({", ".join(["%s"] * len(Row._fields))})
ON CONFLICT DO NOTHING
"""


async def main() -> None:
    """Apply messages until told to stop."""
    task = Task.from_environment()
    broker = KafkaBroker(task.bootstrap, logger=None)
    async with await AsyncConnection.connect(task.database_url, autocommit=True) as connection:

        @broker.subscriber(
            task.topic,
            group_id=task.group,
            ack_policy=AckPolicy.ACK,
            auto_offset_reset="earliest",
        )
        async def store(value: bytes, message: KafkaMessage) -> None:
            record = message.raw_message
            await connection.execute(INSERT, row_of(record.headers, value, record.timestamp))

        await FastStream(broker, logger=None).run()


if __name__ == "__main__":
    asyncio.run(main())
