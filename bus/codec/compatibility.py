"""Whether one schema can read what another wrote, and means the same by it.

Avro's own rules decide about bytes. Its checker is asked, and asked again for each field, since
it doesn't name one inside a union. But bytes aren't all: a time in milliseconds reads as one in
microseconds, a thousand times too early, and the checker has nothing against it. So these never
change: a field's logical type, precision, scale and full name, an enum's default, and the rules
of ours that stand beside a field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from bus.codec.definitions import Definition, MalformedError, join, strip
from bus.codec.outline import Line, outline

_NEW_FIELD = "keep it as it was, and add a new field beside it"
_MEANING = ("logicalType", "precision", "scale")
_RULES = ("pattern", "minimum", "maximum", "maxLength", "maxItems", "core", "unrecognized")


@dataclass(frozen=True, slots=True)
class Break:
    """One place where two schemas don't agree: the field's path, the rule, what to do."""

    path: str
    rule: str
    advice: str


def find_breaks(older: Definition, newer: Definition) -> list[Break]:
    """Return why `newer` may not follow `older`: each must read what the other wrote."""
    breaks = [
        *_unreadable(reader=newer, writer=older, told="can't read what the older version wrote"),
        *_unreadable(reader=older, writer=newer, told="can't be read by the older version"),
    ]
    return breaks + _changes(older, newer, (*_MEANING, *_RULES), enum_defaults=True)


def find_misreadings(reader: Definition, writer: Definition) -> list[Break]:
    """Return why values of this writer can't be read with this reader."""
    breaks = list(_unreadable(reader=reader, writer=writer, told="can't be read"))
    return breaks + _changes(writer, reader, _MEANING, enum_defaults=False)


def check_parsable(definition: Definition) -> None:
    """Raise MalformedError for a definition that Apache's own library doesn't accept."""
    _avro(definition)


def _changes(
    older: Definition, newer: Definition, attributes: tuple[str, ...], *, enum_defaults: bool
) -> list[Break]:
    before = {line.path: line for line in outline(older)}
    found: list[Break] = []
    for line in outline(newer):
        if line.path in before:
            found.extend(_changes_of(before[line.path], line, attributes, enum_defaults))
    return found


def _changes_of(
    old: Line, new: Line, attributes: tuple[str, ...], enum_defaults: bool
) -> Iterator[Break]:
    if old.name != new.name:
        yield Break(new.path, f"changed its full name: {old.name} to {new.name}", _NEW_FIELD)
    for attribute in attributes:
        was, now = old.attribute(attribute), new.attribute(attribute)
        if was != now:
            yield Break(new.path, f"changed {attribute}: {was} to {now}", _NEW_FIELD)
    if enum_defaults and old.kind == new.kind == "enum":
        was, now = old.type.get("default"), new.type.get("default")
        if was != now:
            yield Break(new.path, f"changed the enum's default: {was} to {now}", "keep it")


def _unreadable(*, reader: Definition, writer: Definition, told: str) -> list[Break]:
    theirs, ours = _avro(writer), _avro(reader)
    if _can_read(ours, theirs):
        return []
    places = sorted(_incompatible_places(ours, theirs, ""))
    return [Break(path, f"{told} ({why})", _NEW_FIELD) for path, why in places] or [
        Break("", told, "compare the two schemas")
    ]


def _avro(definition: Definition) -> avro.schema.Schema:
    """Return the schema as Avro's checker wants it; of logical types it would only warn."""
    try:
        return avro.schema.parse(json.dumps(strip(definition)))
    except Exception as error:
        raise MalformedError(f"the schema is no Avro schema: {error}") from None


def _can_read(reader: avro.schema.Schema, writer: avro.schema.Schema) -> bool:
    result = ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
    return result.compatibility is SchemaCompatibilityType.compatible


def _incompatible_places(
    reader: avro.schema.Schema, writer: avro.schema.Schema, path: str
) -> set[tuple[str, str]]:
    """Return the deepest places, with the reason, at which Avro's checker says no."""
    ours, theirs = _without_null(reader), _without_null(writer)
    if isinstance(ours, avro.schema.ArraySchema) and isinstance(theirs, avro.schema.ArraySchema):
        deeper = _deeper(ours.items, theirs.items, f"{path}[]")
    elif isinstance(ours, avro.schema.RecordSchema) and isinstance(
        theirs, avro.schema.RecordSchema
    ):
        deeper = _incompatible_fields(ours, theirs, path)
    else:
        deeper = set()
    return deeper or {(path, _reason(reader, writer))}


def _incompatible_fields(
    reader: avro.schema.RecordSchema, writer: avro.schema.RecordSchema, path: str
) -> set[tuple[str, str]]:
    places: set[tuple[str, str]] = set()
    theirs = writer.fields_dict
    for field in reader.fields:
        where = join(path, field.name)
        if field.name in theirs:
            places |= _deeper(field.type, theirs[field.name].type, where)
        elif not field.has_default:
            places.add((where, "the field isn't written, and has no default"))
    return places


def _deeper(
    reader: avro.schema.Schema, writer: avro.schema.Schema, path: str
) -> set[tuple[str, str]]:
    return set() if _can_read(reader, writer) else _incompatible_places(reader, writer, path)


def _without_null(schema: avro.schema.Schema) -> avro.schema.Schema:
    if isinstance(schema, avro.schema.UnionSchema):
        others = [branch for branch in schema.schemas if branch.type != "null"]
        return others[0] if len(others) == 1 else schema
    return schema


def _reason(reader: avro.schema.Schema, writer: avro.schema.Schema) -> str:
    result = ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
    return "; ".join(sorted(result.messages))
