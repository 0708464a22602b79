"""From a record's value to a payload, whatever the value's bytes are.

In two steps. fastavro reads the bytes with the writer's schema, resolved to ours, with logical
types stripped: an impossible date is then still a number. Then `loading` turns field by field
into our types, so that what is wrong is a fault of its field, and seldom of the record.

Nearly all values were written with our own schema and are sound: `quick` reads these in one pass,
and leaves whatever is odd to the two steps.

What fastavro doesn't guard against is guarded here: bytes left over, and schemas of strangers
(`guards`). Whatever it raises becomes a PoisonError that carries nothing of the value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from fastavro import schemaless_reader
from fastavro.types import Schema as AvroSchema

from bus.codec.compatibility import find_misreadings
from bus.codec.definitions import MalformedError
from bus.codec.framing import Registry, read_frame
from bus.codec.guards import check_schema
from bus.codec.leaves import Unsound
from bus.codec.loading import Fields, compile_loader, sift
from bus.codec.quick import QuickReader, quick_reader
from bus.codec.schemas import Schema, SchemaStore, parsed_layout, schema_of
from bus.errors import FieldFault, PoisonError
from bus.reasons import Reason

_PLANS_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Decoded:
    """A payload. `faults` names the parts that were wrong: they are None in `data`.

    `schema` is the writer's.
    """

    data: Fields
    faults: tuple[FieldFault, ...]
    schema: Schema


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is known before a value of this writer comes."""

    schema: Schema
    reader: Schema
    writer_layout: AvroSchema
    reader_layout: AvroSchema | None
    load: Callable[[Fields], Fields]
    read_quickly: QuickReader | None


class Decoder:
    """Decodes values into the newest packaged schema of the record that a topic carries."""

    def __init__(self, store: SchemaStore, registry: Registry | None = None) -> None:
        self._store = store
        self._registry = registry
        self._plans: dict[tuple[bytes | int | None, str], _Plan] = {}

    def decode(self, value: bytes, reader: str) -> Decoded:
        """Decode one value as the record with this full name.

        Raises PoisonError and, of a registry that can't be reached, what the registry raises.
        """
        fingerprint, schema_id, start = read_frame(value)
        plan = self._plans.get((fingerprint or schema_id, reader))
        if plan is None:
            plan = self._prepare(fingerprint, schema_id, reader)
        if plan.read_quickly is not None:
            quick = plan.read_quickly(value, start)
            if quick is not None:
                return Decoded(quick, (), plan.schema)
        try:
            return Decoded(plan.load(_read(plan, value, start)), (), plan.schema)
        except Unsound:
            pass
        # Loading works in place and left the record half done: read it anew.
        data, faults = sift(plan.reader.shape, _read(plan, value, start))
        return Decoded(data, faults, plan.schema)

    def _prepare(self, fingerprint: bytes | None, schema_id: int | None, reader: str) -> _Plan:
        ours = self._store.latest(reader)
        if schema_id is None:
            writer = self._packaged(fingerprint or b"")
        else:
            writer = self._registered(schema_id)
        if writer.name != reader:
            raise PoisonError(Reason.SCHEMA_MISMATCH, f"{writer.name}, where {reader} is expected")
        if schema_id is not None:
            # A fingerprint says nothing of logical types: only now may ours stand in for it.
            _check_meaning(writer, ours)
            writer = self._store.by_fingerprint(writer.fingerprint) or writer
        if len(self._plans) >= _PLANS_LIMIT:
            self._plans.clear()
        plan = _plan(writer, ours)
        self._plans[(fingerprint or schema_id, reader)] = plan
        return plan

    def _packaged(self, fingerprint: bytes) -> Schema:
        schema = self._store.by_fingerprint(fingerprint)
        if schema is None:
            raise PoisonError(Reason.SCHEMA_UNKNOWN, f"fingerprint {fingerprint.hex()}")
        return schema

    def _registered(self, schema_id: int) -> Schema:
        if self._registry is None:
            raise PoisonError(Reason.NO_REGISTRY, f"schema id {schema_id}")
        definition = self._registry.schema_by_id(schema_id)
        if definition is None:
            raise PoisonError(Reason.SCHEMA_UNKNOWN, f"schema id {schema_id}")
        check_schema(definition)
        try:
            schema = schema_of(definition, 0)
            parsed_layout(definition)
        except Exception:
            failure = "fastavro can't parse the schema"
        else:
            return schema
        raise PoisonError(Reason.SCHEMA_UNSAFE, failure)


def _plan(writer: Schema, reader: Schema) -> _Plan:
    is_same = writer.fingerprint == reader.fingerprint
    return _Plan(
        schema=writer,
        reader=reader,
        writer_layout=writer.layout,
        reader_layout=None if is_same else reader.layout,
        load=compile_loader(reader.shape),
        read_quickly=quick_reader(reader.shape) if is_same else None,
    )


def _check_meaning(writer: Schema, reader: Schema) -> None:
    """Refuse a registry's schema whose bytes we can't read, or would take for something else."""
    try:
        misread = find_misreadings(reader.definition, writer.definition)
    except MalformedError as error:
        raise PoisonError(Reason.SCHEMA_UNSAFE, str(error)) from None
    if misread:
        raise PoisonError(Reason.SCHEMA_MISMATCH, f"{misread[0].path}: {misread[0].rule}")


def _read(plan: _Plan, value: bytes, start: int) -> Fields:
    body = BytesIO(value)
    body.seek(start)
    try:
        # Bytes that aren't UTF-8 become surrogates, which are a fault of their field.
        record = schemaless_reader(
            body, plan.writer_layout, plan.reader_layout, handle_unicode_errors="surrogateescape"
        )
    except Exception as error:
        failure = type(error).__name__
    else:
        failure = "" if body.tell() == len(value) else "bytes are left over"
        if not failure and isinstance(record, dict):
            return record
    # Raised outside of the handler: the library's own error may quote the value.
    raise PoisonError(Reason.UNDECODABLE, f"not a {plan.schema.dataschema}: {failure}")
