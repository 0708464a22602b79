"""What a record is about that can't be applied, or doesn't say.

What closes a gate is read generously. So where nobody can tell which policy a withdrawal or a stay
is about, it may be any: no gate is clear until officers have
settled its dead letter.
"""

from __future__ import annotations

from collections.abc import Iterable

from bus.consuming.records import Rejected
from bus.errors import PoisonError
from bus.events import Event, Payload
from bus.notices.facts import CoordinationKind
from bus.reasons import Reason
from bus.topics import ACKNOWLEDGEMENT, COORDINATION, find_topic, topics_of
from bus.tracker.contents import is_keyed_by_policy, is_policy_id
from bus.tracker.sequences import Numbered

COORDINATION_TOPICS = frozenset(topic.name for topic in topics_of(COORDINATION))
UNPLACED = "it is about one policy, and names none"


def policies_of(rejected: Rejected) -> list[str]:
    """Return the policies that a rejected record may be about: by its key, and by its payload.

    They differ where the key is wrong. Whoever withdraws under a wrong key must not leave a gate
    open, and neither must whoever writes junk under a right one.
    """
    if not is_keyed_by_policy(rejected.partition.topic):
        return []
    keys = {rejected.key, rejected.payload_key}
    return sorted(key for key in keys if key is not None and is_policy_id(key))


def numbers_of(rejected: Iterable[Rejected]) -> list[Numbered]:
    """Return the numbers that could be read of rejected records: these aren't missing."""
    return [
        Numbered(each.source, each.partition.topic, each.sequence)
        for each in rejected
        if each.source is not None and "\0" not in each.source and each.sequence is not None
    ]


def is_unplaced(rejected: Rejected) -> bool:
    """Tell whether it may close a gate, and nobody can tell which.

    Coordination that can be decoded may be about no policy at all.
    """
    content = find_topic(rejected.partition.topic).content
    if content not in (ACKNOWLEDGEMENT, COORDINATION) or policies_of(rejected):
        return False
    if content is ACKNOWLEDGEMENT or rejected.payload is None:
        return True
    return is_of_a_policy(rejected.payload)


def refuse_unplaced(events: Iterable[Event]) -> None:
    """Raise PoisonError where one of these events is about one policy and doesn't say which.

    No command of ours publishes that. As a dead letter it is before officers, who can end it.
    """
    for event in events:
        is_nameless = event.topic in COORDINATION_TOPICS and event.data.get("policy_id") is None
        if is_nameless and is_of_a_policy(event.data):
            raise PoisonError(Reason.HANDLER_REFUSED, UNPLACED)


def is_of_a_policy(coordination: Payload) -> bool:
    """Tell whether its kind is about one policy."""
    return CoordinationKind(coordination["kind"]).is_of_a_policy
