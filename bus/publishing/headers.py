"""The CloudEvents attributes of a record, in binary mode for Kafka."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from bus.events import Draft
from bus.topics import Topic

Headers = list[tuple[str, str]]

SEQUENCE_DIGITS = 19
"""As many as 2**63 - 1 has, so that sequences sort as text."""


def headers_of(
    draft: Draft,
    topic: Topic,
    *,
    event_id: UUID,
    source: str,
    key: str,
    dataschema: str,
    recorded_time: str,
) -> Headers:
    """Return every header but `ce_sequence`, which the store alone can give; the draft's last."""
    headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", str(event_id)),
        ("ce_source", source),
        ("ce_type", topic.event_type),
        ("ce_time", time_text(draft.time) if draft.time else recorded_time),
        ("ce_subject", draft.subject or key),
        ("ce_dataschema", dataschema),
        ("ce_recordedtime", recorded_time),
        ("ce_mode", draft.mode.value),
        ("content-type", "application/avro"),
    ]
    if draft.correlation_id is not None:
        headers.append(("ce_correlationid", str(draft.correlation_id)))
    if draft.causation_id is not None:
        headers.append(("ce_causationid", str(draft.causation_id)))
    return [*headers, *draft.headers]


def sequence_text(sequence: int) -> str:
    """Return a sequence number as `ce_sequence` has it."""
    return f"{sequence:0{SEQUENCE_DIGITS}d}"


def time_text(moment: datetime) -> str:
    """Return a moment as RFC 3339 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
