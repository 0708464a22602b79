"""A definition, unfolded: one line for each field at any depth, for people and for checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bus.codec.definitions import (
    NAMED,
    Definition,
    Json,
    MalformedError,
    as_object,
    fields_of,
    full_name,
    namespace_of,
    resolve_name,
)

_DEPTH_LIMIT = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One place of a schema: the record itself (path ""), a field, an item or a branch.

    `type` is the type that stands there, null taken off and names resolved; `name` is its full
    name, where it has one. `field` is None where the line is no field.
    """

    path: str
    type: Definition
    name: str | None
    is_nullable: bool
    field: Definition | None

    @property
    def kind(self) -> str:
        """Avro's name of the type."""
        return str(self.type.get("type"))

    def attribute(self, name: str) -> Json:
        """Return an attribute of the field or, where it has none of that name, of its type."""
        if self.field is not None and name in self.field:
            return self.field[name]
        return self.type.get(name)


def outline(definition: Definition) -> list[Line]:
    """Return the lines of a definition in order; raise MalformedError for what is no schema."""
    return list(_Unfolding().lines(definition, "", "", None, 0))


class _Unfolding:
    """Walks one definition; knows the named types that stand earlier in it."""

    def __init__(self) -> None:
        self._named: dict[str, Definition] = {}

    def lines(
        self, node: Json, namespace: str, path: str, field: Definition | None, depth: int
    ) -> Iterator[Line]:
        if depth > _DEPTH_LIMIT:
            raise MalformedError(f"{path} is recursive, or over {_DEPTH_LIMIT} levels deep")
        branches = node if isinstance(node, list) else [node]
        others = [branch for branch in branches if branch != "null"]
        for branch in others:
            kind, name = self._resolve(branch, namespace)
            where = path if len(others) == 1 else f"{path}|{name or kind['type']}"
            line = Line(where, kind, name, len(others) < len(branches), field)
            yield line
            yield from self._below(line, namespace_of(name) if name else namespace, depth + 1)

    def _below(self, line: Line, namespace: str, depth: int) -> Iterator[Line]:
        if line.kind in ("record", "error"):
            for where, field in fields_of(line.type, line.path):
                yield from self.lines(field["type"], namespace, where, field, depth)
        elif line.kind == "array":
            yield from self.lines(line.type.get("items"), namespace, f"{line.path}[]", None, depth)
        elif line.kind == "map":
            yield from self.lines(
                line.type.get("values"), namespace, f"{line.path}{{}}", None, depth
            )

    def _resolve(self, node: Json, namespace: str) -> tuple[Definition, str | None]:
        if isinstance(node, str):
            name = resolve_name(node, namespace)
            found = self._named.get(name)
            return (found, name) if found is not None else ({"type": node}, None)
        kind = as_object(node, "a type")
        inner = kind.get("type")
        if not isinstance(inner, str):
            return self._resolve(inner, namespace)
        if inner not in NAMED:
            return kind, None
        name = full_name(kind, namespace)
        self._named[name] = kind
        return kind, name
