"""confluent-kafka, fastavro and COPY: as fast as it gets, and no guarantee whatever."""

from __future__ import annotations

import psycopg
from confluent_kafka import Consumer
from custody import BATCH_RECORDS, COLUMNS, Task, row_of


def main() -> None:
    """Copy batches until killed; a crash between copy and commit doubles one."""
    task = Task.from_environment()
    consumer = Consumer(
        {
            "bootstrap.servers": task.bootstrap,
            "group.id": task.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([task.topic])
    with psycopg.connect(task.database_url, autocommit=True) as connection:
        while True:
            messages = consumer.consume(BATCH_RECORDS, timeout=0.1)
            if not messages:
                continue
            rows = [
                row_of(message.headers(), message.value(), message.timestamp()[1])
                for message in messages
            ]
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY peer.copied ({COLUMNS}) FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
            consumer.commit(asynchronous=False)


if __name__ == "__main__":
    main()
