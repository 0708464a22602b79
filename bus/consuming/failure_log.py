"""Which records failed, in the log: where they stand and what they are part of, not what they say.

A line for each, up to a limit: whoever deploys a defect may fail a thousand records a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from uuid import UUID

import structlog

from bus.consuming.attempt import Standing
from bus.consuming.records import Record, Rejected
from bus.events import Event

logger = structlog.get_logger()

LINES_AT_ONCE = 20
"""How many records of one transaction are named; the others are counted."""

CHAIN = {"ce_correlationid": "correlation_id", "ce_causationid": "causation_id"}


def log_failures(group: str, standing: Standing) -> None:
    """Tell which records became dead letters, and which events lost fields."""
    rejected = [each.rejected for each in standing.failed]
    for each in islice(rejected, LINES_AT_ONCE):
        _log_rejected(group, each)
    if rejected:
        reasons = Counter(each.reason.value for each in rejected)
        logger.warning("consumer.dead_lettered", group=group, reasons=dict(reasons))
    faulty = [each.event for each in standing.applied if each.event.faults]
    for event in islice(faulty, LINES_AT_ONCE):
        _log_faults(group, event)


def _log_rejected(group: str, rejected: Rejected) -> None:
    chain = dict(chain_of(rejected.record))
    logger.warning(
        "consumer.record_failed",
        group=group,
        topic=rejected.partition.topic,
        partition=rejected.partition.number,
        offset=rejected.record.offset,
        reason=rejected.reason.value,
        event_id=_text(rejected.event_id),
        correlation_id=_text(chain.get("correlation_id")),
        causation_id=_text(chain.get("causation_id")),
    )


def _log_faults(group: str, event: Event) -> None:
    logger.warning(
        "consumer.fields_left_out",
        group=group,
        topic=event.topic,
        partition=event.partition,
        offset=event.offset,
        fields=[fault.path for fault in event.faults],
        event_id=_text(event.id),
        correlation_id=_text(event.correlation_id),
        causation_id=_text(event.causation_id),
    )


def chain_of(record: Record) -> Iterable[tuple[str, UUID]]:
    """Give what the record says that it is part of and caused by, where that is an id."""
    for name, value in record.headers:
        if name in CHAIN and value is not None:
            try:
                yield CHAIN[name], UUID(value.decode())
            except ValueError:  # anything may stand there; UnicodeDecodeError is one of them
                continue


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
