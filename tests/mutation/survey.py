"""Which functions of the rules are called."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

Calls = Mapping[str, frozenset[int]]
"""By file, the lines on which functions begin that were called."""


@dataclass(slots=True)
class Tracer:
    """Notes the functions called of the files under a folder: those of comprehensions too."""

    folder: str
    called: dict[int, CodeType] = field(default_factory=dict)

    def start(self) -> None:
        sys.settrace(self._note)

    def stop(self) -> None:
        sys.settrace(None)

    @property
    def calls(self) -> Calls:
        found: dict[str, set[int]] = defaultdict(set)
        for code in self.called.values():
            if code.co_filename.startswith(self.folder):
                found[code.co_filename].add(code.co_firstlineno)
        return {path: frozenset(lines) for path, lines in found.items()}

    def _note(self, frame: FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        self.called[id(code)] = code


def meets(calls: Calls, path: str, lines: range) -> bool:
    """Whether a function that begins on one of these lines was called."""
    return any(line in lines for line in calls.get(path, ()))
