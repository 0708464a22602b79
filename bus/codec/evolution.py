"""The check behind `bus schemas check`: may these schemas be released?

A record on a topic is kept for ever, and readers and writers are upgraded at different times.
So each version must read what every earlier one wrote, and be read by it (FULL_TRANSITIVE), and
must mean the same by it. What a schema needs for that to stay possible is checked from its first
version: documentation, a default symbol, a default for what may be missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from fastavro.schema import SchemaParseException

from bus.codec.compatibility import Break, check_parsable, find_breaks
from bus.codec.definitions import Definition, MalformedError, as_object, symbols_of
from bus.codec.guards import check_schema
from bus.codec.leaves import UNRECOGNIZED
from bus.codec.outline import Line, outline
from bus.codec.schemas import FILE_NAME, Schema, schema_files, schema_of
from bus.codec.shapes import shape_of
from bus.errors import PoisonError

_CORRESPONDENCE = re.compile(r"NIEM|\blocal\b", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOP_ONLY = ("core", "unrecognized")


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """Why a schema may not be released: in which file, where, which rule, and what to do."""

    file: str
    path: str
    rule: str
    advice: str

    def __str__(self) -> str:
        return f"{self.file}: {self.path or '(the record)'}: {self.rule}; {self.advice}"


def check_schemas(folder: Traversable) -> list[SchemaFault]:
    """Return every fault of the schemas below the folder; none means that they are releasable."""
    faults: list[SchemaFault] = []
    schemas: dict[str, Schema] = {}
    for file in schema_files(folder):
        try:
            schemas[file.name] = _read(file)
        except MalformedError as error:
            faults.append(SchemaFault(file.name, "", str(error), "repair the file"))
    for name, schema in schemas.items():
        faults.extend(_in_file(name, _faults_of(schema)))
    return faults + _fingerprints(schemas) + _history(schemas)


def _read(file: Traversable) -> Schema:
    match = FILE_NAME.fullmatch(file.name)
    if match is None:
        raise MalformedError("the file isn't named <Record>.v<N>.avsc")
    try:
        definition = as_object(json.loads(file.read_text("utf-8")), "the file")
        check_schema(definition)
        shape_of(definition)
        check_parsable(definition)
        schema = schema_of(definition, int(match["version"]))
    except PoisonError as error:
        raise MalformedError(error.detail) from None
    except (ValueError, re.error, SchemaParseException) as error:
        raise MalformedError(f"the file is unusable: {error}") from None
    if schema.name.rpartition(".")[2] != match["record"]:
        raise MalformedError(f"the file holds {schema.name}, not what it is named after")
    return schema


def _in_file(file: str, breaks: Iterator[Break] | list[Break]) -> list[SchemaFault]:
    return [SchemaFault(file, one.path, one.rule, one.advice) for one in breaks]


def _faults_of(schema: Schema) -> Iterator[Break]:
    for line in outline(schema.definition):
        yield from _undocumented(line)
        yield from _unreadable_later(line)


def _undocumented(line: Line) -> Iterator[Break]:
    if line.field is not None:
        doc = str(line.field.get("doc") or "")
        if not doc:
            yield Break(line.path, "the field has no doc", "say what it means")
        elif not _CORRESPONDENCE.search(doc):
            advice = 'name the NIEM element that corresponds, or say "Local."'
            yield Break(line.path, "the field's doc names no correspondence", advice)
    if line.kind in {"record", "enum"} and not line.type.get("doc"):
        yield Break(line.path, f"the {line.kind} has no doc", "say what it means")
    if line.kind == "enum":
        yield from _undocumented_symbols(line)


def _undocumented_symbols(line: Line) -> Iterator[Break]:
    docs = line.type.get("symbolDocs")
    known = docs if isinstance(docs, dict) else {}
    for symbol in symbols_of(line.type, line.path):
        if not known.get(symbol):
            advice = "say in symbolDocs what it means"
            yield Break(line.path, f"the symbol {symbol} has no doc", advice)


def _unreadable_later(line: Line) -> Iterator[Break]:
    """What would keep a later version from changing this place."""
    if line.kind == "enum" and line.type.get("default") != UNRECOGNIZED:
        advice = "add the symbol UNRECOGNIZED, and name it as default"
        yield Break(line.path, "the enum's default isn't UNRECOGNIZED", advice)
    if line.field is not None:
        yield from _faults_of_field(line, line.field)


def _faults_of_field(line: Line, field: Definition) -> Iterator[Break]:
    if _NAME.fullmatch(str(field.get("name"))) is None:
        yield Break(
            line.path, "the field's name isn't allowed by Avro", "use letters, digits and _"
        )
    is_top = "." not in line.path and "[" not in line.path
    if line.is_nullable and ("default" not in field or field["default"] is not None):
        yield Break(line.path, "a nullable field's default isn't null", 'add "default": null')
    if line.kind == "array" and field.get("default") not in (None, []):
        yield Break(line.path, "a list's default isn't empty", 'use "default": []')
    if line.kind == "record" and field.get("default") is not None:
        yield Break(line.path, "a record has a default", "make it nullable, with default null")
    if is_top and not line.is_nullable and field.get("core") is not True:
        advice = 'make it nullable, or add "core": true'
        yield Break(line.path, "the field can neither be wrong nor missing", advice)
    for attribute in _TOP_ONLY:
        if attribute in field and not is_top:
            advice = "put it on a field of the record itself"
            yield Break(line.path, f"{attribute!r} has no effect inside a field", advice)


def _fingerprints(schemas: dict[str, Schema]) -> list[SchemaFault]:
    """Two schemas that differ only in what the canonical form leaves out can't be told apart."""
    first: dict[bytes, str] = {}
    faults = []
    for file, schema in schemas.items():
        other = first.setdefault(schema.fingerprint, file)
        if other != file:
            rule = f"has the same fingerprint as {other}"
            advice = "names, types or symbols must differ, or no frame can tell them apart"
            faults.append(SchemaFault(file, "", rule, advice))
    return faults


def _history(schemas: dict[str, Schema]) -> list[SchemaFault]:
    by_name: dict[str, dict[int, str]] = {}
    for file, schema in schemas.items():
        by_name.setdefault(schema.name, {})[schema.version] = file
    faults: list[SchemaFault] = []
    for versions in by_name.values():
        faults.extend(_gaps(versions))
        for number, file in versions.items():
            for earlier in (one for one in sorted(versions) if one < number):
                older, newer = schemas[versions[earlier]], schemas[file]
                faults.extend(_against(file, earlier, older, newer))
    return faults


def _gaps(versions: dict[int, str]) -> Iterator[SchemaFault]:
    newest = max(versions)
    for number in range(1, newest):
        if number not in versions:
            advice = "restore the released file, or take the next number"
            yield SchemaFault(versions[newest], "", f"version {number} is missing", advice)


def _against(file: str, number: int, older: Schema, newer: Schema) -> list[SchemaFault]:
    return [
        SchemaFault(file, one.path, f"against version {number}, it {one.rule}", one.advice)
        for one in find_breaks(older.definition, newer.definition)
    ]
