"""Puts a mutant in the place of a module's code: in a running process, or while it is imported.

In a running process the functions that exist get the changed code, which costs nothing. What has
run already, such as a module's constants, is as it was: such a mutant is imported.
"""

from __future__ import annotations

import gc
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from tests.mutation.mutants import Mutant


class NotPlantedError(Exception):
    """The change isn't one of functions' code alone."""


class Functions:
    """The functions of a process, by the file that has their code."""

    def __init__(self) -> None:
        self.by_file: dict[str, list[FunctionType]] = defaultdict(list)
        for each in gc.get_objects():
            if isinstance(each, FunctionType):
                self.by_file[each.__code__.co_filename].append(each)

    def plant(self, path: Path, mutant: Mutant) -> None:
        """Give the functions of the file the changed code; NotPlantedError if none takes it."""
        planted = 0
        codes = _by_place(compile(mutant.tree, str(path), "exec"))
        for function in self.by_file[str(path)]:
            code = codes.get(_place_of(function.__code__))
            if code is not None and code != function.__code__:
                if code.co_freevars != function.__code__.co_freevars:
                    raise NotPlantedError
                function.__code__ = code
                planted += 1
        if not planted:
            raise NotPlantedError


def _by_place(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """Return the code of each function in this one, but of two that can't be told apart."""
    inner = list(_inner(code))
    times = Counter(map(_place_of, inner))
    return {_place_of(each): each for each in inner if times[_place_of(each)] == 1}


def _inner(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inner(constant)


def _place_of(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


class Imported(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a module that isn't imported yet another code than its file has."""

    def __init__(self, path: Path, mutant: Mutant) -> None:
        self.path = path.resolve()
        self.name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        self.code = compile(mutant.tree, str(self.path), "exec")

    def plant(self) -> None:
        sys.meta_path.insert(0, self)

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
