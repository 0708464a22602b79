"""The quick way from bytes to a payload: for values written with our own schema, with no fault.

Nearly every record is both. One pass reads the bytes and makes our types, where the way through
fastavro makes Avro's first and turns them into ours in a second one. This way never judges: at
the first thing that isn't plainly in order it gives up, whatever the reason, and the value goes
the careful way from its first byte. So it needs to be right only about what it accepts.

Nothing here asks whether the bytes have ended. Places only grow, and a slice beyond the end is
short; so a value that ends too early ends at another place than its last byte, which is asked
once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from bus.codec.leaves import Converter, Leaf, Unsound
from bus.codec.shapes import ListOf, Shape, Struct

Reader: TypeAlias = Callable[[bytes, int], tuple[object, int]]
"""Reads what stands at a place; returns it, and the place behind it."""

QuickReader: TypeAlias = Callable[[bytes, int], dict[str, object] | None]

_KNOWN_LIMIT = 1000
_LONGEST_SHIFT = 56
"""Nine bytes of a varint: longer ones are the careful way's."""


class _GiveUp(Exception):  # noqa: N818 - nothing is wrong yet: another way decides
    """Something isn't plainly in order."""


def quick_reader(struct: Struct) -> QuickReader:
    """Return a function that reads a whole value from a place on, or returns None."""
    read_struct = _struct_reader(struct)

    def read_value(value: bytes, at: int) -> dict[str, object] | None:
        try:
            record, end = read_struct(value, at)
        except (_GiveUp, Unsound, IndexError, UnicodeDecodeError):
            return None
        return record if end == len(value) else None

    return read_value


def _struct_reader(struct: Struct) -> Callable[[bytes, int], tuple[dict[str, object], int]]:
    plan = [
        (member.name, member.is_nullable, _reader_of(member.shape)) for member in struct.members
    ]
    blank: dict[str, object] = dict.fromkeys(member.name for member in struct.members)

    def read_struct(value: bytes, at: int) -> tuple[dict[str, object], int]:
        record = blank.copy()
        for name, is_nullable, read in plan:
            if is_nullable:
                branch = value[at]
                at += 1
                if branch == 0:
                    continue
                if branch != 2:
                    raise _GiveUp
            record[name], at = read(value, at)
        return record, at

    return read_struct


def _reader_of(shape: Shape) -> Reader:
    if isinstance(shape, Struct):
        return _struct_reader(shape)
    if isinstance(shape, ListOf):
        return _list_reader(shape)
    return _leaf_reader(shape)


def _leaf_reader(leaf: Leaf) -> Reader:
    load = leaf.load or _as_it_is
    match leaf.wire:
        case "text":
            return _text_reader(load)
        case "bytes":
            return _bytes_reader(load)
        case "number":
            return _number_reader(load)
        case "flag":
            return _read_flag
        case symbols:
            return _symbol_reader(symbols, load)


def _list_reader(shape: ListOf) -> Reader:
    read = _reader_of(shape.items)
    max_items = shape.max_items

    def read_list(value: bytes, at: int) -> tuple[object, int]:
        items: list[object] = []
        while True:
            count, at = _read_number(value, at)
            if count == 0:
                return items, at
            if not 0 < count <= max_items - len(items):
                raise _GiveUp
            for _ in range(count):
                item, at = read(value, at)
                items.append(item)

    return read_list


def _text_reader(load: Converter) -> Reader:
    known: dict[bytes, object] = {}

    def read_text(value: bytes, at: int) -> tuple[object, int]:
        first = value[at]
        if first & 0x81:  # longer than 63 bytes, or less than none
            start, end = _span(value, at)
            return load(value[start:end].decode()), end
        end = at + 1 + (first >> 1)
        piece = value[at + 1 : end]
        text = known.get(piece)
        if text is None:
            text = load(piece.decode())
            if len(known) < _KNOWN_LIMIT:
                known[piece] = text
        return text, end

    return read_text


def _bytes_reader(load: Converter) -> Reader:
    def read_bytes(value: bytes, at: int) -> tuple[object, int]:
        start, end = _span(value, at)
        return load(value[start:end]), end

    return read_bytes


def _number_reader(load: Converter) -> Reader:
    def read_number(value: bytes, at: int) -> tuple[object, int]:
        number, at = _read_number(value, at)
        return load(number), at

    return read_number


def _symbol_reader(symbols: tuple[str, ...], load: Converter) -> Reader:
    known = [symbol for symbol in symbols if _is_sound(load, symbol)]
    if known != list(symbols[: len(known)]):
        known = []  # an unsound one stands before the end: all go the careful way

    def read_symbol(value: bytes, at: int) -> tuple[object, int]:
        first = value[at]
        if first & 0x81:
            raise _GiveUp
        return known[first >> 1], at + 1

    return read_symbol


def _is_sound(load: Converter, symbol: str) -> bool:
    try:
        load(symbol)
    except Unsound:
        return False
    return True


def _read_flag(value: bytes, at: int) -> tuple[object, int]:
    first = value[at]
    if first > 1:
        raise _GiveUp
    return first == 1, at + 1


def _span(value: bytes, at: int) -> tuple[int, int]:
    """Return where a text or bytes begin and end; their length stands before them."""
    length, start = _read_number(value, at)
    if length < 0:
        raise _GiveUp
    return start, start + length


def _read_number(value: bytes, at: int) -> tuple[int, int]:
    """Read a zigzag varint."""
    byte = value[at]
    at += 1
    number = byte & 0x7F
    shift = 0
    while byte & 0x80:
        shift += 7
        if shift > _LONGEST_SHIFT:
            raise _GiveUp
        byte = value[at]
        at += 1
        number |= (byte & 0x7F) << shift
    return (number >> 1) ^ -(number & 1), at


def _as_it_is(value: object) -> object:
    return value
