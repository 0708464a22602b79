"""A peak year of custody events through one hhs-intake, from an empty database.

`python -m tests.benchmarks.year` is what `make bench-year` runs. The topic has the catalogue's
partitions and is full before the worker starts; at the end `bus audit` must find no fault.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bus.local.service_process import ServiceProcess, bus_command, environment_of
from bus.settings import Settings
from bus.topics import find_topic
from tests.benchmarks.contenders import Running, settings_of
from tests.benchmarks.ground import Ground, ground
from tests.benchmarks.measuring import cpu_time, peak_memory
from tests.benchmarks.records import TOPIC, Maker, produce, sound
from tests.benchmarks.report import machine, table

PREFIX = "year."
RESULTS = Path(__file__).with_name("YEAR.md")
POLL_SECONDS = 5.0
STALL_LIMIT_SECONDS = 120.0
PASSED = f"""
SELECT coalesce(sum(next_offset), 0)::bigint FROM hhs.consumer_position WHERE topic = '{TOPIC}'
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the replay was after so many seconds, and what memory the worker had then."""

    seconds: float
    events: int
    resident_bytes: int


@dataclass(frozen=True, slots=True)
class Year:
    """What the replay took."""

    events: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    marks: list[Mark]
    stored: int
    audit_exit: int
    audit: str


def replay(ground: Ground, events: int) -> Year:
    """Fill the topic, then let one worker read it to its end."""
    ground.make_topics(PREFIX, partitions=find_topic(TOPIC).content.partitions)
    began = time.monotonic()
    produce(ground.bootstrap, PREFIX + TOPIC, sound(Maker(), events))
    say(f"{events:,} events are in the topic after {time.monotonic() - began:.0f} s")
    with ground.database() as url:
        settings = settings_of(ground, url, PREFIX)
        log = ground.directory / "year.log"
        service = ServiceProcess(settings, ["hhs-intake"], log)
        running = Running([service.process], [log])
        try:
            marks = _follow(running, url, events)
            cpu, peak = cpu_time(service.process.pid), peak_memory(service.process.pid)
        finally:
            running.stop()
        audit = _audit(settings)
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT count(*) FROM hhs.custody_event").fetchone()
    assert row is not None
    return Year(
        events,
        marks[-1].seconds,
        cpu,
        peak,
        marks,
        int(row[0]),
        audit.returncode,
        audit.stdout.decode().strip(),
    )


def _follow(running: Running, url: str, events: int) -> list[Mark]:
    """Return when every event is passed; fail when nothing moves any more."""
    (pid,) = running.pids
    began = moved_at = time.monotonic()
    marks = [Mark(0.0, 0, 0)]
    with psycopg.connect(url, autocommit=True) as connection:
        while marks[-1].events < events:
            time.sleep(POLL_SECONDS if events > 1_000_000 else 0.5)
            running.require_alive()
            row = connection.execute(PASSED).fetchone()
            passed = int(row[0]) if row else 0
            now = time.monotonic()
            moved_at = now if passed > marks[-1].events else moved_at
            assert now - moved_at < STALL_LIMIT_SECONDS, f"nothing moves after {passed:,} events"
            marks.append(Mark(now - began, passed, _resident(pid)))
    return marks


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _audit(settings: Settings) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [bus_command(), "audit", "--json"],
        env=environment_of(settings),
        capture_output=True,
        check=False,
    )


def page(year: Year, command: str) -> str:
    """Return YEAR.md: what it took, and how memory and rate went on."""
    verdict = "found no fault" if year.audit_exit == 0 else f"exit {year.audit_exit}: {year.audit}"
    facts = [
        ("events replayed", f"{year.events:,}"),
        ("stored, each once", f"{year.stored:,}"),
        ("minutes", f"{year.seconds / 60:.1f}"),
        ("events/s", f"{year.events / year.seconds:,.0f}"),
        ("worker's CPU µs/event", f"{year.cpu_seconds / year.events * 1e6:.0f}"),
        ("worker's memory at most, MiB", f"{year.peak_bytes / 2**20:.0f}"),
        ("`bus audit`", verdict),
    ]
    return "\n\n".join(
        [
            "# A peak year, replayed through hhs-intake from an empty database",
            f"Written by `{command}` on {machine()}.",
            table(("", ""), facts),
            table(("minutes", "events", "events/s since before", "MiB"), _course(year.marks)),
            "",
        ]
    )


def _course(marks: Sequence[Mark], shown: int = 10) -> list[tuple[str, str, str, str]]:
    """Return some marks, evenly spread, with the rate between them."""
    chosen = [marks[len(marks) * number // shown] for number in range(shown)] + [marks[-1]]
    return [
        (
            f"{after.seconds / 60:.1f}",
            f"{after.events:,}",
            f"{(after.events - before.events) / (after.seconds - before.seconds):,.0f}",
            f"{after.resident_bytes / 2**20:.0f}",
        )
        for before, after in itertools.pairwise(chosen)
        if after.seconds > before.seconds
    ]


def main() -> int:
    """Replay, print the page and write it; 1 if the audit found a fault or an event is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.year", description=__doc__)
    parser.add_argument("--events", type=int, default=16_000_000)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to write the page")
    options = parser.parse_args()
    with ground() as own:
        year = replay(own, options.events)
    text = page(year, f"python -m tests.benchmarks.year --events {options.events}")
    options.results.write_text(text, "utf-8")
    sys.stdout.write(text)
    return 0 if year.audit_exit == 0 and year.stored == year.events else 1


def say(message: str) -> None:
    """Tell of the progress."""
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    sys.exit(main())
