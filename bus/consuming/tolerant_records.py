"""What can't be read in one partition must not cost another its records, nor stop its own.

A header name that isn't UTF-8 must not stop a partition.

aiokafka decodes header names strictly inside its fetcher. One bad name raises there, before
any code of ours or of FastStream's sees the record, and raises again on every fetch. Here the
fetcher gets a reader of record batches that falls back, for such a batch alone, to names with
surrogate escapes; the parser then rejects that one record. Good batches are read by aiokafka's
own compiled reader, one more generator frame apart.

A record batch that is damaged raises there too, and the records of other partitions that the same
poll had taken out are lost with it: twice in a row, and the machine takes them for missing. Here
the damaged partition alone stands still, is told of, and is fetched again after a while.

This file leans on names that aiokafka doesn't promise. `pyproject.toml` pins the minor version,
and a test sends such a record through a real broker.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from time import monotonic
from typing import Any

import structlog
from aiokafka.consumer import fetcher
from aiokafka.record import default_records, memory_records

logger = structlog.get_logger()

REFETCH_SECONDS = 5.0
"""How long a partition stands still before what couldn't be read is fetched again."""


class _LenientBuffer(bytearray):
    """Bytes whose slices decode with surrogate escapes, whatever is asked for."""

    def __getitem__(self, index: Any) -> Any:
        item = super().__getitem__(index)
        return _LenientBuffer(item) if isinstance(item, bytearray) else item

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002
        return bytes(self).decode(encoding, "surrogateescape")


class _LenientBatch(default_records._DefaultRecordBatchPy):  # type: ignore[misc]
    """aiokafka's reader in Python, over a lenient buffer."""

    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _LenientBuffer(self._buffer)


class _Batch:
    """One record batch: the compiled reader, and the lenient one where that fails."""

    def __init__(self, data: memoryview, batch: Any) -> None:
        self._data = data
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._batch:
                read += 1
                yield record
        except UnicodeDecodeError:
            yield from islice(_LenientBatch(self._data), read, None)


class TolerantRecords:
    """The records of one fetched partition: what aiokafka's `MemoryRecords` is."""

    def __init__(self, data: bytes) -> None:
        self._records = memory_records._MemoryRecordsPy(data)

    def has_next(self) -> bool:
        return bool(self._records.has_next())

    def size_in_bytes(self) -> int:
        return int(self._records.size_in_bytes())

    def next_batch(self) -> Any:
        data = self._records._next_slice
        return _Batch(data, self._records.next_batch())


class TolerantResult(fetcher.FetchResult):  # type: ignore[misc]
    """What was fetched of one partition, up to where it can be read.

    While it stays with the fetcher, nothing more is fetched of its partition.
    """

    _partition_records: Any
    _failed_at: float | None = None

    def getall(self, max_records: int | None = None) -> list[Any]:
        if self._failed_at is not None:
            self._stand_still(self._failed_at)
            return []
        if not self.check_assignment(self._topic_partition) or not self.has_more():
            return []
        records: list[Any] = []
        try:
            for record in self._partition_records:
                records.append(record)
                if max_records is not None and len(records) >= max_records:
                    break
            else:
                self._update_position()
                self._partition_records = None
                return records
        except Exception as error:
            self._failed_at = monotonic()
            logger.warning(
                "consumer.unreadable",
                topic=self._topic_partition.topic,
                partition=self._topic_partition.partition,
                error=type(error).__name__,
            )
        self._update_position()
        return records

    def _stand_still(self, since: float) -> None:
        is_over = monotonic() >= since + REFETCH_SECONDS
        if not self.check_assignment(self._topic_partition) or is_over:
            self._partition_records = None


def install() -> None:
    """Let every aiokafka consumer of this process read tolerantly."""
    fetcher.MemoryRecords = TolerantRecords
    fetcher.FetchResult = TolerantResult
