"""Every small change to a module: its mutants.

A mutant changes one place: a comparison, a connective, a negation, a constant, a choice of the
least or greatest, or leaves out one operand of `and`/`or` or one filter of a comprehension.
Annotations, docstrings and default values of fields that are plain text are left alone.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
RENAMED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module's source with one place changed: `lines` are those of the function changed."""

    line: int
    function: str
    change: str
    lines: range
    tree: ast.Module


class Place(NamedTuple):
    """In what function or class a node stands. Its lines begin with what decorates it."""

    name: str
    lines: range


def mutants_of(source: str) -> list[Mutant]:
    """Return every mutant, in the order of the lines."""
    tree = ast.parse(source)
    skipped = _unchanged(tree)
    places = _places(tree, Place("", range(1, 2)))
    found = []
    for index, node in enumerate(ast.walk(tree)):
        if id(node) not in skipped:
            for number, (change, _) in enumerate(_changes(node)):
                found.append(_mutant(tree, index, number, change, places[id(node)]))
    return sorted(found, key=lambda mutant: mutant.line)


def _mutant(tree: ast.Module, index: int, number: int, change: str, place: Place) -> Mutant:
    changed = copy.deepcopy(tree)
    node = list(ast.walk(changed))[index]
    line = node.target.lineno if isinstance(node, ast.comprehension) else node.lineno
    new = list(_changes(node))[number][1]
    _Replace(node, new).visit(changed)
    return Mutant(line, place.name, change, place.lines, ast.fix_missing_locations(changed))


def _places(node: ast.AST, place: Place) -> dict[int, Place]:
    """Return the place of each node within this one, by its id."""
    found = {id(node): place}
    for child in ast.iter_child_nodes(node):
        inner = place
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            first = min(each.lineno for each in (child, *child.decorator_list))
            name = f"{place.name}.{child.name}".lstrip(".")
            inner = Place(name, range(first, (child.end_lineno or first) + 1))
        found |= _places(child, inner)
    return found


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.old:
            return ast.copy_location(self.new, node)
        return self.generic_visit(node)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield what may stand in a node's place, and how to tell of it."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            if swapped := SWAPPED.get(type(operator)):
                ops = [*node.ops[:place], swapped(), *node.ops[place + 1 :]]
                yield _telling(node, ast.Compare(node.left, ops, node.comparators))
    elif isinstance(node, ast.BoolOp):
        yield _telling(node, ast.BoolOp(SWAPPED[type(node.op)](), node.values))
        for left_out in range(len(node.values)):
            rest = [*node.values[:left_out], *node.values[left_out + 1 :]]
            yield _telling(node, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _telling(node, node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in SWAPPED:
        yield _telling(node, ast.BinOp(node.left, SWAPPED[type(node.op)](), node.right))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        other = not node.value if isinstance(node.value, bool) else node.value + 1
        yield _telling(node, ast.Constant(other))
    elif isinstance(node, ast.Name) and node.id in RENAMED:
        yield _telling(node, ast.Name(RENAMED[node.id], node.ctx))
    elif isinstance(node, ast.comprehension) and node.ifs:
        whole = ast.comprehension(node.target, node.iter, [], node.is_async)
        yield f"no filter: {ast.unparse(node.ifs[0])}", whole
    elif isinstance(node, ast.If | ast.IfExp):
        negated = copy.copy(node)
        negated.test = ast.UnaryOp(ast.Not(), node.test)
        yield f"if not {ast.unparse(node.test)}", negated


def _telling(old: ast.expr, new: ast.expr) -> tuple[str, ast.expr]:
    return f"{ast.unparse(old)} → {ast.unparse(new)}", new


def _unchanged(tree: ast.Module) -> set[int]:
    """Return the nodes whose change says nothing: annotations and what decorates."""
    spared: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            spared.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            arguments = (*node.args.args, *node.args.kwonlyargs)
            spared += [each.annotation for each in arguments if each.annotation]
            spared += [*node.decorator_list, *([node.returns] if node.returns else [])]
        elif isinstance(node, ast.ClassDef):
            spared += node.decorator_list
    return {id(inner) for outer in spared for inner in ast.walk(outer)}
