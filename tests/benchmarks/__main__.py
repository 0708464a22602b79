"""`python -m tests.benchmarks`: what `make bench` runs."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path

from tests.benchmarks.contenders import PEER_PYTHON
from tests.benchmarks.contest import Sizes, hold
from tests.benchmarks.ground import ground
from tests.benchmarks.latency import measure_latencies
from tests.benchmarks.publishing import measure_publishing
from tests.benchmarks.report import page

RESULTS = Path(__file__).with_name("RESULTS.md")
LATENCY_SECONDS = {50: 12.0, 500: 8.0}
PUBLISHED_BATCHES = 30
FEW_SHARE = 40
SOME_SHARE = 3


def main() -> int:
    """Run everything on servers of its own; print the page, and write it."""
    options = parse()
    if not PEER_PYTHON.exists():
        say(f"error: there is no {PEER_PYTHON}; run `make bench`, which makes it")
        return 5
    sizes = Sizes(
        many=options.records,
        few=options.records // FEW_SHARE,
        some=options.records // SOME_SHARE,
        filled=options.filled,
        rounds=options.rounds,
    )
    began = time.monotonic()
    with ground() as own:
        publishing = measure_publishing(own, PUBLISHED_BATCHES)
        latencies = measure_latencies(own, LATENCY_SECONDS)
        results = hold(own, sizes, say)
    command = f"python -m tests.benchmarks {shlex.join(sys.argv[1:])}".strip()
    minutes = (time.monotonic() - began) / 60
    text = page(command, minutes, sizes, results, latencies, publishing)
    options.results.write_text(text, "utf-8")
    sys.stdout.write(text)
    return 0


def parse() -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--records", type=int, default=60_000, help="of a round, for the fast")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--filled", type=int, default=10_000_000, help="rows stored before; or 0")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to write the page")
    return parser.parse_args()


def say(message: str) -> None:
    """Tell of the progress."""
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    sys.exit(main())
