from __future__ import annotations

import json
from pathlib import Path

import pytest

from bus.codec.definitions import Definition, Json
from bus.codec.outline import outline
from bus.codec.schemas import SchemaStore, load_store, packaged
from bus.codec.shapes import shape_of
from bus.errors import UnknownNameError, UsageError
from bus.events import Mode
from bus.topics import catalogue
from tests.unit.codec.made_up import NAME, enum, field, record, schema

FIRST = schema(field("id", "long"))
SECOND = schema(field("id", "long"), field("note", ["null", "string"]), version=2)
TENTH = schema(field("id", "long"), field("more", ["null", "string"]), version=10)


def test_every_topic_of_the_catalogue_has_a_schema_that_holds_its_key() -> None:
    for topic in catalogue().values():
        members = {member.name for member in packaged().latest(topic.schema).shape.members}

        assert members.issuperset(topic.content.key_fields), topic.name


def test_the_latest_version_is_the_highest_number_not_the_last_in_the_alphabet() -> None:
    store = SchemaStore([TENTH, FIRST, SECOND])

    assert store.latest(NAME) == TENTH
    assert store.versions(NAME) == [FIRST, SECOND, TENTH]


def test_a_schema_is_found_by_its_fingerprint() -> None:
    store = SchemaStore([FIRST, SECOND])

    assert store.by_fingerprint(FIRST.fingerprint) == FIRST
    assert store.by_fingerprint(TENTH.fingerprint) is None


def test_an_unknown_name_is_told_with_those_that_exist() -> None:
    with pytest.raises(UnknownNameError, match=r"the store has: test\.Made"):
        SchemaStore([FIRST]).latest("test.Other")


def test_a_schema_says_how_an_event_refers_to_it() -> None:
    assert TENTH.dataschema == "urn:interagency-bus:schema:test.Made:10"


def test_changing_the_list_of_versions_does_not_change_the_store() -> None:
    store = SchemaStore([FIRST])

    store.versions(NAME).clear()

    assert store.versions(NAME) == [FIRST]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("Made.avsc", "{}", "rename it"),
        ("Made.v1.avsc", "{", "no Avro schema"),
        ("Made.v1.avsc", "[]", "no Avro schema"),
        ("Made.v1.avsc", '{"type": "record", "name": "Made"}', "no Avro schema"),
    ],
)
def test_an_unusable_file_is_named(tmp_path: Path, file: str, text: str, message: str) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / file).write_text(text)

    with pytest.raises(UsageError, match=message) as caught:
        load_store(tmp_path)

    assert file in str(caught.value)


def test_types_of_one_name_are_the_same_in_every_released_file() -> None:
    known: dict[str, Definition] = {}
    for name in packaged().names():
        for line in outline(packaged().latest(name).definition):
            if line.name is not None:
                assert known.setdefault(line.name, line.type) == line.type, (name, line.path)


def test_the_mode_of_a_payload_has_the_symbols_of_the_header() -> None:
    for name in packaged().names():
        for line in outline(packaged().latest(name).definition):
            if line.name == "interagency.terms.Mode":
                assert line.type["symbols"] == [*Mode, "UNRECOGNIZED"], name


@pytest.mark.parametrize(
    ("definition", "paths"),
    [
        (record(field("a", ["null", record(field("b", "int"), name="B")])), ["", "a", "a.b"]),
        (record(field("a", {"type": "array", "items": enum("K", "X")})), ["", "a", "a[]"]),
        (record(field("a", {"type": "map", "values": "int"})), ["", "a", "a{}"]),
        (record(field("a", ["null", "int", "string"])), ["", "a|int", "a|string"]),
        (
            record(
                field("a", record(field("x", "int"), name="P")),
                field("b", {"type": "array", "items": "P"}),
            ),
            ["", "a", "a.x", "b", "b[]", "b[].x"],
        ),
    ],
)
def test_an_outline_names_each_place_once(definition: Definition, paths: list[str]) -> None:
    assert [line.path for line in outline(definition)] == paths


@pytest.mark.parametrize(
    "kind",
    [
        "float",
        "bytes",
        "null",
        {"type": "fixed", "name": "F", "size": 4},
        {"type": "string", "logicalType": "date"},
        {"type": "long", "logicalType": "timestamp-millis"},
        {"type": "fixed", "name": "U", "size": 16, "logicalType": "uuid"},
    ],
)
def test_a_type_that_the_bus_does_not_use_is_refused_with_its_path(kind: Json) -> None:
    with pytest.raises(Exception, match="a: the bus doesn't use"):
        shape_of(record(field("a", kind)))


def test_files_are_written_so_that_a_person_can_read_a_change() -> None:
    root = Path(__file__).resolve().parents[3] / "schemas"

    for file in root.glob("*/*.avsc"):
        text = file.read_text()
        assert text.endswith("}\n"), file
        assert json.loads(text)["namespace"] == f"interagency.{file.parent.name}", file
