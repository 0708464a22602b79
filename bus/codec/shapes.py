"""A schema, compiled: records and lists over leaves.

The bus uses a small part of Avro on purpose: records, lists, enums, text, UUIDs, whole numbers,
booleans, moments, dates, decimals, and null as the one alternative. So every payload has one
obvious form in Python and in plain JSON. `shape_of` refuses the rest.
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from typing import TypeAlias

from bus.codec import leaves
from bus.codec.definitions import (
    NAMED,
    Definition,
    Json,
    MalformedError,
    fields_of,
    full_name,
    namespace_of,
    number_of,
    resolve_name,
    symbols_of,
    text_of,
)
from bus.codec.leaves import Leaf, Unsound

Shape: TypeAlias = "Leaf | ListOf | Struct"


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array; `max_items` bounds what one record can make of a few bytes."""

    items: Shape
    max_items: int

    def check_length(self, values: Sized) -> None:
        """Raise Unsound for more items than that."""
        if len(values) > self.max_items:
            raise Unsound("has too many items", f"use at most {self.max_items}")


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a record. `default` is what an absent field means, where `has_default`."""

    name: str
    shape: Shape
    is_nullable: bool
    has_default: bool
    default: Json
    is_core: bool
    unrecognized_is_poison: bool


@dataclass(frozen=True, slots=True)
class Struct:
    """A record and its fields, in the order in which their bytes stand."""

    name: str
    members: tuple[Member, ...]


def shape_of(definition: Definition) -> Struct:
    """Compile a record's definition; raise MalformedError for what the bus doesn't use."""
    shape = _Compiler().compile(definition, {}, "", "")
    if not isinstance(shape, Struct):
        raise MalformedError("the schema is no record")
    return shape


class _Compiler:
    """Walks one definition; knows the named types that stand earlier in it."""

    def __init__(self) -> None:
        self._named: dict[str, Shape] = {}

    def compile(self, node: Json, rules: Definition, namespace: str, path: str) -> Shape:
        if isinstance(node, dict):
            return self._compile_object(node, {**rules, **node}, namespace, path)
        if not isinstance(node, str):
            raise MalformedError(f"{path}: a union is null and one other type, in this order")
        found = self._named.get(resolve_name(node, namespace))
        return found if found is not None else _primitive(node, {**rules, "type": node}, path)

    def _compile_object(
        self, node: Definition, rules: Definition, namespace: str, path: str
    ) -> Shape:
        kind = node.get("type")
        if isinstance(kind, str) and kind in NAMED:
            return self._compile_named(node, kind, namespace, path)
        if kind == "array":
            return self._compile_list(node, rules, namespace, path)
        if isinstance(kind, str):
            return _primitive(kind, rules, path)
        return self.compile(kind, rules, namespace, path)

    def _compile_list(
        self, node: Definition, rules: Definition, namespace: str, path: str
    ) -> ListOf:
        limit = number_of(rules, "maxItems")
        if limit is None:
            raise MalformedError(f"{path}: a list needs maxItems")
        return ListOf(self.compile(node.get("items"), {}, namespace, f"{path}[]"), limit)

    def _compile_named(self, node: Definition, kind: str, namespace: str, path: str) -> Shape:
        name = full_name(node, namespace)
        if kind == "enum":
            shape: Shape = leaves.choice(symbols_of(node, path))
        elif kind == "record":
            # A name is known only once its record is complete: a recursive one is refused.
            shape = Struct(name, self._members(node, namespace_of(name), path))
        else:
            raise MalformedError(f"{path}: the bus doesn't use {kind}")
        self._named[name] = shape
        return shape

    def _members(self, record: Definition, namespace: str, path: str) -> tuple[Member, ...]:
        return tuple(
            self._member(field, namespace, where) for where, field in fields_of(record, path)
        )

    def _member(self, field: Definition, namespace: str, path: str) -> Member:
        kind = field["type"]
        is_nullable = isinstance(kind, list) and len(kind) == 2 and kind[0] == "null"
        rules = {name: value for name, value in field.items() if name not in {"type", "name"}}
        return Member(
            name=text_of(field, "name", path),
            shape=self.compile(
                kind[1] if is_nullable and isinstance(kind, list) else kind, rules, namespace, path
            ),
            is_nullable=is_nullable,
            has_default="default" in field,
            default=field.get("default"),
            is_core=field.get("core") is True,
            unrecognized_is_poison=field.get("unrecognized") == "poison",
        )


def _primitive(kind: str, rules: Definition, path: str) -> Leaf:
    logical = rules.get("logicalType")
    if kind == "string" and logical == "uuid":
        return leaves.uuid()
    if kind == "long" and logical == "timestamp-micros":
        return leaves.moment()
    if kind == "int" and logical == "date":
        return leaves.day()
    if kind == "bytes" and logical == "decimal":
        return leaves.exact(number_of(rules, "precision") or 1, number_of(rules, "scale") or 0)
    if logical is None:
        return _plain_primitive(kind, rules, path)
    raise MalformedError(f"{path}: the bus doesn't use {kind} with a logical type of that name")


def _plain_primitive(kind: str, rules: Definition, path: str) -> Leaf:
    if kind == "string":
        pattern = rules.get("pattern")
        return leaves.text(
            pattern if isinstance(pattern, str) else None, number_of(rules, "maxLength")
        )
    if kind == "boolean":
        return leaves.flag()
    if kind in {"int", "long"}:
        lowest, highest = leaves.INT_RANGE if kind == "int" else leaves.LONG_RANGE
        minimum, maximum = number_of(rules, "minimum"), number_of(rules, "maximum")
        return leaves.integer(
            lowest if minimum is None else minimum,
            highest if maximum is None else maximum,
            is_checked_by_avro=kind == "long" and minimum is None and maximum is None,
        )
    raise MalformedError(f"{path}: the bus doesn't use the type {kind!r}, or it isn't defined yet")
