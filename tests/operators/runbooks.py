"""The runbooks of deploy/runbooks: their headings, and every command that they tell to run."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.operators.alerts import ROOT

RUNBOOKS = ROOT / "deploy" / "runbooks"
HEADINGS = (
    "What it means for children and for HHS",
    "How to see it",
    "What to do",
    "How to know that it is over",
    "Who else to tell",
)

_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_COMMENT = re.compile(r"\s+#.*$")


@dataclass(frozen=True, slots=True)
class Runbook:
    """One runbook; its name is that of its alert."""

    name: str
    text: str

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of its sections, in their order."""
        return tuple(re.findall(r"^## (.+)$", self.text, re.MULTILINE))

    @property
    def sections(self) -> list[str]:
        """What stands under each heading."""
        return [each.strip() for each in re.split(r"^## .+$", self.text, flags=re.MULTILINE)[1:]]

    @property
    def commands(self) -> list[list[str]]:
        """Each line of its shell blocks, without its comment, as words."""
        lines = [line for block in _SHELL.findall(self.text) for line in block.splitlines()]
        return [shlex.split(_COMMENT.sub("", line)) for line in lines]

    @property
    def mentions(self) -> list[list[str]]:
        """Each command of `bus` that it names within a sentence, as words."""
        inline = _INLINE.findall(_BLOCK.sub("", self.text))
        return [shlex.split(each) for each in inline if each.startswith("bus ")]


def runbooks() -> list[Runbook]:
    """Return every runbook."""
    return [
        Runbook(re.findall(r"^# (\w+): ", text)[0], text)
        for text in (file.read_text() for file in sorted(RUNBOOKS.glob("*.md")))
    ]


def file_of(alert: str) -> Path:
    """Return where the runbook of an alert stands."""
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", alert).lower()
    return RUNBOOKS / f"{words}.md"
