"""The page of survivors keeps what people wrote on it."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.mutation.listing import NO_REASON, Page
from tests.mutation.mutants import Mutant
from tests.mutation.trials import Outcome

GATE, FORCE = Path("bus/notices/gate.py"), Path("bus/notices/force.py")


def _mutant(line: int, change: str = "a < b → a <= b") -> Mutant:
    return Mutant(line, "Gate.answer", change, range(line, line + 1), ast.Module([], []))


def _written(page: Page, path: Path, text: str | None = None) -> Page:
    path.write_text(text or page.text)
    return Page.read(path)


def test_a_reason_stays_with_its_change_when_lines_move(tmp_path: Path) -> None:
    page = Page()
    page.put(GATE, "abc", [(_mutant(7), Outcome.SURVIVED)])
    edited = page.text.replace(NO_REASON, "a tie is impossible: see above.")
    page = _written(page, tmp_path / "page.md", edited)

    page.put(
        GATE, "def", [(_mutant(9), Outcome.SURVIVED), (_mutant(11, "a → b"), Outcome.UNTESTED)]
    )

    assert "line 9: `a < b → a <= b`: a tie is impossible: see above." in page.text
    assert f"line 11: `a → b`: {NO_REASON}" in page.text


def test_a_module_that_wasnt_tried_again_keeps_its_section_and_commit(tmp_path: Path) -> None:
    page = Page()
    page.put(GATE, "abc", [(_mutant(7), Outcome.KILLED), (_mutant(8), Outcome.SURVIVED)])
    page = _written(page, tmp_path / "page.md")

    page.put(FORCE, "def", [(_mutant(3), Outcome.KILLED), (_mutant(4), Outcome.ENDLESS)])

    assert "`bus/notices/gate.py`: 1 of 2 killed, at abc" in page.text
    assert "`bus/notices/force.py`: 2 of 2 killed, at def" in page.text
    assert "In all: 3 of 4 killed, 75.0%." in page.text
