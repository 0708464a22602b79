"""Why a record became a dead letter, as codes: labels of metrics and texts of `__dlq` headers.

The list is closed, so that every label set exists before the first dead letter does.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A code; its comment says when it is given."""

    KEY_INVALID = "KEY_INVALID"  # null, not UTF-8, too long, or not the payload's key field
    HEADER_INVALID = "HEADER_INVALID"  # a name or value that is null or not UTF-8, or malformed
    HEADER_MISSING = "HEADER_MISSING"  # a required CloudEvents attribute isn't there
    HEADER_REPEATED = "HEADER_REPEATED"  # a CloudEvents attribute stands twice
    TOO_LARGE = "TOO_LARGE"  # key, value or headers beyond the limits
    VALUE_MISSING = "VALUE_MISSING"  # a null or empty value
    FRAMING_UNKNOWN = "FRAMING_UNKNOWN"  # neither single-object encoding nor Confluent framing
    SCHEMA_UNKNOWN = "SCHEMA_UNKNOWN"  # a fingerprint or id that no store knows
    NO_REGISTRY = "NO_REGISTRY"  # Confluent framing, and no registry is configured
    SCHEMA_UNSAFE = "SCHEMA_UNSAFE"  # a writer schema that a reader must refuse
    SCHEMA_MISMATCH = "SCHEMA_MISMATCH"  # a schema that isn't this topic's
    UNDECODABLE = "UNDECODABLE"  # the bytes don't follow their schema to the last byte
    CORE_FIELD_INVALID = "CORE_FIELD_INVALID"  # a field without which the event says nothing
    KIND_UNRECOGNIZED = "KIND_UNRECOGNIZED"  # a decision or coordination kind we don't know
    EVENT_ID_INVALID = "EVENT_ID_INVALID"  # not a UUIDv7, or over a day ahead of the real clock
    EVENT_ID_REUSED = "EVENT_ID_REUSED"  # one id, two sources or two contents
    FIELDS_INVALID = "FIELDS_INVALID"  # applied, but for optional fields that were wrong
    HANDLER_REFUSED = "HANDLER_REFUSED"  # its handler says that it can never be applied
    HANDLER_FAILED = "HANDLER_FAILED"  # its handler failed, as often as it was tried
