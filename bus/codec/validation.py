"""Every structural fault of a payload at once, before it is published.

The rules stand in the schema, beside the field; decoding holds the same ones. A fault names
path, rule and hint, and never the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bus.codec.definitions import join
from bus.codec.leaves import Leaf, Unsound
from bus.codec.schemas import Schema
from bus.codec.shapes import ListOf, Member, Shape, Struct
from bus.errors import FieldFault
from bus.events import Payload

_WHOLE = "(the payload)"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")


def find_faults(schema: Schema, data: Payload) -> list[FieldFault]:
    """Return every fault of the payload, in the schema's order; none means that it is sound."""
    faults: list[FieldFault] = []
    _check_struct(schema.shape, data, "", faults)
    return faults


def _check(shape: Shape, value: object, path: str, faults: list[FieldFault]) -> None:
    if isinstance(shape, Struct):
        _check_struct(shape, value, path, faults)
    elif isinstance(shape, ListOf):
        _check_list(shape, value, path, faults)
    else:
        _check_leaf(shape, value, path, faults)


def _check_leaf(leaf: Leaf, value: object, path: str, faults: list[FieldFault]) -> None:
    try:
        leaf.verify(value)
    except Unsound as fault:
        faults.append(FieldFault(path, fault.rule, fault.hint))


def _check_list(shape: ListOf, value: object, path: str, faults: list[FieldFault]) -> None:
    fault = fault_of_list(shape, value, path)
    if fault is not None:
        faults.append(fault)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check(shape.items, item, f"{path}[{index}]", faults)


def _check_struct(shape: Struct, value: object, path: str, faults: list[FieldFault]) -> None:
    if not isinstance(value, Mapping):
        faults.append(no_fields(path))
        return
    for member in shape.members:
        _check_member(member, value, join(path, member.name), faults)
    faults.extend(unknown_fields(shape, value, path))


def _check_member(
    member: Member, data: Mapping[object, object], path: str, faults: list[FieldFault]
) -> None:
    if member.name not in data:
        if not member.has_default:
            faults.append(missing(path))
        return
    value = data[member.name]
    if value is None and member.is_nullable:
        return
    if value is None:
        faults.append(missing(path))
    else:
        _check(member.shape, value, path, faults)


def missing(path: str) -> FieldFault:
    """A field without which there is no such record."""
    return FieldFault(path, "is missing", "give a value: the field is required")


def no_fields(path: str) -> FieldFault:
    """Something else stands where a record must."""
    return FieldFault(path or _WHOLE, "has the wrong type", "give an object with fields")


def fault_of_list(shape: ListOf, value: object, path: str) -> FieldFault | None:
    """What keeps a list from being looked into: it is none, or beyond its limit."""
    if not isinstance(value, list | tuple):
        return FieldFault(path, "has the wrong type", "give a list")
    try:
        shape.check_length(value)
    except Unsound as fault:
        return FieldFault(path, fault.rule, fault.hint)
    return None


def unknown_fields(shape: Struct, given: Iterable[object], path: str) -> list[FieldFault]:
    """Fields that the schema doesn't have; a name that can't be a field's isn't repeated."""
    known = {member.name for member in shape.members}
    hint = f"use fields of {shape.name.rpartition('.')[2]}"
    names = [name for name in given if name not in known]
    return [
        FieldFault(join(path, _sayable(name)), "is no field of its record", hint) for name in names
    ]


def _sayable(name: object) -> str:
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "(an unknown field)"
