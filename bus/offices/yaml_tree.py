"""YAML that people write, as plain JSON, with the line of each of its values.

Read are text, whole numbers, `true`, `false` and `null`; everything else is the text that stands
there, a date too. So `no` is no boolean, `010` no octal, and nothing is made of tags. A field
that stands twice, which YAML forbids and most readers don't notice, is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from bus.codec.definitions import Json, join

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})", re.ASCII)
_WORDS: dict[str, Json] = {"null": None, "~": None, "": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class FileFault:
    """What is wrong in a file: in which line, at which path in it, and what to do."""

    line: int
    path: str
    rule: str
    hint: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}{self.rule} ({self.hint})"


@dataclass(slots=True)
class Tree:
    """What a file holds. `starts` has the offset at which each top-level field begins."""

    value: Json = None
    lines: dict[str, int] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    faults: list[FileFault] = field(default_factory=list)

    def line_of(self, path: str) -> int:
        """Return the line of a path; of one that isn't there, that of the nearest around it."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)


def read_tree(text: str) -> Tree:
    """Return what the text holds; where it is no YAML at all, a fault and no value."""
    tree = Tree()
    try:
        tree.faults.extend(_aliases_of(text))
        root = None if tree.faults else yaml.compose(text, Loader=yaml.SafeLoader)
        tree.value = _value_of(root, "", tree) if root is not None else None
    except yaml.YAMLError as error:
        tree.faults.append(_fault_of(error))
    except RecursionError:
        tree.faults.append(FileFault(1, "", "is nested too deeply", "write fewer levels"))
    return tree


def _aliases_of(text: str) -> Iterator[FileFault]:
    """A few lines of aliases can stand for more than fits anywhere, or for themselves."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            yield FileFault(line, "", "has an alias (*)", "write out what it stands for")


def _fault_of(error: yaml.YAMLError) -> FileFault:
    mark, problem = None, None
    if isinstance(error, yaml.MarkedYAMLError):
        mark, problem = error.problem_mark, error.problem
    why = problem or "a character stands there that can't"
    hint = "mend the line, or the one before: spaces, no tabs, and a colon and space after a name"
    return FileFault(mark.line + 1 if mark else 1, "", f"is no YAML: {why}", hint)


def _value_of(node: yaml.Node, path: str, tree: Tree) -> Json:
    tree.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping_of(node, path, tree)
    if isinstance(node, yaml.SequenceNode):
        items = enumerate(node.value)
        return [_value_of(item, f"{path}[{index}]", tree) for index, item in items]
    return _scalar_of(node)


def _mapping_of(node: yaml.MappingNode, path: str, tree: Tree) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            tree.faults.append(FileFault(line, path, "is no name of a field", "write one word"))
            continue
        name = str(key.value)
        where = join(path, name)
        if name in values:
            tree.faults.append(FileFault(line, where, "stands twice", "leave one of them out"))
        tree.lines[where] = line
        if not path:
            tree.starts[name] = key.start_mark.index
        values[name] = _value_of(value, where, tree)
    return values


def _scalar_of(node: yaml.Node) -> Json:
    text = str(node.value)
    if getattr(node, "style", None) is not None:  # in quotes
        return text
    if _NUMBER.fullmatch(text):
        return int(text)
    return _WORDS.get(text, text)
