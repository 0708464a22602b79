"""A schema's JSON as it stands in a file: reading it with types, and reducing it.

Avro writes a schema as JSON. A named type (record, enum, fixed) is written out where it first
stands, and by its full name wherever it stands again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Definition: TypeAlias = "dict[str, Json]"

NAMED = frozenset({"record", "enum", "fixed", "error"})
_STRUCTURE = frozenset(
    {"type", "name", "namespace", "fields", "symbols", "default", "items", "values", "size"}
)


class MalformedError(Exception):
    """The JSON isn't a schema; the message says where and why, and quotes nothing of it."""


def as_object(node: Json, path: str) -> Definition:
    """Return the node as an object; raise MalformedError where it is something else."""
    if not isinstance(node, dict):
        raise MalformedError(f"{path} is no JSON object")
    return node


def text_of(node: Definition, attribute: str, path: str) -> str:
    """Return an attribute that must be text; raise MalformedError where it isn't."""
    value = node.get(attribute)
    if not isinstance(value, str):
        raise MalformedError(f"{path} has no text in {attribute!r}")
    return value


def number_of(node: Definition, attribute: str) -> int | None:
    """Return an attribute that may be a whole number, or None where it is absent."""
    value = node.get(attribute)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise MalformedError(f"{attribute!r} is no whole number")


def list_of(node: Definition, attribute: str, path: str) -> list[Json]:
    """Return an attribute that must be a list; raise MalformedError where it isn't."""
    value = node.get(attribute)
    if not isinstance(value, list):
        raise MalformedError(f"{path} has no list in {attribute!r}")
    return value


def symbols_of(node: Definition, path: str) -> tuple[str, ...]:
    """Return an enum's symbols."""
    symbols = list_of(node, "symbols", path)
    if not all(isinstance(symbol, str) for symbol in symbols):
        raise MalformedError(f"{path} has a symbol that is no text")
    return tuple(str(symbol) for symbol in symbols)


def fields_of(record: Definition, path: str) -> Iterator[tuple[str, Definition]]:
    """Yield each field of a record with its path."""
    for node in list_of(record, "fields", path or "the record"):
        field = as_object(node, f"a field of {path or 'the record'}")
        name = text_of(field, "name", f"a field of {path or 'the record'}")
        if "type" not in field:
            raise MalformedError(f"{join(path, name)} has no type")
        yield join(path, name), field


def join(path: str, name: str) -> str:
    """Return the path of a field inside another."""
    return f"{path}.{name}" if path else name


def full_name(node: Definition, namespace: str) -> str:
    """Return a named type's full name, given the namespace around it."""
    name = text_of(node, "name", "a named type")
    if "." in name:
        return name
    own = node.get("namespace")
    space = own if isinstance(own, str) else namespace
    return f"{space}.{name}" if space else name


def namespace_of(name: str) -> str:
    """Return the namespace part of a full name."""
    return name.rpartition(".")[0]


def resolve_name(reference: str, namespace: str) -> str:
    """Return the full name that a reference means, given the namespace around it."""
    return f"{namespace}.{reference}" if namespace and "." not in reference else reference


def strip(node: Json) -> Json:
    """Return the schema without logical types, documentation and attributes of ours.

    What is left decides how bytes are read, and nothing else: fastavro then hands over plain
    numbers and text, and one impossible date can't fail a whole record.
    """
    if isinstance(node, list):
        return [strip(branch) for branch in node]
    if not isinstance(node, dict):
        return node
    kept = {
        name: value if name in {"default", "symbols"} else strip(value)
        for name, value in node.items()
        if name in _STRUCTURE
    }
    return kept["type"] if kept.keys() == {"type"} else kept
