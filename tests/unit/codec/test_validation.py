from __future__ import annotations

import json
from datetime import datetime

import pytest

from bus.codec.encoding import encode
from bus.codec.plain import from_plain, to_plain
from bus.codec.schemas import packaged
from bus.codec.validation import find_faults
from bus.errors import FieldFault, InvalidEventError
from tests.contract.payloads import example, plain_example
from tests.unit.codec.made_up import enum, field, record, schema

NOTICE = packaged().latest("interagency.notice.PolicyNotice")
CUSTODY = packaged().latest("interagency.custody.CustodyEvent")
MONEY = {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}
PART = record(field("a", "string"), field("b", ["null", "int"]), name="Part")
MADE = schema(
    field("id", "long"),
    field("part", PART),
    field("parts", {"type": "array", "items": "test.Part"}, maxItems=3, default=[]),
    field("kind", ["null", enum("Kind", "A", "B")]),
    field("sum", ["null", MONEY]),
    field("flag", "boolean", default=False),
)


def paths(faults: list[FieldFault]) -> list[str]:
    return [fault.path for fault in faults]


def test_every_fault_is_found_at_once_with_its_path() -> None:
    data = example(NOTICE) | {
        "revision": 0,
        "mode": "UNRECOGNIZED",
        "title": None,
        "effective_at": datetime(2018, 5, 7),  # noqa: DTZ001
        "addressees": [{"office": "hhs.orr.intake"}, {"office": "Mr X", "required": 1}],
        "drafted_by": "someone",
        "surprise": 1,
    }
    del data["stage"]

    assert find_faults(NOTICE, data) == [
        FieldFault("revision", "is out of range", "use 1 to 2147483647"),
        FieldFault(
            "mode", "is a symbol that this schema doesn't know", "upgrade, or use a known one"
        ),
        FieldFault("stage", "is missing", "give a value: the field is required"),
        FieldFault("title", "is missing", "give a value: the field is required"),
        FieldFault("effective_at", "has no time zone", "give an aware datetime"),
        FieldFault("addressees[0].required", "is missing", "give a value: the field is required"),
        FieldFault(
            "addressees[1].office",
            "doesn't match its pattern",
            r"write it as ^(doj|dhs|hhs)(\.[a-z0-9-]+)+$",
        ),
        FieldFault("addressees[1].required", "has the wrong type", "give true or false"),
        FieldFault("drafted_by", "has the wrong type", "give an object with fields"),
        FieldFault("surprise", "is no field of its record", "use fields of PolicyNotice"),
    ]


def test_plain_json_names_the_same_faults_at_once() -> None:
    plain = json.loads(json.dumps(plain_example(NOTICE))) | {
        "revision": 0,
        "effective_at": "2018-05-07",
        "addressees": [{"office": "hhs.orr.intake"}, 7],
        "contacts": {},
        "surprise": 1,
    }

    _, faults = from_plain(NOTICE, plain)

    assert [(fault.path, fault.rule) for fault in faults] == [
        ("revision", "is out of range"),
        ("contacts", "has the wrong type"),
        ("effective_at", "is no time with an offset"),
        ("addressees[0].required", "is missing"),
        ("addressees[1]", "has the wrong type"),
        ("surprise", "is no field of its record"),
    ]


@pytest.mark.promise("P9")
def test_no_fault_repeats_a_value_or_a_name_that_only_the_sender_knows() -> None:
    secret = "SECRET NAME\x00"
    data = {member.name: secret for member in CUSTODY.shape.members} | {secret: secret}

    told = [str(fault) for fault in find_faults(CUSTODY, data)]
    told += [str(fault) for fault in from_plain(CUSTODY, data)[1]]

    assert len(told) == 2 * len(data)
    assert not [line for line in told if "SECRET" in line]


@pytest.mark.parametrize("value", [None, [], "text", 3, [{}]])
def test_something_that_is_no_object_is_one_fault(value: object) -> None:
    data, faults = from_plain(MADE, value)

    assert data == {}
    assert paths(faults) == ["(the payload)"]
    assert paths(find_faults(MADE, value)) == ["(the payload)"]


def test_absent_fields_get_their_defaults_and_required_ones_are_missed() -> None:
    data, faults = from_plain(MADE, {"id": 1, "part": {"a": "x"}})

    assert faults == []
    assert data == {
        "id": 1,
        "part": {"a": "x", "b": None},
        "parts": [],
        "kind": None,
        "sum": None,
        "flag": False,
    }
    assert paths(from_plain(MADE, {})[1]) == ["id", "part"]


def test_a_default_list_of_one_payload_is_not_that_of_another() -> None:
    first, _ = from_plain(MADE, {"id": 1, "part": {"a": "x"}})
    assert isinstance(first["parts"], list)
    first["parts"].append("mine")

    assert from_plain(MADE, {"id": 1, "part": {"a": "x"}})[0]["parts"] == []


def test_a_list_beyond_its_limit_is_one_fault() -> None:
    parts = [{"a": "x"}] * 4

    assert paths(find_faults(MADE, {"id": 1, "part": {"a": "x"}, "parts": parts})) == ["parts"]
    assert paths(from_plain(MADE, {"id": 1, "part": {"a": "x"}, "parts": parts})[1]) == ["parts"]


def test_decimals_are_text_in_plain_json() -> None:
    plain = {"id": 1, "part": {"a": "x"}, "sum": "12.50"}

    data, faults = from_plain(MADE, plain)

    assert faults == []
    assert to_plain(MADE, data)["sum"] == "12.50"


def test_tuples_and_absent_defaults_are_written_as_lists_and_defaults() -> None:
    short = {"id": 1, "part": {"a": "x"}, "parts": ({"a": "y"},)}
    whole = {
        "id": 1,
        "part": {"a": "x", "b": None},
        "parts": [{"a": "y", "b": None}],
        "kind": None,
        "sum": None,
        "flag": False,
    }

    assert find_faults(MADE, short) == []
    assert encode(MADE, short) == encode(MADE, whole)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"id": "one"}, "id"),
        ({"id": 2**63}, "id"),
        ({"part": None}, "part"),
        ({"kind": "C"}, "kind"),
        ({"sum": 12.5}, "sum"),
        ({"other": 1}, "other"),
        ({"part": {"a": "\ud800"}}, "part.a"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_faults(
    change: dict[str, object], path: str
) -> None:
    data = {"id": 1, "part": {"a": "x"}} | change

    with pytest.raises(InvalidEventError) as caught:
        encode(MADE, data)

    assert paths(list(caught.value.faults)) == [path]


def test_a_payload_read_by_an_older_version_can_be_shown_in_part() -> None:
    assert to_plain(MADE, {"id": 1, "kind": None}) == {"id": 1, "kind": None}
