"""What `bus schemas check` lets pass, and what it refuses with field and rule."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from bus.codec.definitions import Definition, Json
from bus.codec.evolution import SchemaFault, check_schemas
from tests.unit.codec.made_up import enum, field, record

MICROS = {"type": "long", "logicalType": "timestamp-micros"}
MONEY = {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}
PART = record(field("a", "string"), name="Part")
del PART["fields"][0]["core"]

OTHER = PART | {"fields": [field("a", "long")]}
del OTHER["fields"][0]["core"]

FIRST = record(
    field("id", "long"),
    field("at", MICROS),
    field("seen_at", ["null", MICROS]),
    field("sum", ["null", MONEY]),
    field("kind", enum("Kind", "A", "B")),
    field("name", "string", pattern="^[a-z]+$", maxLength=9),
    field("part", ["null", PART]),
    field("parts", {"type": "array", "items": "test.Part"}, maxItems=3, default=[]),
)


def folder_of(path: Path, *versions: Definition | str, start: int = 1) -> Path:
    """Write one file for each version, and return the folder above their domain."""
    (path / "made").mkdir()
    for number, version in enumerate(versions, start):
        text = version if isinstance(version, str) else json.dumps(version)
        (path / "made" / f"Made.v{number}.avsc").write_text(text)
    return path


def changed(change: Callable[[Definition], object]) -> Definition:
    """Return the first version after a change."""
    definition = copy.deepcopy(FIRST)
    change(definition)
    return definition


def field_of(definition: Definition, name: str) -> Definition:
    """Return a field of a record."""
    return next(one for one in definition["fields"] if one["name"] == name)


def add(*fields: Definition) -> Callable[[Definition], object]:
    """Return a change that adds fields."""
    return lambda definition: definition["fields"].extend(fields)


def set_type(name: str, kind: Json) -> Callable[[Definition], object]:
    """Return a change that gives a field another type."""
    return lambda definition: field_of(definition, name).update(type=kind)


def set_rule(name: str, **rules: Json) -> Callable[[Definition], object]:
    """Return a change of a field's attributes, which its fingerprint must be kept apart from."""

    def change(definition: Definition) -> None:
        field_of(definition, name).update(rules)
        add(field("more", ["null", "long"]))(definition)

    return change


def required(definition: Definition) -> None:
    """Make a nullable field one that must be there."""
    found = field_of(definition, "seen_at")
    del found["default"]
    found.update(type=MICROS, core=True)


def told(faults: list[SchemaFault]) -> list[tuple[str, str]]:
    return [(fault.path, fault.rule) for fault in faults]


def test_the_released_schemas_have_no_fault() -> None:
    assert check_schemas(files("schemas")) == []


@pytest.mark.parametrize(
    "change",
    [
        add(field("note", ["null", "string"])),
        add(field("tags", {"type": "array", "items": "string"}, maxItems=3, default=[])),
        lambda definition: definition["fields"].remove(field_of(definition, "seen_at")),
        set_type("kind", enum("Kind", "A", "B", "C")),
        set_type("kind", enum("Kind", "A")),
    ],
    ids=["a nullable field more", "a list more", "an optional field less", "a symbol more", "less"],
)
def test_a_change_that_both_sides_can_read_passes(
    tmp_path: Path, change: Callable[[Definition], object]
) -> None:
    assert check_schemas(folder_of(tmp_path, FIRST, changed(change))) == []


