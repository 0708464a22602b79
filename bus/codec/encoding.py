"""From a payload to a record's value: the single-object frame and Avro binary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Final

from fastavro import schemaless_writer

from bus.codec.framing import single_object
from bus.codec.leaves import Converter, Leaf
from bus.codec.schemas import Schema
from bus.codec.shapes import Shape, Struct
from bus.codec.validation import find_faults
from bus.errors import FieldFault, InvalidEventError
from bus.events import Payload

_ABSENT: Final = object()


def encode(schema: Schema, data: Payload) -> bytes:
    """Return the value of a record that carries this payload, written with this schema.

    The payload is trusted to be sound: `validation.find_faults` is how to know. What can't be
    written at all raises InvalidEventError with every fault.
    """
    body = BytesIO()
    try:
        schemaless_writer(body, schema.layout, _dumper(schema)(data))
    except Exception:
        faults = find_faults(schema, data)
    else:
        return single_object(schema.fingerprint, body.getvalue())
    raise InvalidEventError(schema.name, faults or [_UNWRITABLE])


_UNWRITABLE = FieldFault("(the payload)", "can't be written as Avro", "compare it to the schema")


@lru_cache(maxsize=256)
def _dumper(schema: Schema) -> Callable[[Payload], object]:
    return _struct_dumper(schema.shape)


def _struct_dumper(struct: Struct) -> Callable[[Payload], object]:
    plan = [
        (
            member.name,
            _dumper_of(member.shape),
            member.default if member.has_default else _ABSENT,
            member.is_nullable,
        )
        for member in struct.members
    ]
    known = frozenset(member.name for member in struct.members)

    def dump_struct(data: Mapping[str, object]) -> dict[str, object]:
        if not data.keys() <= known:
            raise KeyError("the payload has a field that its schema doesn't have")
        record: dict[str, object] = {}
        for name, dump, default, is_nullable in plan:
            value = data.get(name, _ABSENT)
            if value is _ABSENT:
                if default is _ABSENT:
                    raise KeyError(name)
                record[name] = default
            elif dump is None or (value is None and is_nullable):
                record[name] = value
            else:
                record[name] = dump(value)
        return record

    return dump_struct


def _dumper_of(shape: Shape) -> Converter | None:
    if isinstance(shape, Leaf):
        return shape.dump
    if isinstance(shape, Struct):
        return _struct_dumper(shape)
    dump = _dumper_of(shape.items)
    return None if dump is None else lambda values: [dump(value) for value in values]
