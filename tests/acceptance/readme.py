"""README.md, as a reader would take it apart: its code, its commands, its table of promises."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEREDOC = re.compile(r"<<'(\w+)'\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
_BUS = ".venv/bin/bus "


@dataclass(frozen=True, slots=True)
class Command:
    """One call of `bus`; `exit_code` is what the comment behind it says, else 0."""

    words: tuple[str, ...]
    stdin: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Promise:
    """One row of the table: `tests` are files, or `file::function`, below `tests/`."""

    name: str
    tests: tuple[str, ...]


def text() -> str:
    """Return the whole text."""
    return README.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the code blocks of a language, in their order."""
    return [content for found, content in _BLOCK.findall(text()) if found == language]


def code(language: str, name: str) -> str:
    """Return the one code block whose first line names this file."""
    [found] = [block for block in blocks(language) if name in block.partition("\n")[0]]
    return found


def commands(word: str) -> list[Command]:
    """Return the calls of `bus` in the one shell block that has this word."""
    [block] = [block for block in blocks("sh") if word in block]
    return list(_commands(block))


def _commands(block: str) -> Iterator[Command]:
    inputs = iter([content for _, content in _HEREDOC.findall(block)])
    for line in _HEREDOC.sub("<<", block).splitlines():
        call, _, comment = line.partition("#")
        if call.startswith(_BUS):
            stdin = next(inputs) if "<<" in call else ""
            words = shlex.split(call.removeprefix(_BUS).removesuffix("<<"))
            stated = re.search(r"exit (\d)", comment)
            yield Command(tuple(words), stdin, int(stated[1]) if stated else 0)


def links(file: Path) -> list[Path]:
    """Return where every link of a document into the project leads."""
    targets: list[str] = re.findall(r"\]\(([^)]+)\)", file.read_text(encoding="utf-8"))
    return [file.parent / target for target in targets if "://" not in target]


def layout() -> list[str]:
    """Return every path in the table of the layout."""
    section = text().partition("## Layout")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [path for row in rows for path in re.findall(r"`([^`]+)`", row)]


def promises() -> list[Promise]:
    """Return the rows of the table of promises."""
    rows = [line.split("|") for line in text().splitlines() if re.match(r"\| P\d", line)]
    return [Promise(row[1].strip(), tuple(re.findall(r"`([^`]+)`", row[3]))) for row in rows]


def promises_of(file: Path) -> dict[str, set[str]]:
    """Return the promises that each test function of a file is marked with."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    all_over = {
        name
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
        for name in _marked(node.value)
    }
    return {
        node.name: all_over | {name for each in node.decorator_list for name in _marked(each)}
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _marked(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.promise":
            yield from (ast.literal_eval(each) for each in node.args)
