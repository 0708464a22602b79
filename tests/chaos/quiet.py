"""When a bus is at rest: everything is sent, everything is read, and nothing new comes of it."""

from __future__ import annotations

import psycopg
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from bus.settings import Settings
from bus.topics import OWNERS

STREAMS = " UNION ALL ".join(
    f"SELECT last_sequence, coalesce(confirmed_sequence, 0) FROM {owner}.outbox_stream"
    f" LEFT JOIN {owner}.outbox_position USING (stream_id)"
    for owner in OWNERS
)
POSITIONS = " UNION ALL ".join(
    f"SELECT topic, partition, next_offset FROM {owner}.consumer_position"
    for owner in ("hhs", "bus")
)
ASK_SECONDS = 5.0


class Quiet:
    """Looks at one bus again and again.

    One look isn't enough: what is read after the first question may be published after the
    second. Two looks that find the same numbers, and nothing on its way, are.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = AdminClient({"bootstrap.servers": settings.bootstrap, "log_level": 0})
        self._before: int | None = None

    def is_quiet(self) -> bool:
        """Look once; return whether the look before found the same, and nothing on its way."""
        published = self._published_and_sent()
        found = published if published is not None and self._is_all_read() else None
        is_same = found is not None and found == self._before
        self._before = found
        return is_same

    def _published_and_sent(self) -> int | None:
        """Return how many events were ever published, None while one isn't sent."""
        with psycopg.connect(self._settings.database_url) as connection:
            streams = connection.execute(STREAMS).fetchall()
        if any(last != confirmed for last, confirmed in streams):
            return None
        return sum(int(last) for last, _ in streams)

    def _is_all_read(self) -> bool:
        with psycopg.connect(self._settings.database_url) as connection:
            positions = connection.execute(POSITIONS).fetchall()
        names = self._settings.names
        asked = {TopicPartition(names.on_broker(topic), number) for topic, number, _ in positions}
        answers = self._admin.list_offsets(
            dict.fromkeys(asked, OffsetSpec.latest()), request_timeout=ASK_SECONDS
        )
        ends = {
            (names.in_catalogue(place.topic), place.partition): answer.result().offset
            for place, answer in answers.items()
        }
        return bool(positions) and all(
            offset == ends[topic, number] for topic, number, offset in positions
        )
