"""What is published and refused, in metrics: once for each call, not once for each event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bus.errors import FieldFault
from bus.metrics.counted import EVENTS_PUBLISHED, EVENTS_REFUSED
from bus.metrics.labels import UNKNOWN_TOPIC, Refusal
from bus.topics import FINDING, catalogue

RULES = {"authorised": Refusal.AUTHORISED, "size": Refusal.SIZE}


def topics_written_by(owner: str) -> list[str]:
    """Return the topics that an owner may write to."""
    return [
        topic.name
        for topic in catalogue().values()
        if topic.owner == owner or topic.content is FINDING
    ]


def prepare(owner: str) -> None:
    """Make every label set of an owner's store at 0, before anything is counted."""
    for topic in topics_written_by(owner):
        EVENTS_PUBLISHED.labels(owner, topic)
        for reason in Refusal:
            EVENTS_REFUSED.labels(owner, topic, reason)
    EVENTS_REFUSED.labels(owner, UNKNOWN_TOPIC, Refusal.TOPIC)


def note_published(owner: str, topics: Iterable[str]) -> None:
    """Count events that a store took, each by its topic."""
    for topic, count in Counter(topics).items():
        EVENTS_PUBLISHED.labels(owner, topic).inc(count)


def note_refused(owner: str, faults: Iterable[tuple[str, FieldFault]]) -> None:
    """Count events that are refused, each by its topic and its first fault."""
    for topic, fault in faults:
        is_known = topic in catalogue()
        reason = RULES.get(fault.rule, Refusal.CONTENT) if is_known else Refusal.TOPIC
        EVENTS_REFUSED.labels(owner, topic if is_known else UNKNOWN_TOPIC, reason).inc()
