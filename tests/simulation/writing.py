"""Who writes to the log: sound records and bad ones, new ones and copies."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from bus.consuming.records import Partition
from tests.simulation.contents import UNPARSED, Content, Kind
from tests.simulation.perils import Perils
from tests.simulation.worker import Ground

KINDS = {
    Kind.NONSENSE: 1.0,
    Kind.REFUSED: 1.0,
    Kind.FAILING: 1.0,
    Kind.HEALING: 2.0,
    Kind.BREAKING: 0.5,
    Kind.UNTELLABLE: 0.5,
    Kind.FAULTY: 0.7,
    Kind.CORRECTING: 0.7,
}
COPIES = {Kind.GOOD: 4.0, Kind.DAMAGED: 2.0, Kind.REFUSED: 1.0}
"""What comes again: the same record, a damaged copy, another content under the same id."""


class Writer:
    """Has a number of records left to write, with few keys: much happens to each of them."""

    def __init__(self, ground: Ground, perils: Perils) -> None:
        self._ground = ground
        self._perils = perils
        self._chance = chance = ground.chance
        self._written: list[tuple[Partition, Content]] = []
        self.left = chance.randint(10, 60)
        self._keys: list[bytes | None] = [b"k%d" % each for each in range(chance.randint(1, 4))]
        self._keys += [None, b"\xff"] if chance.random() < 0.2 else []

    def write(self) -> None:
        """Append a record: new, or one that was there before."""
        self.left -= 1
        if self._written and self._chance.random() < self._perils.copies:
            partition, content = self._copied(*self._chance.choice(self._written))
        else:
            partition, content = self._new()
            self._written.append((partition, content))
        self._ground.contents.add(content, self._chance.randint(1, 4))
        log = self._ground.broker.logs[partition]
        milliseconds = round(self._ground.wall().timestamp() * 1000)
        log.append(milliseconds, content.key, content.value)

    def _new(self) -> tuple[Partition, Content]:
        number = len(self._ground.contents.by_value)
        kind = Kind.GOOD
        if self._chance.random() < self._perils.bad:
            kind = self._chance.choices(list(KINDS), list(KINDS.values()))[0]
        key = self._chance.choice(self._keys)
        corrects = None
        faulty = [each.event_id for _, each in self._written if each.kind is Kind.FAULTY]
        if kind is Kind.CORRECTING and faulty:
            corrects = self._chance.choice(faulty)
        partition = self._partition_of(key)
        return partition, Content(number, kind, UUID(int=number + 1), key, corrects)

    def _partition_of(self, key: bytes | None) -> Partition:
        partitions = list(self._ground.broker.logs)
        return partitions[sum(key or b"") % len(partitions)]

    def _copied(self, partition: Partition, content: Content) -> tuple[Partition, Content]:
        """Return a record that comes again, whole or damaged, or another under the same id."""
        kind = self._chance.choices(list(COPIES), list(COPIES.values()))[0]
        if content.kind in UNPARSED or kind is Kind.GOOD:
            return partition, content
        if kind is Kind.DAMAGED:
            return partition, replace(content, kind=Kind.DAMAGED)
        number = len(self._ground.contents.by_value)
        return partition, replace(content, number=number, kind=Kind.GOOD)
