"""Schemas that a reader must refuse, because a few bytes written with them can hurt it.

A schema from a registry is a stranger's program for our decoder. Refused are:

- recursion: deep data exhausts the stack, and crashes the process inside fastavro;
- lists and maps of items that take no bytes (null, an empty record, a fixed of size 0): five
  bytes say "thirty million of them";
- a schema that unfolds to too many parts: a record of ten records of ten records … of nulls
  takes no bytes at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from bus.codec.definitions import (
    Definition,
    Json,
    MalformedError,
    as_object,
    fields_of,
    full_name,
    list_of,
    namespace_of,
    number_of,
    resolve_name,
)
from bus.errors import PoisonError
from bus.reasons import Reason

PARTS_LIMIT = 10_000
DEPTH_LIMIT = 40

_PRIMITIVE_BYTES = {
    "null": 0,
    "boolean": 1,
    "int": 1,
    "long": 1,
    "float": 4,
    "double": 8,
    "bytes": 1,
    "string": 1,
}


@dataclass(frozen=True, slots=True)
class _Size:
    """The fewest bytes that a value can take, and how many parts the type unfolds to."""

    least_bytes: int
    parts: int


def check_schema(definition: Definition) -> None:
    """Raise PoisonError(SCHEMA_UNSAFE) for a schema that a reader must refuse."""
    try:
        _Guard().measure(definition, "", 0)
    except MalformedError as error:
        raise PoisonError(Reason.SCHEMA_UNSAFE, str(error)) from None


class _Guard:
    """Measures one definition; knows the named types that are complete."""

    def __init__(self) -> None:
        self._named: dict[str, _Size] = {}

    def measure(self, node: Json, namespace: str, depth: int) -> _Size:
        if depth > DEPTH_LIMIT:
            raise MalformedError(f"the schema is over {DEPTH_LIMIT} levels deep")
        size = self._measure(node, namespace, depth + 1)
        if size.parts > PARTS_LIMIT:
            raise MalformedError(f"the schema unfolds to over {PARTS_LIMIT} parts")
        return size

    def _measure(self, node: Json, namespace: str, depth: int) -> _Size:
        if isinstance(node, str):
            return self._reference(node, namespace)
        if isinstance(node, list):
            branches = [self.measure(branch, namespace, depth) for branch in node]
            return _Size(1, 1 + sum(branch.parts for branch in branches))
        schema = as_object(node, "a type")
        kind = schema.get("type")
        if kind in ("record", "error"):
            return self._record(schema, namespace, depth)
        if kind in ("array", "map"):
            return self._repeated(schema, namespace, depth)
        if kind in ("enum", "fixed"):
            return self._named_leaf(schema, namespace)
        return self.measure(kind, namespace, depth)

    def _reference(self, name: str, namespace: str) -> _Size:
        least = _PRIMITIVE_BYTES.get(name)
        if least is not None:
            return _Size(least, 1)
        size = self._named.get(resolve_name(name, namespace))
        if size is None:
            # Complete types only: a name inside its own definition is recursion.
            raise MalformedError("the schema is recursive, or names a type that it doesn't define")
        return size

    def _record(self, schema: Definition, namespace: str, depth: int) -> _Size:
        name = full_name(schema, namespace)
        inner = namespace_of(name)
        sizes = [self.measure(field["type"], inner, depth) for _, field in fields_of(schema, "")]
        size = _Size(sum(one.least_bytes for one in sizes), 1 + sum(one.parts for one in sizes))
        return self._remember(name, size)

    def _repeated(self, schema: Definition, namespace: str, depth: int) -> _Size:
        is_map = schema["type"] == "map"
        items = self.measure(schema.get("values" if is_map else "items"), namespace, depth)
        if items.least_bytes == 0:
            raise MalformedError("the schema has a list or map of items that take no bytes")
        return _Size(1, 1 + items.parts)

    def _named_leaf(self, schema: Definition, namespace: str) -> _Size:
        if schema["type"] == "enum":
            list_of(schema, "symbols", "an enum")
            size = _Size(1, 1)
        else:
            size = _Size(max(number_of(schema, "size") or 0, 0), 1)
        return self._remember(full_name(schema, namespace), size)

    def _remember(self, name: str, size: _Size) -> _Size:
        self._named[name] = size
        return size
