"""`python -m tests.simulation`: many seeds on every core, which `make simulate` runs."""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.searching import CHUNK, outcome_of, quiet, search


def main() -> int:
    """Run the seeds asked for; return 1 if any of them breaks a promise."""
    options = parse()
    if options.seed is not None:
        return run_one(options.seed)
    seeds = range(options.first, options.first + options.seeds)
    began, failed, done = time.monotonic(), 0, 0
    for found in search(seeds):
        done = min(done + CHUNK, len(seeds))
        failed += len(found)
        for seed, broken in found:
            say(f"seed {seed}: {broken[0]}")
            say(f"  all of it: python -m tests.simulation --seed {seed}")
        if done % (CHUNK * 100) == 0:
            say(f"{done:,} of {len(seeds):,} seeds, {failed} failed")
    seconds = time.monotonic() - began
    say(f"{len(seeds):,} seeds from {seeds.start} in {seconds:.0f} s, {failed} failed")
    return 1 if failed else 0


def run_one(seed: int) -> int:
    """Run one seed and say everything that it breaks."""
    quiet()
    broken = outcome_of(seed)
    say("\n".join(broken) or f"seed {seed} breaks nothing")
    return 1 if broken else 0


def parse() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2_000, help="how many to run")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="run only this one, and say all that it breaks")
    return parser.parse_args()


def say(text: str) -> None:
    """Print at once: a long run is watched."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
