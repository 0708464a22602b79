"""Where a worker's CPU time goes: `python -m tests.benchmarks.profiling`.

hhs-intake runs in this process, and a timer of CPU time looks at its stack: a few hundred times
a second, so what is looked at runs as fast as ever. A profiler that counts calls would make
small functions look dear.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

import psycopg

from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.services import ServiceContext, load_services
from tests.benchmarks.contenders import settings_of
from tests.benchmarks.ground import Ground, ground
from tests.benchmarks.records import TOPIC, Maker, produce, sound

INTERVAL_SECONDS = 0.002
POLL_SECONDS = 0.2
PREFIX = "profile."
SHOWN = 40


class Stacks:
    """Counts the functions seen at work: themselves, and with all that they call."""

    def __init__(self) -> None:
        self.own: Counter[str] = Counter()
        self.whole: Counter[str] = Counter()
        self.lines: Counter[str] = Counter()
        self.samples = 0

    def __enter__(self) -> Stacks:
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_SECONDS, INTERVAL_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, _number: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        self.samples += 1
        self.own[_name(frame)] += 1
        self.lines[f"{_name(frame)}:{frame.f_lineno}"] += 1
        seen = set()
        while frame is not None:
            seen.add(_name(frame))
            frame = frame.f_back
        self.whole.update(seen)


def _name(frame: FrameType) -> str:
    code = frame.f_code
    return f"{'/'.join(Path(code.co_filename).parts[-3:])} {code.co_qualname}"


async def work(ground: Ground, url: str, records: int) -> None:
    """Apply the records by a worker of this process, then stop it."""
    context = ServiceContext(settings_of(ground, url, PREFIX), SystemClock(), packaged())
    (service,) = load_services(["hhs-intake"], context)
    stopping = asyncio.Event()
    running = asyncio.create_task(service.run(stopping))
    query = (
        f"SELECT coalesce(sum(next_offset), 0) FROM hhs.consumer_position WHERE topic = '{TOPIC}'"
    )
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        passed = 0
        while passed < records:
            await asyncio.sleep(POLL_SECONDS)
            row = await (await connection.execute(query)).fetchone()
            passed = int(row[0]) if row else 0
    stopping.set()
    await running
    for database in context.databases.values():
        await database.close()


def report(stacks: Stacks, cpu_seconds: float, records: int) -> str:
    """Return the dearest functions, with the microseconds that they take of each event."""
    each = cpu_seconds / stacks.samples / records * 1e6
    counts = {"alone": stacks.own, "lines": stacks.lines, "with what they call": stacks.whole}
    lines = [f"{cpu_seconds / records * 1e6:.1f} µs of CPU for each event"]
    for title, counted in counts.items():
        lines.append(f"\n{title}:")
        lines += [f"{count * each:7.2f}  {name}" for name, count in counted.most_common(SHOWN)]
    return "\n".join(lines)


def main() -> None:
    """Profile one run over a topic that is full already."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.profiling")
    parser.add_argument("--records", type=int, default=60_000)
    records = parser.parse_args().records
    with ground() as own:
        own.make_topics(PREFIX)
        produce(own.bootstrap, PREFIX + TOPIC, sound(Maker(), records))
        began = time.process_time()
        with own.database() as url, Stacks() as stacks:
            asyncio.run(work(own, url, records))
        cpu_seconds = time.process_time() - began
    sys.stdout.write(report(stacks, cpu_seconds, records) + "\n")


if __name__ == "__main__":
    main()
