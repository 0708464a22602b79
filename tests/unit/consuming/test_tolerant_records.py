"""What the fetcher makes of record batches that can't be read."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import TopicPartition

from bus.consuming import tolerant_records
from bus.consuming.tolerant_records import REFETCH_SECONDS

SOUND, DAMAGED = TopicPartition("events", 0), TopicPartition("events", 1)


class Records:
    """What aiokafka has unpacked of one fetch: so many records, then perhaps damage."""

    def __init__(self, count: int, *, is_damaged: bool = False) -> None:
        self.next_fetch_offset = 0
        self._iterator = self._read(count, is_damaged)

    def _read(self, count: int, is_damaged: bool) -> Iterator[int]:
        for offset in range(count):
            self.next_fetch_offset = offset + 1
            yield offset
        if is_damaged:
            raise CorruptRecordException("Invalid CRC")

    def __iter__(self) -> Iterator[int]:
        return self._iterator


class Fetched:
    """A fetcher with these results, and a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **results: Records) -> None:
        tolerant_records.install()
        self.seconds = 0.0
        monkeypatch.setattr(tolerant_records, "monotonic", lambda: self.seconds)
        self._states: dict[TopicPartition, Any] = {}
        self.results: dict[TopicPartition, Any] = {}
        for name, records in results.items():
            self.add(SOUND if name == "sound" else DAMAGED, records)

    def add(self, tp: TopicPartition, records: Records) -> None:
        state = SimpleNamespace(paused=False, position=0)
        state.consumed_to = lambda offset: setattr(state, "position", offset)
        self._states[tp] = state
        assignment = SimpleNamespace(active=True, state_value=self._states.__getitem__)
        self.results[tp] = fetcher.FetchResult(
            tp, assignment=assignment, partition_records=records, backoff=0.0
        )

    def position(self, tp: TopicPartition) -> int:
        return int(self._states[tp].position)

    def poll(self) -> dict[TopicPartition, list[int]]:
        inside = SimpleNamespace(
            _subscriptions=SimpleNamespace(reassignment_in_progress=False),
            _records=self.results,
            _notify=lambda _: None,
            _wait_consume_future=None,
        )
        polling = fetcher.Fetcher.fetched_records(inside, ())
        with pytest.raises(StopIteration) as ended:
            polling.send(None)
        return dict(ended.value.value)


@pytest.mark.promise("P5")
def test_a_damaged_batch_takes_nothing_of_other_partitions_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fetched = Fetched(monkeypatch, sound=Records(3), damaged=Records(0, is_damaged=True))

    assert fetched.poll() == {SOUND: [0, 1, 2]}
    assert (fetched.position(SOUND), fetched.position(DAMAGED)) == (3, 0)


@pytest.mark.promise("P2")
def test_what_stands_before_the_damage_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = Fetched(monkeypatch, damaged=Records(2, is_damaged=True))

    assert fetched.poll() == {DAMAGED: [0, 1]}
    assert fetched.position(DAMAGED) == 2


def test_a_damaged_batch_is_fetched_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = Fetched(monkeypatch, damaged=Records(0, is_damaged=True))

    fetched.poll()
    is_kept_at_first = DAMAGED in fetched.results  # and so not fetched
    fetched.seconds += REFETCH_SECONDS
    fetched.poll()

    assert (is_kept_at_first, DAMAGED in fetched.results) == (True, False)