@pytest.mark.parametrize(
    ("change", "path", "rule"),
    [
        (add(field("more", "long")), "more", "can't read what the older version wrote"),
        (
            lambda definition: definition["fields"].remove(field_of(definition, "id")),
            "id",
            "can't be read by the older version",
        ),
        (set_type("id", "string"), "id", "can't read what the older version wrote"),
        (set_type("id", "int"), "id", "can't read what the older version wrote"),
        (set_type("part", ["null", OTHER]), "part.a", "can't read what the older version wrote"),
        (required, "seen_at", "can't read what the older version wrote"),
        (
            set_type("at", {"type": "long", "logicalType": "timestamp-millis"}),
            "",
            "with a logical type of that name",
        ),
        (set_type("at", "long"), "at", "changed logicalType: timestamp-micros to None"),
        (set_type("seen_at", ["null", "long"]), "seen_at", "changed logicalType"),
        (set_type("sum", ["null", MONEY | {"scale": 3}]), "sum", "changed scale: 2 to 3"),
        (set_type("sum", ["null", MONEY | {"precision": 9}]), "sum", "changed precision: 6 to 9"),
        (
            set_type("kind", enum("Kind", "A", "B") | {"namespace": "elsewhere"}),
            "kind",
            "changed its full name: test.Kind to elsewhere.Kind",
        ),
        (
            set_type("part", ["null", PART | {"namespace": "elsewhere"}]),
            "",
            "a type that it doesn't define",
        ),
        (set_rule("name", pattern="^[a-z]*$"), "name", "changed pattern"),
        (set_rule("name", maxLength=10), "name", "changed maxLength: 9 to 10"),
        (set_rule("parts", maxItems=4), "parts", "changed maxItems: 3 to 4"),
        (set_rule("seen_at", core=True), "seen_at", "changed core: None to True"),
        (set_rule("kind", unrecognized="poison"), "kind", "changed unrecognized"),
    ],
)
def test_a_change_that_someone_could_not_read_or_would_misread_is_refused(
    tmp_path: Path, change: Callable[[Definition], object], path: str, rule: str
) -> None:
    faults = check_schemas(folder_of(tmp_path, FIRST, changed(change)))

    assert [
        fault
        for fault in faults
        if fault.file == "Made.v2.avsc" and fault.path == path and rule in fault.rule
    ], told(faults)


def test_a_field_inside_a_union_is_named_with_its_path(tmp_path: Path) -> None:
    def change(definition: Definition) -> None:
        field_of(definition, "part")["type"][1]["fields"][0]["type"] = "long"

    faults = check_schemas(folder_of(tmp_path, FIRST, changed(change)))

    assert {fault.path for fault in faults} == {"part.a", "parts[].a"}


def test_each_version_is_held_against_all_earlier_ones_not_the_last_alone(tmp_path: Path) -> None:
    without = changed(lambda one: one["fields"].remove(field_of(one, "seen_at")))
    again = copy.deepcopy(without)
    add(field("seen_at", ["null", "string"]))(again)

    faults = check_schemas(folder_of(tmp_path, FIRST, without, again))

    assert {fault.path for fault in faults} == {"seen_at"}
    assert {fault.rule.split(",")[0] for fault in faults} == {"against version 1"}


def test_an_enums_default_never_changes(tmp_path: Path) -> None:
    kind = enum("Kind", "A", "B") | {"default": "A"}

    faults = check_schemas(folder_of(tmp_path, FIRST, changed(set_type("kind", kind))))

    assert ("kind", "against version 1, it changed the enum's default: UNRECOGNIZED to A") in told(
        faults
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda definition: field_of(definition, "id").update(doc="Another. Local."),
        lambda definition: field_of(definition, "name").update(maxLength=8),
        lambda definition: field_of(definition, "sum").update(type=["null", MONEY | {"scale": 1}]),
        lambda definition: None,
    ],
    ids=["documentation", "a rule", "a scale", "nothing"],
)
def test_two_versions_that_no_frame_can_tell_apart_are_refused(
    tmp_path: Path, change: Callable[[Definition], object]
) -> None:
    faults = check_schemas(folder_of(tmp_path, FIRST, changed(change)))

    assert ("", "has the same fingerprint as Made.v1.avsc") in told(faults)


def undocumented(definition: Definition) -> None:
    del definition["doc"]


def undocumented_symbol(definition: Definition) -> None:
    del field_of(definition, "kind")["type"]["symbolDocs"]["B"]


def core_inside(definition: Definition) -> None:
    field_of(definition, "part")["type"][1]["fields"][0]["core"] = True


