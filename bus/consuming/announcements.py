"""What a group tells the others of its own troubles: dead letters and gaps, as drafts.

Neither carries a value, key or header of the record concerned.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from bus.consuming.claims import Gap
from bus.consuming.parking import DeadLetterChange
from bus.events import Draft, Mode
from bus.topics import FINDING, dead_letter_topic, topics_of

FINDINGS = topics_of(FINDING)[0].name

OFFSET_GAP: Final = "OFFSET_GAP"
"""The kind of finding that every group makes of its own gaps."""


def dead_letter_draft(group: str, change: DeadLetterChange, at: datetime) -> Draft:
    """Return the event that tells of a dead letter's change, with the headers of KIP-1191."""
    topic, number = change.partition
    return Draft(
        topic=dead_letter_topic(group),
        mode=change.mode,
        time=at,
        data={
            "dead_letter_id": str(change.dead_letter_id),
            "group": group,
            "topic": topic,
            "partition": number,
            "offset": change.offset,
            "reason": change.reason,
            "attempts": change.attempts,
            "state": change.state.value,
            "at": at,
            "actor_role": change.actor_role,
        },
        headers=(
            ("__dlq.errors.topic", topic),
            ("__dlq.errors.partition", str(number)),
            ("__dlq.errors.offset", str(change.offset)),
            ("__dlq.errors.group", group),
            ("__dlq.errors.delivery.count", str(change.attempts)),
            ("__dlq.errors.message", change.reason),
        ),
    )


def gap_finding_draft(group: str, account_id: int, gap: Gap, at: datetime) -> Draft:
    """Return the finding that offsets can't be read any more: the same gap, the same finding."""
    place = f"{group}/{gap.partition.topic}/{gap.partition.number}"
    cause = f"offset-gap:{place}/{account_id}/{gap.from_offset}"
    return Draft(
        topic=FINDINGS,
        mode=Mode.ACTUAL,
        time=at,
        data={
            "finding_id": str(uuid5(NAMESPACE_URL, cause)),
            "kind": OFFSET_GAP,
            "severity": "ALARM",
            "mode": Mode.ACTUAL.value,
            "policy_id": None,
            "office": None,
            "source": None,
            "event_id": None,
            "facts": [f"{place}: offsets {gap.from_offset} to {gap.to_offset - 1}: {gap.reason}"],
            "opened_at": at,
            "version": 1,
            "state": "OPEN",
        },
    )
