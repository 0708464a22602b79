"""What is read ahead: fetched and parsed while the transaction before it is at the database.

Only where it is fetched is decided here; whether it is applied, the machine decides when it is
handed over. So it may be forgotten at any time: whoever forgets it seeks, or is not its owner.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from bus.consuming.records import ParsedRecord, Partition


class Placed(Protocol):
    """What has an offset: a record, parsed or not."""

    @property
    def offset(self) -> int: ...


AnyRecord = TypeVar("AnyRecord", bound=Placed)


class Ahead:
    """At most one batch of `limit` records that waits for its turn, and grows while it waits.

    After a seek, what was fetched of that partition before is not what comes next. Such records
    must never reach the machine: behind a seek of its own it takes a later beginning for a hole in
    the log. `mark` tells before from after.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[Partition, list[ParsedRecord]] = {}
        self._forgotten: dict[Partition, int] = {}
        self.mark = 0

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def forget(self, partitions: Collection[Partition]) -> None:
        """Drop what was fetched of these until now, whether it waits already or not."""
        self.mark += 1
        for partition in partitions:
            self._waiting.pop(partition, None)
            self._forgotten[partition] = self.mark

    def fresh(
        self, fetched: Mapping[Partition, Sequence[AnyRecord]], mark: int
    ) -> dict[Partition, Sequence[AnyRecord]]:
        """Return what still counts of records that were fetched when the mark stood there."""
        return {
            partition: records
            for partition, records in fetched.items()
            if self._forgotten.get(partition, 0) <= mark
        }

    def has_room(self, fetched: Mapping[Partition, Sequence[Placed]]) -> bool:
        """Tell whether these can join what waits.

        A hole between two fetches is not for us to believe in, as one within a fetch is: the
        machine seeks there first.
        """
        if not self._waiting:
            return True
        size = len(self) + sum(map(len, fetched.values()))
        return size <= self._limit and all(
            self._waiting[partition][-1].offset + 1 == records[0].offset
            for partition, records in fetched.items()
            if partition in self._waiting
        )

    def add(self, fetched: Mapping[Partition, Sequence[ParsedRecord]]) -> None:
        """Let these wait: fresh ones, for which there is room."""
        for partition, records in fetched.items():
            self._waiting.setdefault(partition, []).extend(records)

    def take(self) -> dict[Partition, list[ParsedRecord]]:
        """Return everything that waits; from then on nothing does."""
        taken, self._waiting = self._waiting, {}
        return taken
