"""Each guard, with the very record that would have hurt."""

from __future__ import annotations

import tracemalloc

import pytest

from bus.codec.definitions import Definition, Json
from bus.codec.guards import DEPTH_LIMIT, check_schema
from bus.errors import PoisonError
from bus.reasons import Reason
from tests.unit.codec.made_up import body_of, decode_from, field, record, schema

READER = schema(field("id", "long"))
THIRTY_MILLION = b"\x80\x8e\xce\x1c"
"""30,000,000 as a zigzag varint: the count of a block."""


def refusal(writer: Definition, body: bytes) -> PoisonError:
    """Return why a stranger's record was refused."""
    with pytest.raises(PoisonError) as caught:
        decode_from(writer, body, READER)
    return caught.value


@pytest.mark.parametrize(
    "nothing",
    [
        "null",
        {"type": "record", "name": "Empty", "fields": []},
        {"type": "fixed", "name": "NoBytes", "size": 0},
        {"type": "record", "name": "Hollow", "fields": [{"name": "x", "type": "null"}]},
    ],
    ids=["null", "an empty record", "fixed of size 0", "a record of null"],
)
@pytest.mark.parametrize("kind", ["array", "map"])
def test_lists_and_maps_of_items_without_bytes_are_refused(kind: str, nothing: Json) -> None:
    of = {"type": kind, "items" if kind == "array" else "values": nothing}
    writer = record(field("id", "long"), field("bomb", of))

    error = refusal(writer, b"\x54" + THIRTY_MILLION + b"\x00")

    assert error.reason == Reason.SCHEMA_UNSAFE
    assert "take no bytes" in error.detail


def test_a_recursive_schema_is_refused_before_its_deep_data_is_read() -> None:
    link = record(field("next", ["null", "test.Link"]), name="Link")
    writer = record(field("id", "long"), field("first", ["null", link]))

    error = refusal(writer, b"\x54" + b"\x02" * 1_000_000 + b"\x00")

    assert error.reason == Reason.SCHEMA_UNSAFE
    assert "recursive" in error.detail


@pytest.mark.parametrize("within", ["array", "map"])
def test_recursion_through_a_list_or_map_is_refused(within: str) -> None:
    of = {"type": within, "items" if within == "array" else "values": "test.Link"}
    writer = record(field("id", "long"), field("first", record(field("next", of), name="Link")))

    assert refusal(writer, b"\x54\x00").reason == Reason.SCHEMA_UNSAFE


def test_records_of_records_that_unfold_without_bytes_are_refused() -> None:
    inner: Json = record(field("nothing", "null"), name="R0")
    for level in range(1, 11):
        fields = [field("f0", inner)]
        fields += [field(f"f{n}", f"test.R{level - 1}") for n in range(1, 10)]
        inner = record(*fields, name=f"R{level}")
    writer = record(field("id", "long"), field("bomb", inner))

    error = refusal(writer, b"\x54")

    assert error.reason == Reason.SCHEMA_UNSAFE
    assert "parts" in error.detail


def test_a_schema_nested_too_deeply_is_refused() -> None:
    inner: Json = "long"
    for _ in range(100_000):
        inner = {"type": "array", "items": inner}
    writer = record(field("id", "long"), field("deep", inner))

    error = refusal(writer, b"\x54\x00")

    assert error.reason == Reason.SCHEMA_UNSAFE
    assert f"{DEPTH_LIMIT} levels" in error.detail


@pytest.mark.parametrize(
    "definition",
    [
        {"type": "record", "name": "Made"},
        {"type": "record", "name": "Made", "fields": [3]},
        {"type": "record", "name": "Made", "fields": [{"name": "x"}]},
        {"type": "record", "fields": []},
        {"type": {"type": {"type": 4}}},
        {"type": "array"},
        {"type": "enum", "name": "Made"},
        {"type": "fixed", "name": "Made", "size": "many"},
        {"type": "nonsense"},
        {},
    ],
)
def test_a_definition_that_is_no_schema_is_refused(definition: Definition) -> None:
    with pytest.raises(PoisonError) as caught:
        check_schema(definition)

    assert caught.value.reason == Reason.SCHEMA_UNSAFE


@pytest.mark.parametrize(
    "count",
    [
        b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # 2^63 - 1
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # -2^63, whose absolute value overflows
        b"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # -1, with a block size of -2^63
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",  # a varint over 10 bytes
    ],
    ids=["huge", "the smallest", "a negative block size", "overlong"],
)
def test_impossible_block_counts_are_undecodable_at_once(count: bytes) -> None:
    reader = schema(field("ids", {"type": "array", "items": "long"}, maxItems=10))

    tracemalloc.start()
    with pytest.raises(PoisonError) as caught:
        decode_from(reader.definition, count + b"\x02" * 100, reader)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert caught.value.reason == Reason.UNDECODABLE
    assert peak < 1_000_000


def test_a_list_beyond_its_limit_is_refused_not_kept() -> None:
    reader = schema(field("ids", {"type": "array", "items": "long"}, maxItems=10))
    body = body_of(reader.definition, {"ids": [1] * 11})

    with pytest.raises(PoisonError) as caught:
        decode_from(reader.definition, body, reader)

    assert caught.value.reason == Reason.CORE_FIELD_INVALID
    assert caught.value.detail == "ids has too many items"


def test_a_field_that_readers_skip_may_not_be_a_bomb_either() -> None:
    skipped = {"type": "array", "items": "null"}
    writer = record(field("skipped", skipped), field("id", "long"))

    error = refusal(writer, b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x54")

    assert error.reason == Reason.SCHEMA_UNSAFE


def test_a_sound_schema_of_a_stranger_is_read() -> None:
    writer = record(
        field("extra", {"type": "map", "values": "string"}),
        field("id", "long"),
        field("sum", {"type": "fixed", "name": "Sum", "size": 4}),
    )
    body = body_of(writer, {"extra": {"a": "b"}, "id": 42, "sum": b"abcd"})

    assert decode_from(writer, body, READER).data == {"id": 42}
