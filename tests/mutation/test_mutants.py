"""What the mutants of a module are."""

from __future__ import annotations

import ast

import pytest

from tests.mutation.mutants import mutants_of


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("at < end", {"at <= end"}),
        ("a and b", {"a or b", "b", "a"}),
        ("not a", {"a"}),
        ("min(a)", {"max(a)"}),
        ("[x for x in y if x.z]", {"[x for x in y]"}),
        ("a if b else c", {"a if not b else c"}),
        ("f(True)", {"f(False)"}),
        ("start + lead", {"start - lead"}),
    ],
)
def test_a_place_is_changed_in_every_way(source: str, changed: set[str]) -> None:
    mutants = mutants_of(source)

    assert {ast.unparse(mutant.tree) for mutant in mutants} == changed


def test_annotations_and_unions_of_types_are_left_alone() -> None:
    source = "def f(a: int | None) -> int | None:\n    return a\nBoth = int | str\n"

    assert mutants_of(source) == []
