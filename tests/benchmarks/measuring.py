"""Rates and costs from two sources that disturb nobody: rows' own times, and /proc.

Each row says when its transaction began. From one beginning to another a contender fetches,
decodes, writes and commits exactly the rows between them.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WARM_UP_SHARE = 0.2
SAMPLE_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of one moment: a transaction's beginning, in seconds since 1970."""

    at: float
    rows: int


@dataclass(frozen=True, slots=True)
class Window:
    """What is measured: `rows` written from `start` until just before `end`."""

    start: float
    end: float
    rows: int

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / (self.end - self.start)


def window_of(transactions: Sequence[Written]) -> Window:
    """Leave out the warm-up and the last transaction, whose end nobody knows."""
    warm_up = sum(each.rows for each in transactions) * WARM_UP_SHARE
    passed = 0
    first = 0
    while passed < warm_up:
        passed += transactions[first].rows
        first += 1
    measured = transactions[first:-1]
    assert measured, "too few transactions to measure: send more records"
    return Window(measured[0].at, transactions[-1].at, sum(each.rows for each in measured))


class Sampler:
    """Follows the CPU time of processes, in a thread, from `start` to `stop`."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = pids
        self._samples: list[tuple[float, float]] = []
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.peak_bytes = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; call it while the processes still live."""
        self.peak_bytes = max(peak_memory(pid) for pid in self._pids)
        self._is_stopping.set()
        self._thread.join()

    def cpu_seconds(self, start: float, end: float) -> float:
        """Return the CPU time that all of them took between two times since 1970."""
        return self._at(end) - self._at(start)

    def _at(self, moment: float) -> float:
        place = min(bisect_left(self._samples, (moment, 0.0)), len(self._samples) - 1)
        before, after = self._samples[max(place - 1, 0)], self._samples[place]
        if after[0] <= before[0]:
            return after[1]
        share = (moment - before[0]) / (after[0] - before[0])
        return before[1] + min(max(share, 0.0), 1.0) * (after[1] - before[1])

    def _run(self) -> None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # one has ended
            while not self._is_stopping.wait(SAMPLE_SECONDS):
                self._samples.append((time.time(), sum(cpu_time(pid) for pid in self._pids)))


def cpu_time(pid: int) -> float:
    """Return the seconds of CPU that a process has used, in user and in system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_memory(pid: int) -> int:
    """Return the most bytes that a process had in memory at once."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
