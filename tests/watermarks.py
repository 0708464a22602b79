"""Where a topic's partitions begin and end, asked until their leaders answer."""

import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

ASK_SECONDS = 10.0
LIMIT_SECONDS = 30.0
PAUSE_SECONDS = 0.05
# A broker answers so for a moment after a topic was made or a leader changed, and the client
# library gives that answer to its caller instead of asking the new leader.
PASSING = frozenset(
    {
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
    }
)


def watermarks(consumer: Consumer, topic: str) -> dict[int, tuple[int, int]]:
    """Return the first offset and the next one of each partition of a topic that exists."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            return _as_known_now(consumer, topic)
        except KafkaException as error:
            if error.args[0].code() not in PASSING or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)


def _as_known_now(consumer: Consumer, topic: str) -> dict[int, tuple[int, int]]:
    described = consumer.list_topics(topic, timeout=ASK_SECONDS).topics[topic]
    if described.error:
        raise KafkaException(described.error)
    return {
        number: consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=ASK_SECONDS)
        for number in described.partitions
    }
