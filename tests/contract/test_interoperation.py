"""Apache's own Python library reads what we write, and we read what it writes.

Within one version only: Apache's reader ignores an enum's default.
"""

from __future__ import annotations

import json
from io import BytesIO

import avro.io
import avro.schema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.codec.decoding import Decoder
from bus.codec.encoding import encode
from bus.codec.framing import SINGLE_OBJECT_LENGTH, single_object
from bus.codec.plain import from_plain, to_plain
from bus.codec.schemas import Schema, packaged
from bus.codec.validation import find_faults
from bus.events import Payload
from tests.contract.payloads import FEW, payloads, released, stem

each_schema = pytest.mark.parametrize("schema", released(), ids=stem)
DECODER = Decoder(packaged())


def apache(schema: Schema) -> avro.schema.Schema:
    """Return the schema as Apache's library knows it, logical types and all."""
    return avro.schema.parse(json.dumps(schema.definition))


def written_by_apache(schema: Schema, data: Payload) -> bytes:
    """Return the value that a publisher with Apache's library would write."""
    body = BytesIO()
    avro.io.DatumWriter(apache(schema)).write(data, avro.io.BinaryEncoder(body))
    return single_object(schema.fingerprint, body.getvalue())


def read_by_apache(schema: Schema, value: bytes) -> object:
    """Return what a reader with Apache's library would see."""
    body = BytesIO(value[SINGLE_OBJECT_LENGTH:])
    found = avro.io.DatumReader(apache(schema)).read(avro.io.BinaryDecoder(body))
    assert body.read() == b""
    return found


@each_schema
@given(choose=st.data())
@FEW
def test_what_we_encode_we_decode(schema: Schema, choose: st.DataObject) -> None:
    data = choose.draw(payloads(schema))

    decoded = DECODER.decode(encode(schema, data), schema.name)

    assert decoded.data == data
    assert decoded.faults == ()


@each_schema
@given(choose=st.data())
@FEW
def test_apache_reads_what_we_write(schema: Schema, choose: st.DataObject) -> None:
    data = choose.draw(payloads(schema))

    assert read_by_apache(schema, encode(schema, data)) == data


@each_schema
@given(choose=st.data())
@FEW
def test_we_read_what_apache_writes(schema: Schema, choose: st.DataObject) -> None:
    data = choose.draw(payloads(schema))

    decoded = DECODER.decode(written_by_apache(schema, data), schema.name)

    assert decoded.data == data
    assert decoded.faults == ()


@each_schema
@given(choose=st.data())
@FEW
def test_plain_json_gives_the_same_payload_back(schema: Schema, choose: st.DataObject) -> None:
    data = choose.draw(payloads(schema))

    text = json.dumps(to_plain(schema, data))

    assert from_plain(schema, json.loads(text)) == (data, [])


@each_schema
@given(choose=st.data())
@FEW
def test_a_sound_payload_has_no_fault(schema: Schema, choose: st.DataObject) -> None:
    assert find_faults(schema, choose.draw(payloads(schema))) == []
