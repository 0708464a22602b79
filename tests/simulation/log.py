"""A Kafka in memory, as far as a group sees it: partitions, members, committed offsets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bus.consuming.claims import LogBounds
from bus.consuming.records import Partition, StoredRecord
from bus.errors import UnavailableError
from tests.simulation.pacing import Pace

TOPIC_ID = "topic-1"


@dataclass(slots=True)
class PartitionLog:
    """The records of one partition; retention takes those before `start`, mishaps others."""

    records: list[StoredRecord] = field(default_factory=list)
    start: int = 0
    missing: set[int] = field(default_factory=set)

    @property
    def end(self) -> int:
        """The offset that the next record gets."""
        return len(self.records)

    def append(self, timestamp: int, key: bytes | None, value: bytes) -> StoredRecord:
        """Append a record."""
        record = StoredRecord(self.end, timestamp, key, value, ())
        self.records.append(record)
        return record

    def truncate(self, start: int) -> None:
        """Let retention take what is before this offset."""
        self.start = max(self.start, min(start, self.end))

    def lose(self, offset: int) -> None:
        """Lose a record, and leave a hole. The last one stays: else there would be no hole."""
        if self.start <= offset < self.end - 1:
            self.missing.add(offset)

    def is_readable(self, offset: int) -> bool:
        """Tell whether a fetch returns this record."""
        return offset >= self.start and offset not in self.missing

    def read(self, offset: int, limit: int) -> Sequence[StoredRecord]:
        """Return records from this offset on; none where it is out of range."""
        if offset < self.start:
            return []
        records = self.records[offset : offset + limit + len(self.missing)]
        return [each for each in records if each.offset not in self.missing][:limit]


class Broker:
    """Keeps the partitions and the group: who is a member, and what each is assigned.

    `reached` says up to where the group's database has explained a partition.
    """

    def __init__(
        self, partitions: Sequence[Partition], reached: Callable[[Partition], int]
    ) -> None:
        self._reached = reached
        self.logs = {each: PartitionLog() for each in partitions}
        self.committed: dict[Partition, int] = {}
        self.generation = 0
        self.is_away = False
        self.violations: list[str] = []
        self.assignment: dict[str, list[Partition]] = {}

    def assign(self, members: Sequence[str]) -> None:
        """Begin a generation: the partitions are dealt out among these members."""
        self.generation += 1
        self.assignment = {
            member: [each for index, each in enumerate(self.logs) if index % len(members) == turn]
            for turn, member in enumerate(members)
        }

    def commit(self, positions: Mapping[Partition, int]) -> None:
        """Keep committed offsets. Others take them for what the group has done: it must have."""
        for partition, offset in positions.items():
            if offset > self._reached(partition):
                self.violations.append(
                    f"P2: {partition.number}/{offset} was committed to Kafka, and isn't reached"
                )
        self.committed |= positions

    def accepts(self, member: str, generation: int) -> bool:
        """Tell whether a commit of this member's would be accepted."""
        is_present = generation == self.generation and member in self.assignment
        return is_present and not self.is_away


class FakeLog:
    """One member's view: `bus.consuming.log.Log`. What it was assigned may be out of date.

    `on_seek` is told what to forget of what was fetched ahead.
    """

    def __init__(
        self,
        broker: Broker,
        member: str,
        pace: Pace,
        on_seek: Callable[[Collection[Partition]], None],
    ) -> None:
        self._on_seek = on_seek
        self._broker = broker
        self._member = member
        self._pace = pace
        self._positions: dict[Partition, int] = {}
        self._paused: set[Partition] = set()
        self.generation = 0

    @property
    def assigned(self) -> list[Partition]:
        """The partitions that this member believes to have."""
        return list(self._positions)

    def take_assignment(self, partitions: Sequence[Partition], generation: int) -> None:
        """Have these from now on, paused: none is fetched before it is claimed."""
        self.generation = generation
        self._positions = dict.fromkeys(partitions, 0)
        self._paused = set(partitions)

    def has_records(self) -> bool:
        """Tell whether a fetch would return anything."""
        if self._broker.is_away:
            return False
        for partition, offset in self._positions.items():
            if partition not in self._paused:
                log = self._broker.logs[partition]
                if log.start <= offset < len(log.records):
                    return True
        return False

    def fetch(self, partition_limit: int) -> dict[Partition, Sequence[StoredRecord]]:
        """Return the next records of each partition that isn't paused."""
        batch = {}
        for partition, offset in self._positions.items():
            if partition in self._paused:
                continue
            records = self._broker.logs[partition].read(offset, partition_limit)
            if records:
                batch[partition] = records
                self._positions[partition] = records[-1].offset + 1
        return batch

    def seek(self, positions: Mapping[Partition, int]) -> None:
        self._on_seek(positions.keys())
        for partition, offset in positions.items():
            if partition in self._positions:
                self._positions[partition] = offset

    def pause(self, partitions: Collection[Partition]) -> None:
        self._paused |= {each for each in partitions if each in self._positions}

    def resume(self, partitions: Collection[Partition]) -> None:
        self._paused -= set(partitions)

    async def bounds(self, partitions: Collection[Partition]) -> dict[Partition, LogBounds]:
        await self._pace.turn("bounds")
        if self._broker.is_away:
            raise UnavailableError("the broker doesn't answer")
        logs = {each: self._broker.logs[each] for each in partitions}
        return {each: LogBounds(TOPIC_ID, log.start, log.end) for each, log in logs.items()}

    async def commit(self, positions: Mapping[Partition, int]) -> bool:
        await self._pace.turn("offsets")
        known = {each: at for each, at in positions.items() if each in self._positions}
        if not known or not self._broker.accepts(self._member, self.generation):
            return False
        self._broker.commit(known)
        return True
