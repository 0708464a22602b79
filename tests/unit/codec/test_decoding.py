from __future__ import annotations

import traceback
from datetime import UTC, datetime
from io import BytesIO

import fastavro
import pytest

from bus.codec.decoding import Decoded, Decoder
from bus.codec.encoding import encode
from bus.codec.framing import confluent, single_object
from bus.codec.plain import from_plain, to_plain
from bus.codec.schemas import Schema, SchemaStore, packaged, schema_of
from bus.errors import FieldFault, PoisonError
from bus.reasons import Reason
from tests.contract.payloads import as_uuid, example
from tests.unit.codec.made_up import (
    OneSchema,
    body_of,
    decode_from,
    enum,
    field,
    record,
    schema,
)

MICROS = {"type": "long", "logicalType": "timestamp-micros"}
YEAR_200000 = 6_200_000_000_000_000_000
CUSTODY = packaged().latest("interagency.custody.CustodyEvent")
STORE = packaged()
DECODER = Decoder(STORE)


def raw_custody(**changes: object) -> dict[str, object]:
    """Return the example as fastavro's plain values, with some of them changed."""
    sound = encode(CUSTODY, example(CUSTODY))
    return fastavro.schemaless_reader(BytesIO(sound[10:]), CUSTODY.layout, None) | changes


def decode_raw(schema: Schema, raw: dict[str, object]) -> Decoded:
    """Decode values that no publisher of ours would have written."""
    return DECODER.decode(
        single_object(schema.fingerprint, body_of(schema.layout, raw)), schema.name
    )


def nested(name: str, **changes: object) -> dict[str, object]:
    """Return the custody example with changes inside one of its records."""
    return raw_custody(**{name: raw_custody()[name] | changes})


@pytest.mark.promise("P6")
def test_an_impossible_birth_date_is_lost_and_flagged_and_the_rest_stays() -> None:
    decoded = decode_raw(CUSTODY, nested("subject", birth_date=2**31 - 1))

    assert decoded.data["subject"] == example(CUSTODY)["subject"] | {"birth_date": None}
    assert [fault.path for fault in decoded.faults] == ["subject.birth_date"]
    assert {k: v for k, v in decoded.data.items() if k != "subject"} == {
        k: v for k, v in example(CUSTODY).items() if k != "subject"
    }


@pytest.mark.promise("P6")
@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (raw_custody(sector="EL\x00PASO"), "sector"),
        (raw_custody(facility="x" * 65), "facility"),
        (raw_custody(office="no office"), "office"),
        (raw_custody(determined_at=YEAR_200000), "determined_at"),
        (raw_custody(corrects="018F4E2A-0000-7000-8000-000000000001"), "corrects"),
        (raw_custody(policy_id="doj/18/short-year"), "policy_id"),
        (nested("subject", a_number="A12345678"), "subject.a_number"),
        (nested("subject", a_number="A" + "\N{ARABIC-INDIC DIGIT ONE}" * 9), "subject.a_number"),
        (nested("subject", role="UNRECOGNIZED"), "subject.role"),
        (nested("separation", reason="UNRECOGNIZED"), "separation.reason"),
        (nested("basis", kind="UNRECOGNIZED"), "basis.kind"),
    ],
)
def test_each_wrong_optional_field_is_none_and_named(raw: dict[str, object], path: str) -> None:
    decoded = decode_raw(CUSTODY, raw)

    assert [fault.path for fault in decoded.faults] == [path]
    found: object = decoded.data
    for name in path.split("."):
        assert isinstance(found, dict)
        found = found[name]
    assert found is None


@pytest.mark.promise("P6")
def test_text_that_is_not_utf_8_is_a_fault_of_its_field_alone() -> None:
    value = encode(CUSTODY, example(CUSTODY))
    damaged = value.replace(b"\x0eEXAMPLE", b"\x0eEX\xff\xfePLE", 1)
    assert damaged != value

    decoded = DECODER.decode(damaged, CUSTODY.name)

    assert [fault.path for fault in decoded.faults] == ["sector"]
    assert decoded.data["sector"] is None


@pytest.mark.promise("P6")
def test_a_wrong_item_of_an_optional_list_is_none_in_its_place() -> None:
    ids = [as_uuid(1), "not a uuid", as_uuid(3)]

    decoded = decode_raw(CUSTODY, nested("separation", from_subject_ids=ids))

    assert decoded.data["separation"]["from_subject_ids"] == [as_uuid(1), None, as_uuid(3)]
    assert [fault.path for fault in decoded.faults] == ["separation.from_subject_ids[1]"]


