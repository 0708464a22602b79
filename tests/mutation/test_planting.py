"""A mutant takes the place of the code that runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutation.forks import KilledError, in_a_fork
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.planting import Functions, NotPlantedError
from tests.mutation.survey import Tracer, meets

SOURCE = """
LIMIT = 3

def is_late(day):
    return day > LIMIT

def unused(day):
    return [other for other in day if other]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rule.py"


@pytest.fixture
def rule(path: Path) -> ModuleType:
    module = ModuleType("rule")
    exec(compile(SOURCE, str(path), "exec"), module.__dict__)
    return module


def _mutant(function: str) -> Mutant:
    return next(each for each in mutants_of(SOURCE) if each.function == function)


def test_a_function_that_exists_runs_the_changed_code(path: Path, rule: ModuleType) -> None:
    functions = Functions()

    functions.plant(path, _mutant("is_late"))

    assert rule.is_late(3)


def test_what_has_run_already_cannot_be_changed_in_place(path: Path, rule: ModuleType) -> None:
    functions = Functions()

    with pytest.raises(NotPlantedError):
        functions.plant(path, _mutant(""))


def test_a_test_meets_the_functions_that_it_calls(path: Path, rule: ModuleType) -> None:
    tracer = Tracer(str(path.parent))

    tracer.start()
    rule.is_late(3)
    tracer.stop()

    assert meets(tracer.calls, str(path), _mutant("is_late").lines)
    assert not meets(tracer.calls, str(path), _mutant("unused").lines)


def test_what_a_fork_changes_dies_with_it() -> None:
    seen: list[int] = []

    result = in_a_fork(lambda: seen.append(1) or len(seen))

    assert result == 1
    assert not seen


def test_a_fork_that_a_signal_ends_is_told_from_one_that_raises() -> None:
    with pytest.raises(KilledError):
        in_a_fork(lambda: os.kill(os.getpid(), signal.SIGVTALRM))

    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        in_a_fork(lambda: 1 / 0)
