"""The store of schemas: every released version, found by name or by fingerprint.

A schema's fingerprint is the CRC-64-AVRO of its parsing canonical form: what is left of it
when documentation, defaults and logical types are gone and the rest is written in one fixed
way. So the 8 bytes in front of a value name exactly the schema that its bytes follow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form
from fastavro.types import Schema as AvroSchema

from bus.codec.definitions import Definition, as_object, full_name, strip
from bus.codec.shapes import Struct, shape_of
from bus.errors import UnknownNameError, UsageError

FILE_NAME = re.compile(r"(?P<record>[A-Z][A-Za-z0-9]*)\.v(?P<version>[1-9][0-9]*)\.avsc")


@dataclass(frozen=True)
class Schema:
    """One released version of a record's schema.

    `fingerprint` is the 8 bytes of the frame, little-endian. `version` is 0 for a schema that
    only a registry knows.
    """

    name: str
    version: int
    fingerprint: bytes
    definition: Definition = field(compare=False, repr=False)

    @property
    def dataschema(self) -> str:
        """What `ce_dataschema` says of an event that was written with this schema."""
        return f"urn:interagency-bus:schema:{self.name}:{self.version}"

    @cached_property
    def shape(self) -> Struct:
        """The compiled schema: what its fields are to us."""
        return shape_of(self.definition)

    @cached_property
    def core_fields(self) -> frozenset[str]:
        """The fields that must be sound, or there is no event."""
        return frozenset(member.name for member in self.shape.members if member.is_core)

    @cached_property
    def layout(self) -> AvroSchema:
        """What fastavro needs to read and write the bytes: no logical types, no rules."""
        return parsed_layout(self.definition)


def parsed_layout(definition: Definition) -> AvroSchema:
    """Return the definition as fastavro wants it; raises whatever fastavro raises."""
    layout = strip(definition)
    return fastavro.parse_schema(as_object(layout, "the schema"))


def fingerprint_of(definition: Definition) -> bytes:
    """Return the CRC-64-AVRO of the parsing canonical form, as it stands in a frame."""
    canonical = to_parsing_canonical_form(definition)
    return bytes.fromhex(fingerprint(canonical, "CRC-64-AVRO"))


def schema_of(definition: Definition, version: int) -> Schema:
    """Return the schema that a definition describes."""
    return Schema(full_name(definition, ""), version, fingerprint_of(definition), definition)


class SchemaStore:
    """Schemas by name, version and fingerprint. Immutable."""

    def __init__(self, schemas: Iterable[Schema]) -> None:
        self._by_name: dict[str, list[Schema]] = {}
        self._by_fingerprint: dict[bytes, Schema] = {}
        for schema in sorted(schemas, key=lambda one: (one.name, one.version)):
            self._by_name.setdefault(schema.name, []).append(schema)
            self._by_fingerprint[schema.fingerprint] = schema

    def names(self) -> list[str]:
        """Return the full names of all records, sorted."""
        return list(self._by_name)

    def versions(self, name: str) -> list[Schema]:
        """Return all versions, oldest first; raise UnknownNameError with the names that exist."""
        found = self._by_name.get(name)
        if found is None:
            known = ", ".join(self._by_name)
            raise UnknownNameError(f"there is no schema {name!r}; the store has: {known}")
        return list(found)

    def latest(self, name: str) -> Schema:
        """Return the newest version: what we write, and what we read into."""
        return self.versions(name)[-1]

    def by_fingerprint(self, fingerprint: bytes) -> Schema | None:
        """Return the schema whose frame starts with these 8 bytes, or None."""
        return self._by_fingerprint.get(fingerprint)


def schema_files(folder: Traversable) -> list[Traversable]:
    """Return every `.avsc` file one level below the folder, in a fixed order."""
    found = [
        file
        for domain in folder.iterdir()
        if domain.is_dir()
        for file in domain.iterdir()
        if file.name.endswith(".avsc")
    ]
    return sorted(found, key=lambda file: file.name)


def load_store(folder: Traversable) -> SchemaStore:
    """Read every schema below the folder; raise UsageError that names an unusable file."""
    return SchemaStore(_load(file) for file in schema_files(folder))


def _load(file: Traversable) -> Schema:
    match = FILE_NAME.fullmatch(file.name)
    if match is None:
        raise UsageError(f"{file.name} is not named <Record>.v<N>.avsc: rename it")
    try:
        definition = as_object(json.loads(file.read_text("utf-8")), file.name)
        shape_of(definition)  # what can't be compiled fails here, under its file's name
        return schema_of(definition, int(match["version"]))
    except Exception as error:
        raise UsageError(f"{file.name} is no Avro schema: {error}") from error


@cache
def packaged() -> SchemaStore:
    """Return the store of the schemas that come with this version of the bus."""
    return load_store(files("schemas"))
