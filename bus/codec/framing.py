"""What stands in front of a value: which schema its bytes were written with.

Avro's binary form says nothing about itself. The text "OFO" and the number 3 may well be the
same bytes; only the writer's schema tells them apart. So each value starts with a *frame* that
names that schema. There are two, told apart by the first byte:

    Avro single-object encoding        no registry needed: what the bus writes
    ┌───────┬───────────────────────────────────┬──────────────────────┐
    │ C3 01 │ 8 bytes: fingerprint of the schema│ Avro binary …        │
    └───────┴───────────────────────────────────┴──────────────────────┘

    Confluent's framing                an id that a schema registry gave
    ┌────┬──────────────────────────────┬──────────────────────────────┐
    │ 00 │ 4 bytes: id, big-endian      │ Avro binary …                │
    └────┴──────────────────────────────┴──────────────────────────────┘

The fingerprint is the CRC-64-AVRO of the schema's parsing canonical form, little-endian: the
same schema has the same 8 bytes everywhere, whoever computes them. Example, one record with the
single field `id: long` set to 42: `c3 01`, the 8 bytes of its schema, then `54` (42 as a zigzag
varint), eleven bytes in all.

Readers accept both frames, always.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from bus.codec.definitions import Definition
from bus.errors import PoisonError
from bus.reasons import Reason

SINGLE_OBJECT_MARK = b"\xc3\x01"
SINGLE_OBJECT_LENGTH = 10
CONFLUENT_MARK = b"\x00"
CONFLUENT_LENGTH = 5
VALUE_LIMIT_BYTES = 1024 * 1024


class Registry(Protocol):
    """A schema registry, as the decoder needs it."""

    def schema_by_id(self, schema_id: int) -> Definition | None:
        """Return the schema of this id, None where there is none.

        Raises SystemicError while the registry can't be reached.
        """


class Frame(NamedTuple):
    """What a value's first bytes say: exactly one of the two names of its schema, and where
    the Avro binary starts."""

    fingerprint: bytes | None
    schema_id: int | None
    body_start: int


def read_frame(value: bytes) -> Frame:
    """Read the frame; raise PoisonError for an empty, oversized or unknown one."""
    if not value:
        raise PoisonError(Reason.VALUE_MISSING, "the value is null or empty")
    if len(value) > VALUE_LIMIT_BYTES:
        raise PoisonError(Reason.TOO_LARGE, f"the value has over {VALUE_LIMIT_BYTES} bytes")
    if value.startswith(SINGLE_OBJECT_MARK) and len(value) >= SINGLE_OBJECT_LENGTH:
        return Frame(value[2:SINGLE_OBJECT_LENGTH], None, SINGLE_OBJECT_LENGTH)
    if value.startswith(CONFLUENT_MARK) and len(value) >= CONFLUENT_LENGTH:
        schema_id = int.from_bytes(value[1:CONFLUENT_LENGTH], "big")
        return Frame(None, schema_id, CONFLUENT_LENGTH)
    raise PoisonError(Reason.FRAMING_UNKNOWN, "the value starts with no frame that we know")


def single_object(fingerprint: bytes, body: bytes) -> bytes:
    """Put the single-object frame in front of Avro binary."""
    return SINGLE_OBJECT_MARK + fingerprint + body


def confluent(schema_id: int, body: bytes) -> bytes:
    """Put Confluent's frame in front of Avro binary."""
    return CONFLUENT_MARK + schema_id.to_bytes(4, "big") + body
