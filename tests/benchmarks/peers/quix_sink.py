"""Quix Streams with its own PostgreSQL sink: a primary key, conflicts ignored.

It checkpoints every so many records, like the others' transactions; its default is every 5 s.
"""

from __future__ import annotations

from typing import Any

from custody import BATCH_RECORDS, Task, row_of
from psycopg.conninfo import conninfo_to_dict
from quixstreams import Application
from quixstreams.sinks.community.postgresql import PostgreSQLSink


def columns_of(value: bytes, _key: object, timestamp: int, headers: Any) -> dict[str, object]:
    """Return one row, with ids as text: psycopg2 can't adapt a UUID by itself."""
    row = row_of(headers, value, timestamp)._asdict()
    ids = {name: str(row[name]) for name in ("event_id", "family_group_id", "subject_id")}
    return row | ids


def main() -> None:
    """Sink records until told to stop."""
    task = Task.from_environment()
    where = conninfo_to_dict(task.database_url)
    application = Application(
        broker_address=task.bootstrap,
        consumer_group=task.group,
        auto_offset_reset="earliest",
        commit_every=BATCH_RECORDS,
        loglevel="ERROR",
        auto_create_topics=False,
    )
    sink = PostgreSQLSink(
        host=str(where["host"]),
        port=int(str(where["port"])),
        dbname=str(where["dbname"]),
        user=str(where["user"]),
        password=str(where.get("password", "")),
        table_name="custody_event",
        schema_name="peer",
        schema_auto_update=False,
        primary_key_columns="event_id",
        on_conflict_do_nothing=True,
        include_metadata=False,
    )
    topic = application.topic(task.topic, value_deserializer="bytes", key_deserializer="bytes")
    application.dataframe(topic).apply(columns_of, metadata=True).sink(sink)
    application.run()


if __name__ == "__main__":
    main()
