"""`python -m tests.mutation`: change the rules in one place after the other: `make mutate`.

Each mutant is tried in a process forked from one that has everything imported but the rules and
their tests; so a mutant costs the tests that it takes to notice it, and no start of Python.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType, ModuleType

import confluent_kafka.admin
import hypothesis.stateful
import psycopg
import pydantic
import pytest
import structlog

from tests.mutation.mutants import Mutant, mutants_of

ALREADY_HERE = (confluent_kafka, hypothesis, psycopg, pydantic, structlog)
RULES = Path("bus/notices")
SLOW = ("test_properties.py", "test_after_effect.py")
TEST = "tests/proofs/test_enumeration.py"
PROOFS = (TEST, "--deselect", f"{TEST}::test_a_planted_defect_is_found")
OPTIONS = (
    *("-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
    *("-o", "addopts=", "-o", "filterwarnings=", "-o", "timeout=0"),
)
LIMIT_SECONDS = 120
BROKEN = 70


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a module another code than its file has."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        folder = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=self, submodule_search_locations=folder
        )

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


def main() -> int:
    """Try the mutants of the modules asked for; write a line for each that survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", type=Path, help="files; all of bus/notices if none")
    modules = parser.parse_args().modules or sorted(RULES.rglob("*.py"))
    began, tried, survived = time.monotonic(), 0, 0
    if is_killed(RULES, None):
        say("a test fails with the rules unchanged: mend that first")
        return 1
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path in modules:
            mutants = mutants_of(path.read_text())
            killed = list(pool.map(lambda mutant, path=path: is_killed(path, mutant), mutants))
            alive = [m for m, is_dead in zip(mutants, killed, strict=True) if not is_dead]
            tried, survived = tried + len(mutants), survived + len(alive)
            say(f"{path}: {len(mutants) - len(alive)} of {len(mutants)} killed")
            for mutant in alive:
                say(f"  line {mutant.line}: {mutant.change}")
    share = (tried - survived) / tried if tried else 1.0
    say(f"{tried - survived} of {tried} killed, {share:.1%}, {time.monotonic() - began:.0f} s")
    return 0


def is_killed(path: Path, mutant: Mutant | None) -> bool:
    """Return whether a test fails, or the tests don't end, with the module so changed."""
    child = os.fork()
    if child == 0:
        status = BROKEN
        try:
            status = _try(path, mutant)
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code > pytest.ExitCode.INTERRUPTED:
        raise RuntimeError(f"pytest couldn't run the tests of {path}: exit code {code}")
    return code != 0


def _try(path: Path, mutant: Mutant | None) -> int:
    signal.alarm(LIMIT_SECONDS)
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    if mutant:
        code = compile(mutant.tree, str(path), "exec")
        sys.meta_path.insert(0, Changed(name, path.resolve(), code))
    return int(pytest.main([*OPTIONS, *_quick_tests(), *PROOFS]))


def _quick_tests() -> Iterator[str]:
    for path in sorted(Path("tests/unit/notices").glob("test_*.py")):
        if path.name not in SLOW:
            yield str(path)


def say(text: str) -> None:
    """Print at once: a long run is watched."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
