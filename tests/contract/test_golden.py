"""The bytes of each schema's example never change."""

from __future__ import annotations

import pytest

from bus.codec.decoding import Decoder
from bus.codec.encoding import encode
from bus.codec.plain import to_plain
from bus.codec.schemas import Schema, packaged
from tests.contract.golden_files import golden_bytes
from tests.contract.payloads import EXAMPLES, GOLDEN, example, plain_example, released, stem

each_schema = pytest.mark.parametrize("schema", released(), ids=stem)


@each_schema
def test_an_example_is_encoded_to_its_pinned_bytes(schema: Schema) -> None:
    data = example(schema)

    value = encode(schema, data)

    assert value == golden_bytes(schema)


@each_schema
def test_pinned_bytes_are_decoded_to_their_example(schema: Schema) -> None:
    decoded = Decoder(packaged()).decode(golden_bytes(schema), schema.name)

    assert decoded.faults == ()
    assert decoded.schema == schema
    assert to_plain(schema, decoded.data) == plain_example(schema)


def test_there_is_one_file_for_each_released_schema_and_no_other() -> None:
    names = {stem(schema) for schema in released()}

    assert {path.stem for path in GOLDEN.glob("*")} == names
    assert {path.stem for path in EXAMPLES.glob("*")} == names
