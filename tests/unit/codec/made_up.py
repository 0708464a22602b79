"""Schemas made up for one test, and their values."""

from __future__ import annotations

from io import BytesIO

import fastavro

from bus.codec.decoding import Decoded, Decoder
from bus.codec.definitions import Definition, Json
from bus.codec.framing import confluent
from bus.codec.schemas import Schema, SchemaStore, schema_of

NAME = "test.Made"


def field(name: str, kind: Json, **attributes: Json) -> Definition:
    """Return a field, documented, and core unless it is nullable or says otherwise."""
    is_nullable = isinstance(kind, list)
    known: Definition = {"default": None} if is_nullable else {"core": True}
    return {"name": name, "type": kind, "doc": "Made up. Local."} | known | attributes


def record(*fields: Definition, name: str = "Made", **attributes: Json) -> Definition:
    """Return a record's definition."""
    named = {"type": "record", "name": name, "namespace": "test", "doc": "Made up. Local."}
    return named | attributes | {"fields": list(fields)}


def enum(name: str, *symbols: str) -> Definition:
    """Return an enum's definition, with the default symbol as the last one."""
    every = [*symbols, "UNRECOGNIZED"]
    return {
        "type": "enum",
        "name": name,
        "namespace": "test",
        "doc": "Made up. Local.",
        "symbols": every,
        "default": "UNRECOGNIZED",
        "symbolDocs": dict.fromkeys(every, "Made up. Local."),
    }


def schema(*fields: Definition, version: int = 1) -> Schema:
    """Return a schema with these fields."""
    return schema_of(record(*fields), version)


class OneSchema:
    """A registry that knows one schema, by the id 7."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition

    def schema_by_id(self, schema_id: int) -> Definition | None:
        return self._definition if schema_id == 7 else None


def body_of(definition: Definition, raw: object) -> bytes:
    """Return Avro binary as any writer may produce it, without any rule of ours."""
    body = BytesIO()
    fastavro.schemaless_writer(body, definition, raw)
    return body.getvalue()


def decode_from(writer: Definition, body: bytes, reader: Schema) -> Decoded:
    """Decode what a stranger wrote with a schema that only a registry knows."""
    decoder = Decoder(SchemaStore([reader]), OneSchema(writer))
    return decoder.decode(confluent(7, body), reader.name)
