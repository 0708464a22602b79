"""From what fastavro read to a payload of ours, in two ways over the same rules.

`compile_loader` makes the fast way: closures over only those fields that need work, which give
up at the first fault. Nearly every record takes it. `sift` is the careful way for the others:
it finds every fault, and loses as little as it can:

- an enum's unknown symbol is None where it stands;
- any other wrong value takes with it the nearest thing that may be missing: a nullable field,
  or an item of a list. In a core field items can't be missing;
- a core field that can't be sound without it makes the record poison.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from bus.codec.definitions import join
from bus.codec.leaves import UNRECOGNIZED, Converter, Leaf, Unrecognized, Unsound
from bus.codec.shapes import ListOf, Member, Shape, Struct
from bus.errors import FieldFault, PoisonError
from bus.reasons import Reason

Fields: TypeAlias = dict[str, object]


def compile_loader(struct: Struct) -> Callable[[Fields], Fields]:
    """Return a function that turns fastavro's record into ours, in place.

    It raises Unsound at the first fault and leaves the record half done.
    """
    work = [(member, _loader_of(member.shape)) for member in struct.members]
    always = [(m.name, load) for m, load in work if load is not None and not m.is_nullable]
    if_given = [(m.name, load) for m, load in work if load is not None and m.is_nullable]

    def load_struct(record: Fields) -> Fields:
        for name, load in always:
            record[name] = load(record[name])
        for name, load in if_given:
            value = record[name]
            if value is not None:
                record[name] = load(value)
        return record

    return load_struct


def _loader_of(shape: Shape) -> Converter | None:
    if isinstance(shape, Leaf):
        return shape.load
    if isinstance(shape, Struct):
        return compile_loader(shape)
    return _list_loader(shape)


def _list_loader(shape: ListOf) -> Converter:
    load = _loader_of(shape.items)
    check_length = shape.check_length

    def load_list(values: list[object]) -> list[object]:
        check_length(values)
        # Always a new list: fastavro hands out a schema's default itself, not a copy.
        return list(values) if load is None else [load(value) for value in values]

    return load_list


def sift(struct: Struct, record: Fields) -> tuple[Fields, tuple[FieldFault, ...]]:
    """Turn fastavro's record into ours with a fault for each part that was lost.

    Raises PoisonError for a core field that is wrong, and for a kind that we don't know.
    """
    faults: list[FieldFault] = []
    data = {
        member.name: _sift_top(member, record[member.name], faults) for member in struct.members
    }
    return data, tuple(faults)


def _sift_top(member: Member, value: object, faults: list[FieldFault]) -> object:
    if member.unrecognized_is_poison and value == UNRECOGNIZED:
        raise PoisonError(Reason.KIND_UNRECOGNIZED, member.name)
    sieve = _Sieve(faults, items_may_be_missing=not member.is_core)
    try:
        return sieve.member(member, value, member.name)
    except Unsound as fault:
        raise PoisonError(Reason.CORE_FIELD_INVALID, f"{fault.path} {fault.rule}") from None


class _Sieve:
    """Collects the faults below one field of the record."""

    def __init__(self, faults: list[FieldFault], *, items_may_be_missing: bool) -> None:
        self._faults = faults
        self._items_may_be_missing = items_may_be_missing

    def member(self, member: Member, value: object, path: str) -> object:
        if value is None and member.is_nullable:
            return None
        try:
            return self._shape(member.shape, value, path)
        except Unsound as fault:
            if not member.is_nullable or member.is_core:
                raise
            self._lose(fault)
            return None

    def _shape(self, shape: Shape, value: object, path: str) -> object:
        if isinstance(shape, Leaf):
            return self._leaf(shape, value, path)
        if isinstance(shape, Struct):
            record = value if isinstance(value, dict) else {}
            return {
                member.name: self.member(member, record.get(member.name), join(path, member.name))
                for member in shape.members
            }
        return self._list(shape, value if isinstance(value, list) else [], path)

    def _list(self, shape: ListOf, values: list[object], path: str) -> list[object]:
        try:
            shape.check_length(values)
        except Unsound as fault:
            fault.path = path
            raise
        return [
            self._item(shape.items, value, f"{path}[{index}]") for index, value in enumerate(values)
        ]

    def _item(self, shape: Shape, value: object, path: str) -> object:
        try:
            return self._shape(shape, value, path)
        except Unsound as fault:
            if not self._items_may_be_missing:
                raise
            self._lose(fault)
            return None

    def _leaf(self, leaf: Leaf, value: object, path: str) -> object:
        try:
            return value if leaf.load is None else leaf.load(value)
        except Unrecognized as fault:
            fault.path = path
            self._lose(fault)
            return None
        except Unsound as fault:
            fault.path = path
            raise

    def _lose(self, fault: Unsound) -> None:
        self._faults.append(FieldFault(fault.path, fault.rule, fault.hint))
