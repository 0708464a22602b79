"""`python -m tests.proofs`: all histories of up to six steps, on every core: `make proofs`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import islice
from multiprocessing import Pool
from typing import NamedTuple

from tests.proofs.alphabet import SLOTS, THEMES, TIED_SLOTS
from tests.proofs.enumeration import Tally, compare_all, histories

SCHEDULES = {"apart": SLOTS, "tied": TIED_SLOTS}
SHARES = 8
"""Into how many tasks each theme is cut."""


class Task(NamedTuple):
    """Each nth history of a theme, on one schedule."""

    theme: int
    schedule: str
    share: int


def main() -> int:
    """Compare everything within the bound; return 1 where the rules and the reference differ."""
    began, histories_compared, questions, differing = time.monotonic(), 0, 0, 0
    with Pool() as pool:
        for task, tally in pool.imap_unordered(carry_out, tasks()):
            histories_compared += tally.histories
            questions += tally.questions
            if tally.shortest is not None:
                differing += 1
                say(f"{THEMES[task.theme].name}, {task.schedule}:\n{tally.shortest}")
    seconds = time.monotonic() - began
    say(
        f"{histories_compared:,} histories of up to {len(SLOTS)} steps, {questions:,} questions "
        f"in {seconds:.0f} s; {differing} of {len(list(tasks()))} shares differ"
    )
    return 1 if differing else 0


def tasks() -> Iterator[Task]:
    for theme in range(len(THEMES)):
        for schedule in SCHEDULES:
            for share in range(SHARES):
                yield Task(theme, schedule, share)


def carry_out(task: Task) -> tuple[Task, Tally]:
    everything = histories(THEMES[task.theme], SCHEDULES[task.schedule])
    return task, compare_all(islice(everything, task.share, None, SHARES))


def say(text: str) -> None:
    """Print at once: a long run is watched."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
