"""Whatever the bytes are, decoding gives a payload or a PoisonError: nothing else, ever."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import example as starting_with
from hypothesis import given
from hypothesis import strategies as st

from bus.codec.decoding import Decoder
from bus.codec.encoding import encode
from bus.codec.framing import VALUE_LIMIT_BYTES, single_object
from bus.codec.schemas import Schema, packaged
from bus.errors import PoisonError
from bus.reasons import Reason
from tests.contract.payloads import FEW, example, payloads, released, stem

each_schema = pytest.mark.parametrize("schema", released(), ids=stem)
DECODER = Decoder(packaged())
MEBIBYTE = 1024 * 1024


def decode_or_reject(value: bytes, reader: str) -> Reason | None:
    """Return the reason of a rejection, None where there is a payload."""
    try:
        decoded = DECODER.decode(value, reader)
    except PoisonError as error:
        return Reason(error.reason)
    members = packaged().latest(reader).shape.members
    assert decoded.data.keys() == {member.name for member in members}
    return None


@given(value=st.binary(max_size=200), schema=st.sampled_from(released()))
@starting_with(value=b"", schema=released()[0])
@starting_with(value=b"\xc3\x01", schema=released()[0])
@starting_with(value=b"\x00\x00\x00\x00", schema=released()[0])
@FEW
def test_any_bytes_are_rejected_with_a_reason(value: bytes, schema: Schema) -> None:
    assert decode_or_reject(value, schema.name) is not None


@each_schema
@given(body=st.binary(max_size=400))
@FEW
def test_any_bytes_behind_a_sound_frame_are_decoded_or_rejected(
    schema: Schema, body: bytes
) -> None:
    assert decode_or_reject(single_object(schema.fingerprint, body), schema.name) in (
        None,
        Reason.UNDECODABLE,
        Reason.CORE_FIELD_INVALID,
        Reason.KIND_UNRECOGNIZED,
    )


@each_schema
@given(choose=st.data())
@FEW
def test_a_damaged_value_is_decoded_or_rejected(schema: Schema, choose: st.DataObject) -> None:
    value = bytearray(encode(schema, choose.draw(payloads(schema))))
    for _ in range(choose.draw(st.integers(1, 4))):
        value[choose.draw(st.integers(0, len(value) - 1))] = choose.draw(st.integers(0, 255))
    kept = choose.draw(st.integers(0, len(value)))

    decode_or_reject(bytes(value), schema.name)
    decode_or_reject(bytes(value[:kept]), schema.name)


@each_schema
def test_every_shorter_or_longer_value_is_undecodable(schema: Schema) -> None:
    value = encode(schema, example(schema))

    reasons = {decode_or_reject(value[:length], schema.name) for length in range(10, len(value))}

    assert reasons == {Reason.UNDECODABLE}
    assert decode_or_reject(value + b"\x00", schema.name) == Reason.UNDECODABLE


@each_schema
@pytest.mark.parametrize("filler", [b"\x00", b"\x01", b"\x02", b"\x7f", b"\xff"])
def test_the_largest_value_costs_bounded_memory(schema: Schema, filler: bytes) -> None:
    body = filler * (VALUE_LIMIT_BYTES - 10)

    tracemalloc.start()
    decode_or_reject(single_object(schema.fingerprint, body), schema.name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 48 * MEBIBYTE


def test_a_value_of_three_hundred_thousand_records_costs_bounded_memory() -> None:
    schema = packaged().latest("interagency.clearance.Clearance")
    sound = encode(schema, example(schema) | {"reasons": []})
    place = encode(schema, example(schema) | {"reasons": [{"code": "A"}]}).index(b"\x02\x02A\0\0\0")
    items = (VALUE_LIMIT_BYTES - len(sound) - 20) // 3
    bomb = (
        sound[:place] + varint(items << 1) + b"\x00\x00\x00" * items + b"\x00" + sound[place + 1 :]
    )

    tracemalloc.start()
    reason = decode_or_reject(bomb, schema.name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert reason == Reason.CORE_FIELD_INVALID
    assert peak < 80 * MEBIBYTE


def varint(number: int) -> bytes:
    """Return a non-negative number in Avro's variable-length form, without zigzag."""
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])
