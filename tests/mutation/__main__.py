"""`python -m tests.mutation`: change the rules in one place after the other: `make mutate`.

Each mutant is tried in a process forked from one that has collected the tests, with those tests
that call the changed function, the quickest first.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.mutation.listing import Page, told
from tests.mutation.suite import OPTIONS, RULES, arrange
from tests.mutation.survey import Tracer
from tests.mutation.trials import Check, Trials, survey


class Run:
    """Takes the place of pytest's own loop over the tests that it has collected."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.modules: list[Path] = arguments.modules or sorted(RULES.rglob("*.py"))
        self.jobs: int = arguments.jobs
        self.page: Path | None = arguments.page
        self.at_import = Tracer(str(RULES.resolve()))
        self.status = 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.at_import.stop()
        began = time.monotonic()
        surveyed = survey([*_tests(session), *_proofs()])
        trials = Trials(surveyed, self.at_import.calls, self.jobs)
        if failing := [each.check.name for each in surveyed if not each.has_passed]:
            say("\n".join(("these fail with the rules unchanged, mend them first:", *failing)))
        else:
            say(f"{len(surveyed)} tests surveyed in {time.monotonic() - began:.0f} s")
            self.try_modules(trials)
            self.status = 0
        return True

    def try_modules(self, trials: Trials) -> None:
        """Write a line for each module and each mutant that survives, and the page if asked."""
        began, killed, total = time.monotonic(), 0, 0
        for path in self.modules:
            tried = list(trials.of(path))
            survivors = [each for each in tried if not each[1].is_killed]
            total, killed = total + len(tried), killed + len(tried) - len(survivors)
            say(f"{path}: {told(len(tried) - len(survivors), len(tried))}")
            for mutant, outcome in survivors:
                say(f"  {mutant.function}, line {mutant.line}: {mutant.change} ({outcome})")
            if self.page:
                page = Page.read(self.page)
                page.put(path, commit(), tried)
                self.page.write_text(page.text)
        say(f"{told(killed, total)}, {time.monotonic() - began:.0f} s")


def _tests(session: pytest.Session) -> Iterator[Check]:
    for item in session.items:
        yield Check(item.nodeid, partial(_passes, item))


def _passes(item: pytest.Item) -> bool:
    failed = item.session.testsfailed
    item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
    return item.session.testsfailed == failed


def _proofs() -> Iterator[Check]:
    # They import the rules, which only the tracer of what is run at import may do.
    from tests.mutation.histories import all_agree, expected_of
    from tests.proofs.alphabet import THEMES

    for theme in THEMES:
        yield Check(f"small histories: {theme.name}", partial(all_agree, expected_of(theme)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", type=Path, help="files; all of bus/notices if none")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants tried at once")
    parser.add_argument("--page", type=Path, help="Markdown to write, keeping its reasons")
    run = Run(parser.parse_args())
    arrange()
    run.at_import.start()
    pytest.main([*OPTIONS], plugins=[run])
    return run.status


def commit() -> str:
    """Return the commit that the working tree is, or differs from."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def say(text: str) -> None:
    """Print at once: a long run is watched."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
