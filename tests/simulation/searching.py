"""Runs of many seeds, on several processes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, MutableMapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Never

import structlog

from tests.simulation.run import violations
from tests.simulation.worker import Kit

CHUNK = 50
"""How many seeds a process takes at a time."""

Found = tuple[int, list[str]]
"""A seed, and which promises it breaks."""


def search(seeds: range, kit: Kit | None = None) -> Iterator[list[Found]]:
    """Run the seeds on every core; yield what each chunk of them has found, in order."""
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=quiet) as pool:
        yield from pool.map(partial(found_in, kit=kit), chunks)


def found_in(seeds: Sequence[int], kit: Kit | None = None) -> list[Found]:
    """Return the seeds that break a promise, and which."""
    runs = ((seed, outcome_of(seed, kit)) for seed in seeds)
    return [(seed, broken) for seed, broken in runs if broken]


def first_found(seeds: range, kit: Kit) -> Found | None:
    """Return the first seed that breaks a promise, run one after the other."""
    return next(iter(run for seed in seeds for run in found_in([seed], kit)), None)


def outcome_of(seed: int, kit: Kit | None = None) -> list[str]:
    """Return what a seed breaks; an error that nobody expects is told as well."""
    try:
        return violations(seed, kit)
    except Exception as error:  # a broken engine may do anything, and the other seeds go on
        return [f"{type(error).__name__}: {error}"]


def quiet() -> None:
    """Log nothing: the lines would say of each fault of each run that it happened."""
    structlog.configure(processors=[_drop])


def _drop(logger: object, name: str, values: MutableMapping[str, object]) -> Never:
    raise structlog.DropEvent
