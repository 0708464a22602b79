from __future__ import annotations

from collections.abc import Callable

import pytest

from bus.codec.decoding import Decoder
from bus.codec.framing import VALUE_LIMIT_BYTES, confluent, read_frame, single_object
from bus.codec.schemas import Schema, SchemaStore
from bus.errors import PoisonError, SystemicError
from bus.reasons import Reason
from tests.unit.codec.made_up import OneSchema, field, schema

MADE = schema(field("id", "long"))
OTHER = schema(field("id", "string"))
FRAMINGS = {
    "single object": lambda body: single_object(MADE.fingerprint, body),
    "confluent": lambda body: confluent(7, body),
}
each_framing = pytest.mark.parametrize("frame", FRAMINGS.values(), ids=FRAMINGS)


def decoder() -> Decoder:
    return Decoder(SchemaStore([MADE]), OneSchema(MADE.definition))


@each_framing
def test_a_framed_value_is_decoded(frame: Callable[[bytes], bytes]) -> None:
    decoded = decoder().decode(frame(b"\x54"), MADE.name)

    assert decoded.data == {"id": 42}
    assert decoded.schema == MADE


@each_framing
def test_a_frame_with_a_damaged_body_is_undecodable(frame: Callable[[bytes], bytes]) -> None:
    with pytest.raises(PoisonError) as caught:
        decoder().decode(frame(b"\x54\x00"), MADE.name)

    assert caught.value.reason == Reason.UNDECODABLE


@each_framing
def test_a_frame_is_all_that_a_value_may_lack(frame: Callable[[bytes], bytes]) -> None:
    with pytest.raises(PoisonError) as caught:
        decoder().decode(frame(b"")[:-1], MADE.name)

    assert caught.value.reason == Reason.FRAMING_UNKNOWN


@each_framing
def test_a_value_beyond_the_limit_is_not_even_read(frame: Callable[[bytes], bytes]) -> None:
    with pytest.raises(PoisonError) as caught:
        decoder().decode(frame(b"\x00" * VALUE_LIMIT_BYTES), MADE.name)

    assert caught.value.reason == Reason.TOO_LARGE


@each_framing
def test_a_value_at_the_limit_is_read(frame: Callable[[bytes], bytes]) -> None:
    header = len(frame(b""))

    assert read_frame(frame(b"\x00" * (VALUE_LIMIT_BYTES - header))).body_start == header


def test_the_example_of_the_documentation_is_eleven_bytes() -> None:
    value = single_object(MADE.fingerprint, b"\x54")

    assert len(value) == 11
    assert value.startswith(b"\xc3\x01")


@pytest.mark.parametrize("value", [b"", None], ids=["empty", "null"])
def test_a_missing_value_is_named_so(value: bytes | None) -> None:
    with pytest.raises(PoisonError) as caught:
        read_frame(value)

    assert caught.value.reason == Reason.VALUE_MISSING


def test_an_unknown_fingerprint_is_named_so_that_an_upgrade_can_be_chosen() -> None:
    with pytest.raises(PoisonError) as caught:
        decoder().decode(single_object(OTHER.fingerprint, b"\x02a"), MADE.name)

    assert caught.value.reason == Reason.SCHEMA_UNKNOWN
    assert OTHER.fingerprint.hex() in caught.value.detail


def test_an_unknown_id_is_named() -> None:
    with pytest.raises(PoisonError) as caught:
        decoder().decode(confluent(8, b"\x54"), MADE.name)

    assert caught.value.reason == Reason.SCHEMA_UNKNOWN
    assert caught.value.detail == "schema id 8"


def test_without_a_registry_its_framing_is_poison() -> None:
    with pytest.raises(PoisonError) as caught:
        Decoder(SchemaStore([MADE])).decode(confluent(7, b"\x54"), MADE.name)

    assert caught.value.reason == Reason.NO_REGISTRY


def test_a_registry_that_is_away_is_no_fault_of_the_record() -> None:
    class Away:
        def schema_by_id(self, schema_id: int) -> None:
            raise SystemicError("the registry can't be reached")

    with pytest.raises(SystemicError):
        Decoder(SchemaStore([MADE]), Away()).decode(confluent(7, b"\x54"), MADE.name)


def test_a_registry_is_asked_once_for_each_id() -> None:
    class Counting(OneSchema):
        asked = 0

        def schema_by_id(self, schema_id: int) -> Schema | None:
            self.asked += 1
            return super().schema_by_id(schema_id)

    registry = Counting(MADE.definition)
    decoder = Decoder(SchemaStore([MADE]), registry)

    for _ in range(3):
        decoder.decode(confluent(7, b"\x54"), MADE.name)

    assert registry.asked == 1


def test_a_schema_of_another_record_is_not_taken_for_ours() -> None:
    store = SchemaStore([MADE])
    stranger = OneSchema(MADE.definition | {"name": "Else"})

    with pytest.raises(PoisonError) as caught:
        Decoder(store, stranger).decode(confluent(7, b"\x54"), MADE.name)

    assert caught.value.reason == Reason.SCHEMA_MISMATCH


def test_an_id_and_a_fingerprint_of_the_same_number_are_not_mixed_up() -> None:
    registry = OneSchema(MADE.definition)
    decoder = Decoder(SchemaStore([MADE]), registry)

    by_id = decoder.decode(confluent(7, b"\x54"), MADE.name)
    by_fingerprint = decoder.decode(single_object(MADE.fingerprint, b"\x56"), MADE.name)

    assert (by_id.data, by_fingerprint.data) == ({"id": 42}, {"id": 43})