@pytest.mark.promise("P6")
def test_an_optional_list_beyond_its_limit_takes_the_nearest_optional_field_with_it() -> None:
    ids = [as_uuid(number) for number in range(51)]

    decoded = decode_raw(CUSTODY, nested("separation", from_subject_ids=ids))

    assert decoded.data["separation"] is None
    assert [fault.path for fault in decoded.faults] == ["separation.from_subject_ids"]


@pytest.mark.promise("P6")
def test_every_fault_of_a_record_is_named_at_once() -> None:
    raw = nested("subject", country="hnd", language="SPA") | {"sector": "\x00"}

    decoded = decode_raw(CUSTODY, raw)

    assert [fault.path for fault in decoded.faults] == [
        "subject.country",
        "subject.language",
        "sector",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("family_group_id", "018f4e2a"),
        ("subject_id", ""),
        ("agency", "DHS"),
        ("agency", "dhs\n"),
        ("occurred_at", YEAR_200000),
        ("occurred_at", -(2**63)),
    ],
)
def test_a_wrong_core_field_is_poison_with_its_name(name: str, value: object) -> None:
    with pytest.raises(PoisonError) as caught:
        decode_raw(CUSTODY, raw_custody(**{name: value}))

    assert caught.value.reason == Reason.CORE_FIELD_INVALID
    assert caught.value.detail.startswith(f"{name} ")


@pytest.mark.parametrize(
    ("record_name", "field_name"),
    [
        ("interagency.notice.Acknowledgement", "decision"),
        ("interagency.notice.Coordination", "kind"),
        ("interagency.custody.CustodyEvent", "event_kind"),
    ],
)
def test_a_kind_that_we_do_not_know_is_poison(record_name: str, field_name: str) -> None:
    schema = STORE.latest(record_name)
    unknown = example(schema) | {field_name: "UNRECOGNIZED"}

    with pytest.raises(PoisonError) as caught:
        DECODER.decode(encode(schema, unknown), record_name)

    assert (caught.value.reason, caught.value.detail) == (Reason.KIND_UNRECOGNIZED, field_name)


@pytest.mark.promise("P8")
def test_an_unknown_mode_is_flagged_and_never_hides_the_record() -> None:
    schema = STORE.latest("interagency.notice.PolicyNotice")
    unknown = example(schema) | {"mode": "UNRECOGNIZED"}

    decoded = DECODER.decode(encode(schema, unknown), schema.name)

    assert decoded.data["mode"] is None
    assert [fault.path for fault in decoded.faults] == ["mode"]


def test_a_wrong_part_deep_inside_a_core_field_is_poison_with_its_path() -> None:
    schema = STORE.latest("interagency.notice.PolicyNotice")
    addressees = [*example(schema)["addressees"], {"office": "nowhere", "required": True}]

    with pytest.raises(PoisonError) as caught:
        DECODER.decode(encode(schema, example(schema) | {"addressees": addressees}), schema.name)

    assert caught.value.detail == "addressees[2].office doesn't match its pattern"


def test_an_optional_part_inside_a_core_field_is_lost_alone() -> None:
    schema = STORE.latest("interagency.notice.PolicyNotice")
    contacts = [{"office": "doj.oag", "telephone": "\x00", "email": None}]

    decoded = DECODER.decode(encode(schema, example(schema) | {"contacts": contacts}), schema.name)

    assert decoded.data["contacts"] == [{"office": "doj.oag", "telephone": None, "email": None}]
    assert [fault.path for fault in decoded.faults] == ["contacts[0].telephone"]


def test_a_stay_that_cannot_be_read_is_poison_and_not_a_stay_less_statement() -> None:
    schema = STORE.latest("interagency.notice.Coordination")
    stay = example(schema)["stay"] | {"court": "\x00"}

    with pytest.raises(PoisonError) as caught:
        DECODER.decode(encode(schema, example(schema) | {"stay": stay}), schema.name)

    assert caught.value.reason == Reason.CORE_FIELD_INVALID


@pytest.mark.promise("P9")
def test_no_rejection_and_no_fault_carries_anything_of_the_value() -> None:
    secret = b"SECRETNAME"
    value = encode(CUSTODY, example(CUSTODY) | {"sector": secret.decode() + "\x00"})
    broken = [value + secret, value[:-1], value.replace(b"dhs.cbp.usbp", b"SECRETNAME\xff\xff", 1)]

    faults = DECODER.decode(value, CUSTODY.name).faults
    told = [str(fault) for fault in faults]
    for bytes_ in broken:
        with pytest.raises(PoisonError) as caught:
            DECODER.decode(bytes_, CUSTODY.name)
        told += traceback.format_exception(caught.value)
        assert caught.value.__context__ is None or caught.value.__suppress_context__

    assert not [line for line in told if "SECRET" in line]


