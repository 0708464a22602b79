"""Keys go where Java's default partitioner puts them."""

from __future__ import annotations

import pytest

from bus.publishing.kafka import partition_of

VECTORS = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}
"""Kafka's own vectors of murmur2 (org.apache.kafka.common.utils.UtilsTest)."""


@pytest.mark.parametrize(("key", "hashed"), VECTORS.items(), ids=lambda part: str(part)[:20])
@pytest.mark.parametrize("partitions", [1, 4, 12])
def test_a_key_goes_where_java_puts_it(key: bytes, hashed: int, partitions: int) -> None:
    positive = hashed & 0x7FFFFFFF  # as Utils.toPositive in BuiltInPartitioner

    assert partition_of(key, partitions) == positive % partitions
