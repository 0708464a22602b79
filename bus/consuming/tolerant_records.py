"""A header name that isn't UTF-8 must not stop a partition.

aiokafka decodes header names strictly inside its fetcher. One bad name raises there, before
any code of ours or of FastStream's sees the record, and raises again on every fetch. Here the
fetcher gets a reader of record batches that falls back, for such a batch alone, to names with
surrogate escapes; the parser then rejects that one record. Good batches are read by aiokafka's
own compiled reader, one more generator frame apart.

This file leans on names that aiokafka doesn't promise. `pyproject.toml` pins the minor version,
and a test sends such a record through a real broker.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record import default_records, memory_records


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


def install() -> None:
    """Let every aiokafka consumer of this process read tolerantly."""
    fetcher.MemoryRecords = TolerantRecords
