"""Apache Avro's own test vectors, and our reading of them.

They lie beside the repository or where `BUS_TEST_VECTORS` says. In CI they must be there.
"""

from __future__ import annotations

import json
import os
import re
from io import BytesIO
from pathlib import Path

import avro.io
import avro.schema
import fastavro
import pytest
from fastavro.schema import to_parsing_canonical_form

from bus.codec.framing import read_frame, single_object
from bus.codec.schemas import fingerprint_of, schema_of

NOT_JSON = '// <<INPUT {"type":"fixed", "name":"foo", "size":015} -- Avro parser broken???'
"""The one case that isn't JSON: the file itself has it commented out, with a sound one below."""

ROOT = Path(__file__).resolve().parents[2]


def find_vectors() -> Path:
    """Return the folder of the vectors; skip, or fail in CI, where there is none."""
    named = os.environ.get("BUS_TEST_VECTORS")
    folder = Path(named) if named else ROOT.parent / "shared" / "vectors" / "avro"
    if folder.is_dir():
        return folder
    message = f"no Avro vectors in {folder}: set BUS_TEST_VECTORS"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def vectors() -> Path:
    """Give the folder of the vectors."""
    return find_vectors()


def read_cases(text: str) -> list[tuple[str, str, int | None]]:
    """Return each case: the schema, its canonical form, its fingerprint where one is given."""
    cases = []
    for part in re.split(r"^// \d{3}\n", text, flags=re.MULTILINE)[1:]:
        entry = part.replace(NOT_JSON + "\n", "")
        long = re.search(r"^<<INPUT *\n(.*?)\nINPUT$", entry, re.MULTILINE | re.DOTALL)
        short = re.search(r"^<<INPUT (.*)$", entry, re.MULTILINE)
        canonical = re.search(r"^<<canonical (.*)$", entry, re.MULTILINE)
        print_ = re.search(r"^<<fingerprint (-?\d+)$", entry, re.MULTILINE)
        schema = long or short
        assert schema is not None
        assert canonical is not None
        cases.append((schema[1], canonical[1], int(print_[1]) if print_ else None))
    return cases


@pytest.fixture(scope="module")
def cases(vectors: Path) -> list[tuple[str, str, int | None]]:
    """Give every case of the file."""
    return read_cases((vectors / "schema-tests.txt").read_text())


def test_every_case_of_the_file_is_read(cases: list[tuple[str, str, int | None]]) -> None:
    assert len(cases) == 34
    assert sum(print_ is not None for _, _, print_ in cases) == 26


def test_canonical_forms_are_those_of_the_vectors(
    cases: list[tuple[str, str, int | None]],
) -> None:
    forms = [to_parsing_canonical_form(json.loads(schema)) for schema, _, _ in cases]

    assert forms == [canonical for _, canonical, _ in cases]


def test_fingerprints_are_those_of_the_vectors(cases: list[tuple[str, str, int | None]]) -> None:
    given = [(schema, print_) for schema, _, print_ in cases if print_ is not None]

    found = [
        int.from_bytes(fingerprint_of(json.loads(schema)), "little", signed=True)
        for schema, _ in given
    ]

    assert found == [print_ for _, print_ in given]


def test_the_reference_library_agrees_on_every_fingerprint(
    cases: list[tuple[str, str, int | None]],
) -> None:
    for schema, _, _ in cases:
        theirs = avro.schema.parse(schema, validate_names=False).fingerprint("CRC-64-AVRO")

        assert theirs == fingerprint_of(json.loads(schema)), schema


def test_the_case_that_is_not_json_is_the_one_that_we_name(vectors: Path) -> None:
    text = (vectors / "schema-tests.txt").read_text()

    assert NOT_JSON in text
    with pytest.raises(json.JSONDecodeError):
        json.loads('{"type":"fixed", "name":"foo", "size":015}')


def test_the_single_object_message_is_read_and_written(vectors: Path) -> None:
    schema = schema_of(json.loads((vectors / "test_schema.avsc").read_text()), 1)
    message = (vectors / "test_message.bin").read_bytes()

    frame = read_frame(message)
    body = message[frame.body_start :]

    assert frame.fingerprint == schema.fingerprint
    assert single_object(schema.fingerprint, body) == message
    assert fastavro.schemaless_reader(BytesIO(body), schema.layout, None) == {
        "id": 42,
        "name": "Bill",
        "tags": ["dog_lover", "cat_hater"],
    }
