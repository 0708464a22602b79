"""The survivors as a page of Markdown, in which people write why each may live.

A reason stays with its module, function and change, however the lines around it move.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutation.mutants import Mutant
from tests.mutation.trials import Outcome

NO_REASON = "no reason yet"
HEADING = re.compile(r"^## `(.+)`: (\d+) of (\d+) killed, at .+$", re.MULTILINE)
SURVIVOR = re.compile(r"^- `(.*)`, line \d+: `(.+?)`: (.+)$", re.MULTILINE)
SUM = re.compile(r"^In all: .+$", re.MULTILINE)

Change = tuple[str, str]
"""The function changed, and how."""


@dataclass(slots=True)
class Page:
    """The page: a preface, which is kept, and a section for each module."""

    preface: str = "# What no test notices\n\nIn all: nothing yet.\n\n"
    sections: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Page:
        """Return the page, or an empty one if there is none."""
        if not path.exists():
            return cls()
        text = path.read_text()
        headings = list(HEADING.finditer(text))
        begins = [heading.start() for heading in headings]
        ends = [*begins[1:], len(text)]
        sections = {
            heading[1]: text[begin:end]
            for heading, begin, end in zip(headings, begins, ends, strict=True)
        }
        return cls(text[: begins[0]] if begins else text, sections)

    def put(self, path: Path, commit: str, tried: Sequence[tuple[Mutant, Outcome]]) -> None:
        """Write what came of a module's mutants in the place of what stood there."""
        reasons = self._reasons(str(path))
        survivors = [mutant for mutant, outcome in tried if not outcome.is_killed]
        killed, total = len(tried) - len(survivors), len(tried)
        lines = [f"## `{path}`: {killed} of {total} killed, at {commit}", ""]
        for mutant in survivors:
            reason = reasons.get((mutant.function, mutant.change), NO_REASON)
            lines.append(f"- `{mutant.function}`, line {mutant.line}: `{mutant.change}`: {reason}")
        self.sections[str(path)] = "\n".join(lines).rstrip() + "\n\n"

    @property
    def text(self) -> str:
        body = "".join(text for _, text in sorted(self.sections.items()))
        return SUM.sub(f"In all: {self.sum}.", self.preface, count=1) + body.rstrip() + "\n"

    @property
    def sum(self) -> str:
        """How many are killed, of all modules that the page has."""
        headings = list(HEADING.finditer("".join(self.sections.values())))
        return told(sum(int(each[2]) for each in headings), sum(int(each[3]) for each in headings))

    def _reasons(self, path: str) -> dict[Change, str]:
        found = SURVIVOR.finditer(self.sections.get(path, ""))
        return {(each[1], each[2]): each[3] for each in found}


def told(killed: int, total: int) -> str:
    return f"{killed:,} of {total:,} killed, {killed / total if total else 1:.1%}"