@pytest.mark.parametrize(
    ("change", "path", "rule"),
    [
        (undocumented, "", "the record has no doc"),
        (lambda one: field_of(one, "id").pop("doc"), "id", "the field has no doc"),
        (lambda one: field_of(one, "id").update(doc=""), "id", "the field has no doc"),
        (
            lambda one: field_of(one, "id").update(doc="An id."),
            "id",
            "the field's doc names no correspondence",
        ),
        (lambda one: field_of(one, "kind")["type"].pop("doc"), "kind", "the enum has no doc"),
        (undocumented_symbol, "kind", "the symbol B has no doc"),
        (
            lambda one: field_of(one, "kind")["type"].pop("default"),
            "kind",
            "the enum's default isn't UNRECOGNIZED",
        ),
        (
            lambda one: field_of(one, "seen_at").pop("default"),
            "seen_at",
            "a nullable field's default isn't null",
        ),
        (
            lambda one: field_of(one, "parts").update(default=[{"a": "x"}]),
            "parts",
            "a list's default isn't empty",
        ),
        (
            lambda one: field_of(one, "id").pop("core"),
            "id",
            "the field can neither be wrong nor missing",
        ),
        (core_inside, "part.a", "'core' has no effect inside a field"),
        (
            add(field("whole", record(field("a", "long"), name="Whole"), default={"a": 1})),
            "whole",
            "a record has a default",
        ),
    ],
)
def test_a_first_version_that_could_not_grow_is_refused(
    tmp_path: Path, change: Callable[[Definition], object], path: str, rule: str
) -> None:
    faults = check_schemas(folder_of(tmp_path, changed(change)))

    assert (path, rule) in told(faults)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "the file is unusable"),
        ("[]", "is no JSON object"),
        (json.dumps(FIRST | {"name": "Other"}), "the file holds test.Other"),
        (json.dumps(FIRST | {"fields": []}), ""),
        (json.dumps(record(field("x", ["null", "int", "string"]))), "a union is null and one"),
        (json.dumps(record(field("x", ["int", "null"]))), "a union is null and one"),
        (json.dumps(record(field("x", {"type": "map", "values": "int"}))), "'map'"),
        (json.dumps(record(field("x", "double"))), "'double'"),
        (json.dumps(record(field("x", {"type": "array", "items": "int"}))), "needs maxItems"),
        (json.dumps(record(field("x", "string", pattern="("))), "unusable"),
        (
            json.dumps(record(field("x", {"type": "array", "items": "null"}, maxItems=1))),
            "no bytes",
        ),
        (json.dumps(record(field("x", ["null", "test.Made"]))), "recursive"),
        (json.dumps(record(field("x", ["null", "int"], default=1))), "default isn't null"),
        (json.dumps(record(field("x", "int"), field("x", "int"))), "already in use"),
        (json.dumps(record(field("not a name", "int"))), "isn't allowed by Avro"),
    ],
)
def test_a_file_that_the_bus_could_not_use_is_one_fault(
    tmp_path: Path, text: str, rule: str
) -> None:
    faults = check_schemas(folder_of(tmp_path, text))

    assert [fault.file for fault in faults] == (["Made.v1.avsc"] if rule else [])
    assert all(rule in fault.rule for fault in faults)


def test_a_gap_in_the_version_numbers_is_refused(tmp_path: Path) -> None:
    second = changed(add(field("note", ["null", "string"])))

    faults = check_schemas(folder_of(tmp_path, second, start=2))

    assert told(faults) == [("", "version 1 is missing")]


def test_a_badly_named_file_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, FIRST)
    (folder / "made" / "Made.avsc").write_text(json.dumps(FIRST))

    assert told(check_schemas(folder)) == [("", "the file isn't named <Record>.v<N>.avsc")]


def test_a_fault_is_one_line_that_says_where_what_and_what_to_do(tmp_path: Path) -> None:
    fault = check_schemas(folder_of(tmp_path, FIRST, changed(set_type("id", "int"))))[0]

    assert str(fault) == (
        "Made.v2.avsc: id: against version 1, it can't read what the older version wrote "
        "(reader type: int not compatible with writer type: long); "
        "keep it as it was, and add a new field beside it"
    )
