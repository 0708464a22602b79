"""The quick way through a value says what the careful way says, or nothing."""

from __future__ import annotations

from io import BytesIO

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.codec.encoding import encode
from bus.codec.framing import SINGLE_OBJECT_LENGTH
from bus.codec.leaves import Unsound
from bus.codec.loading import compile_loader
from bus.codec.quick import quick_reader
from bus.codec.schemas import Schema
from tests.contract.payloads import FEW, example, payloads, released, stem

MANY = settings(FEW, max_examples=200)
EACH_SCHEMA = pytest.mark.parametrize("schema", released(), ids=stem)


def read_quickly(schema: Schema, value: bytes) -> dict[str, object] | None:
    """Read the value behind its frame."""
    return quick_reader(schema.shape)(value, SINGLE_OBJECT_LENGTH)


def read_carefully(schema: Schema, value: bytes) -> dict[str, object] | None:
    """Read it by fastavro and the loader; None if anything at all is wrong with it."""
    body = BytesIO(value)
    body.seek(SINGLE_OBJECT_LENGTH)
    try:
        record = fastavro.schemaless_reader(
            body, schema.layout, None, handle_unicode_errors="surrogateescape"
        )
        loaded = compile_loader(schema.shape)(record)
    except Unsound:
        return None
    except Exception:  # whatever fastavro raises
        return None
    return loaded if body.tell() == len(value) else None


@EACH_SCHEMA
def test_the_example_goes_the_quick_way(schema: Schema) -> None:
    value = encode(schema, example(schema))

    found = read_quickly(schema, value)

    assert found == example(schema)
    assert list(found) == list(example(schema))


@EACH_SCHEMA
@FEW
@given(data=st.data())
def test_sound_payloads_are_the_same_both_ways(schema: Schema, data: st.DataObject) -> None:
    value = encode(schema, data.draw(payloads(schema)))

    found = read_quickly(schema, value)

    # Numbers of ten bytes are left to the careful way.
    assert found is None or found == read_carefully(schema, value)


@EACH_SCHEMA
@MANY
@given(data=st.data())
def test_damaged_bytes_are_never_read_as_something_else(
    schema: Schema, data: st.DataObject
) -> None:
    value = bytearray(encode(schema, example(schema)))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(SINGLE_OBJECT_LENGTH, len(value) - 1))
        length = data.draw(st.integers(0, 3))
        value[place : place + length] = data.draw(st.binary(max_size=4))

    found = read_quickly(schema, bytes(value))

    assert found is None or found == read_carefully(schema, bytes(value))


@EACH_SCHEMA
def test_a_value_that_is_cut_off_anywhere_is_left_to_the_careful_way(schema: Schema) -> None:
    value = encode(schema, example(schema))

    found = [read_quickly(schema, value[:end]) for end in range(SINGLE_OBJECT_LENGTH, len(value))]

    assert found == [None] * len(found)


@EACH_SCHEMA
def test_a_value_with_bytes_left_over_is_left_to_the_careful_way(schema: Schema) -> None:
    value = encode(schema, example(schema))

    found = read_quickly(schema, value + b"\0")

    assert found is None
