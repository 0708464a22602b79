"""Payloads as plain JSON: what people write, and what `--json` prints.

Times are ISO 8601 with an offset, dates `2018-05-07`, decimals text; a nullable field is its
value or null, or isn't there, without Avro's wrapper that names the type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from bus.codec.definitions import Json, join
from bus.codec.leaves import Leaf, Unsound
from bus.codec.schemas import Schema
from bus.codec.shapes import ListOf, Member, Shape, Struct
from bus.codec.validation import fault_of_list, missing, no_fields, unknown_fields
from bus.errors import FieldFault
from bus.events import Payload


def from_plain(schema: Schema, value: Json) -> tuple[dict[str, object], list[FieldFault]]:
    """Return the payload that plain JSON describes, complete with defaults, and every fault.

    The payload is sound when there is no fault. Else what is faulty is None, as after decoding:
    so a payload that was decoded with faults comes back the same from its plain form.
    """
    faults: list[FieldFault] = []
    data = _parse_struct(schema.shape, value, "", faults)
    return data or {}, faults


def _parse(shape: Shape, value: Json, path: str, faults: list[FieldFault]) -> object:
    if isinstance(shape, Struct):
        return _parse_struct(shape, value, path, faults)
    if isinstance(shape, ListOf):
        return _parse_list(shape, value, path, faults)
    try:
        return shape.parse(value)
    except Unsound as fault:
        faults.append(FieldFault(path, fault.rule, fault.hint))
        return None


def _parse_list(
    shape: ListOf, value: Json, path: str, faults: list[FieldFault]
) -> list[object] | None:
    fault = fault_of_list(shape, value, path)
    if fault is not None:
        faults.append(fault)
        return None
    items = value if isinstance(value, list) else []
    return [
        _parse(shape.items, item, f"{path}[{index}]", faults) for index, item in enumerate(items)
    ]


def _parse_struct(
    shape: Struct, value: Json, path: str, faults: list[FieldFault]
) -> dict[str, object] | None:
    if not isinstance(value, dict):
        faults.append(no_fields(path))
        return None
    parsed = {
        member.name: _parse_member(member, value, join(path, member.name), faults)
        for member in shape.members
    }
    faults.extend(unknown_fields(shape, value, path))
    return parsed


def _parse_member(
    member: Member, data: dict[str, Json], path: str, faults: list[FieldFault]
) -> object:
    if member.name not in data and member.has_default:
        return _default_of(member)
    value = data.get(member.name)
    if value is None and member.is_nullable:
        return None
    if value is None:
        faults.append(missing(path))
        return None
    return _parse(member.shape, value, path, faults)


def _default_of(member: Member) -> object:
    """Return our value of a field that isn't there."""
    if isinstance(member.default, list):
        return list(member.default)
    if member.default is None or not isinstance(member.shape, Leaf) or member.shape.load is None:
        return member.default
    return member.shape.load(member.default)


# HHS intake asks for the plain form of each custody event: a union made anew for each value would
# show, and so would asking whether a dict is a Mapping.
_PLAIN = (str, int)
_LISTS = (list, tuple)
_STRUCTS = (dict, Mapping)


def to_plain(schema: Schema, data: Payload) -> dict[str, Json]:
    """Return a payload as plain JSON, with every field that it has; times end with Z."""
    return plain_form(schema)(data)


@lru_cache(maxsize=256)
def plain_form(schema: Schema) -> Callable[[Payload], dict[str, Json]]:
    """Return `to_plain` for the payloads of one schema, compiled: for where there are many."""
    return _struct_form(schema.shape)


def _struct_form(struct: Struct) -> Callable[[object], dict[str, Json]]:
    plan = [(member.name, _form_of(member.shape)) for member in struct.members]

    def render_struct(value: object) -> dict[str, Json]:
        fields = value if isinstance(value, _STRUCTS) else {}
        plain: dict[str, Json] = {}
        for name, render in plan:
            if name in fields:
                field = fields[name]
                plain[name] = None if field is None else render(field)
        return plain

    return render_struct


def _form_of(shape: Shape) -> Callable[[object], Json]:
    if isinstance(shape, Leaf):
        return shape.render or _as_it_is
    if isinstance(shape, Struct):
        return _struct_form(shape)
    render = _form_of(shape.items)

    def render_list(value: object) -> list[Json]:
        items = value if isinstance(value, _LISTS) else ()
        return [None if item is None else render(item) for item in items]

    return render_list


def _as_it_is(value: object) -> Json:
    """Return what is plain already; of an unsound payload, anything as text."""
    return value if isinstance(value, _PLAIN) else str(value)