def test_a_value_of_another_topics_record_is_refused() -> None:
    notice = STORE.latest("interagency.notice.PolicyNotice")

    with pytest.raises(PoisonError) as caught:
        DECODER.decode(encode(notice, example(notice)), CUSTODY.name)

    assert caught.value.reason == Reason.SCHEMA_MISMATCH
    assert notice.name in caught.value.detail


OLD = schema(field("id", "long"))
NEW = schema_of(
    record(
        field("id", "long"),
        field("note", ["null", "string"]),
        field("tags", {"type": "array", "items": "long"}, maxItems=5, default=[]),
        field("kind", ["null", enum("Kind", "A", "B")]),
    ),
    2,
)


def test_what_an_older_version_wrote_gets_the_defaults_of_the_newest() -> None:
    decoded = Decoder(SchemaStore([OLD, NEW])).decode(encode(OLD, {"id": 42}), NEW.name)

    assert decoded.data == {"id": 42, "note": None, "tags": [], "kind": None}
    assert decoded.schema == OLD


def test_a_default_list_is_never_shared_between_records() -> None:
    decoder = Decoder(SchemaStore([OLD, NEW]))
    value = encode(OLD, {"id": 42})

    decoder.decode(value, NEW.name).data["tags"].append(1)

    assert decoder.decode(value, NEW.name).data["tags"] == []


def test_a_symbol_of_a_newer_version_is_flagged_by_an_older_reader() -> None:
    reader = schema(field("id", "long"), field("kind", ["null", enum("Kind", "A")]))
    writer = schema(field("id", "long"), field("kind", ["null", enum("Kind", "A", "NEW")]))

    body = body_of(writer.layout, {"id": 1, "kind": "NEW"})
    decoded = decode_from(writer.definition, body, reader)

    assert decoded.data == {"id": 1, "kind": None}
    assert [fault.path for fault in decoded.faults] == ["kind"]


def test_a_strangers_milliseconds_are_not_read_as_microseconds() -> None:
    reader = schema(field("at", MICROS))
    writer = record(field("at", {"type": "long", "logicalType": "timestamp-millis"}))

    with pytest.raises(PoisonError) as caught:
        decode_from(writer, body_of(writer, {"at": datetime(2018, 5, 7, tzinfo=UTC)}), reader)

    assert caught.value.reason == Reason.SCHEMA_MISMATCH
    assert caught.value.detail.startswith("at: ")


def test_a_strangers_schema_that_lacks_a_field_of_ours_is_refused() -> None:
    reader = schema(field("id", "long"), field("name", "string"))

    with pytest.raises(PoisonError) as caught:
        decode_from(record(field("id", "long")), b"\x54", reader)

    assert caught.value.reason == Reason.SCHEMA_MISMATCH
    assert caught.value.detail.startswith("name: ")


@pytest.mark.parametrize("default", ["{}", "nonsense"])
def test_a_strangers_schema_that_fastavro_cannot_parse_is_refused(default: str) -> None:
    writer = record(field("id", "long"), field("id", default))

    with pytest.raises(PoisonError) as caught:
        decode_from(writer, b"\x54", OLD)

    assert caught.value.reason == Reason.SCHEMA_UNSAFE


def test_a_registered_schema_that_we_package_too_keeps_its_version() -> None:
    decoder = Decoder(SchemaStore([OLD, NEW]), OneSchema(OLD.definition))

    decoded = decoder.decode(confluent(7, b"\x54"), NEW.name)

    assert decoded.schema.dataschema == "urn:interagency-bus:schema:test.Made:1"


def test_an_int_wider_than_32_bits_is_a_fault() -> None:
    reader = schema(field("id", "int"))

    with pytest.raises(PoisonError) as caught:
        decode_from(reader.definition, body_of(record(field("id", "long")), {"id": 2**31}), reader)

    assert caught.value.reason == Reason.CORE_FIELD_INVALID


def test_faults_name_rule_and_hint() -> None:
    decoded = decode_raw(CUSTODY, nested("subject", birth_date=2**31 - 1))

    assert decoded.faults == (
        FieldFault("subject.birth_date", "is out of range", "use years 1 to 9999"),
    )


@pytest.mark.parametrize(
    "raw",
    [
        nested("subject", birth_date=2**31 - 1),
        nested("separation", from_subject_ids=[as_uuid(1), "no uuid"]),
        nested("basis", kind="UNRECOGNIZED"),
    ],
)
def test_a_payload_with_faults_comes_back_the_same_from_its_plain_form(
    raw: dict[str, object],
) -> None:
    decoded = decode_raw(CUSTODY, raw)

    assert from_plain(CUSTODY, to_plain(CUSTODY, decoded.data))[0] == decoded.data
