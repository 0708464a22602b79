"""faust-streaming: an agent that takes batches, one insert for each, offsets acknowledged after."""

from __future__ import annotations

import sys

import faust
from custody import BATCH_RECORDS, COLUMNS, Task, row_of
from psycopg import AsyncConnection

BATCH_WAIT_SECONDS = 0.1
STORE = f"""
INSERT INTO peer.custody_event ({COLUMNS})
SELECT * FROM unnest(
    %b::uuid[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::uuid[], %b::uuid[],
    %b::text[], %b::timestamptz[], %b::timestamptz[], %b::jsonb[])
ON CONFLICT DO NOTHING
"""

task = Task.from_environment()
app = faust.App(
    task.group,
    broker=f"kafka://{task.bootstrap}",
    consumer_auto_offset_reset="earliest",
    topic_allow_declare=False,
    topic_disable_leader=True,
    web_enabled=False,
    stream_buffer_maxsize=2 * BATCH_RECORDS,
    value_serializer="raw",
    key_serializer="raw",
)
topic = app.topic(task.topic, value_type=bytes, key_type=bytes)


@app.agent(topic)
async def store(stream: faust.Stream[bytes]) -> None:
    """Apply batches until told to stop."""
    async with await AsyncConnection.connect(task.database_url, autocommit=True) as connection:
        async for events in stream.take_events(BATCH_RECORDS, within=BATCH_WAIT_SECONDS):
            rows = [
                row_of(
                    event.message.headers.items()
                    if isinstance(event.message.headers, dict)
                    else event.message.headers,
                    event.value,
                    int(event.message.timestamp * 1000),
                )
                for event in events
            ]
            await connection.execute(STORE, [list(column) for column in zip(*rows, strict=True)])


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "--loglevel=error"]
    app.main()
