"""Tries mutants with tests that are ready to run, each in a process forked for it."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

import pytest

from tests.mutation.forks import KilledError, in_a_fork
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.planting import Functions, NotPlantedError
from tests.mutation.suite import RULES
from tests.mutation.survey import Calls, Tracer, meets

PATIENCE = 10
"""How many times as long as its survey a test may take: a mutant may run without end."""

ALL_TESTS_SECONDS = 600


class Outcome(StrEnum):
    """What came of a mutant."""

    KILLED = "killed"
    ENDLESS = "killed: the tests don't end"
    SURVIVED = "survived"
    UNTESTED = "survived: no test calls its function"

    @property
    def is_killed(self) -> bool:
        return self in {Outcome.KILLED, Outcome.ENDLESS}


@dataclass(frozen=True, slots=True)
class Check:
    """A test, or whatever else tells whether the rules are as they should be."""

    name: str
    passes: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What a check calls, and its seconds of CPU, with the rules unchanged."""

    check: Check
    calls: Calls
    seconds: float
    has_passed: bool


def survey(checks: Sequence[Check]) -> list[Surveyed]:
    """Carry the checks out, one after the other, in a fork."""
    found = in_a_fork(lambda: [_survey(check) for check in checks])
    return [Surveyed(check, *each) for check, each in zip(checks, found, strict=True)]


def _survey(check: Check) -> tuple[Calls, float, bool]:
    tracer = Tracer(str(RULES.resolve()))
    began = time.process_time()
    tracer.start()
    has_passed = check.passes()
    tracer.stop()
    return tracer.calls, time.process_time() - began, has_passed


class Trials:
    """The checks, quickest first, that mutants are tried with, `jobs` of them at once."""

    def __init__(self, surveyed: Sequence[Surveyed], at_import: Calls, jobs: int) -> None:
        self.surveyed = sorted(surveyed, key=lambda each: each.seconds)
        self.at_import = at_import
        self.jobs = jobs
        self.functions = Functions()
        gc.disable()  # what exists is common to all forks: to look for garbage would copy it

    def of(self, path: Path) -> Iterator[tuple[Mutant, Outcome]]:
        """Yield what comes of each mutant of the module, in the order of its lines."""
        mutants = mutants_of(path.read_text())
        with ThreadPoolExecutor(self.jobs) as pool:
            tried = pool.map(partial(self._try, path), range(len(mutants)), mutants)
            yield from zip(mutants, tried, strict=True)

    def _try(self, path: Path, number: int, mutant: Mutant) -> Outcome:
        file = path.resolve()
        try:
            outcome = in_a_fork(partial(self._kill, file, mutant))
        except KilledError:
            return Outcome.ENDLESS
        is_killed = outcome is not None and outcome.is_killed
        if outcome is None or (not is_killed and meets(self.at_import, str(file), mutant.lines)):
            return _import(path, number)
        return outcome

    def _kill(self, file: Path, mutant: Mutant) -> Outcome | None:
        """Carry checks out until one fails. None: the mutant must be imported."""
        try:
            self.functions.plant(file, mutant)
        except NotPlantedError:
            return None
        outcome = Outcome.UNTESTED
        for each in self.surveyed:
            if meets(each.calls, str(file), mutant.lines):
                outcome = Outcome.SURVIVED
                signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE * (1 + each.seconds))
                if not each.check.passes():
                    return Outcome.KILLED
        return outcome


def _import(path: Path, number: int) -> Outcome:
    command = [sys.executable, "-m", "tests.mutation.imported", str(path), str(number)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=ALL_TESTS_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome.ENDLESS
    if done.returncode > pytest.ExitCode.INTERRUPTED:
        raise RuntimeError(f"pytest couldn't run the tests of {path}:\n{done.stdout}{done.stderr}")
    return Outcome.KILLED if done.returncode else Outcome.SURVIVED
