"""What the tracker reads, and which of it is keyed by policy."""

from __future__ import annotations

import re

from bus.topics import (
    ACKNOWLEDGEMENT,
    AGREEMENT,
    COORDINATION,
    CUSTODY_EVENT,
    DELIVERY_RECEIPT,
    POLICY_NOTICE,
    find_topic,
    topics_of,
)

CONTENTS = (
    POLICY_NOTICE,
    ACKNOWLEDGEMENT,
    COORDINATION,
    CUSTODY_EVENT,
    DELIVERY_RECEIPT,
    AGREEMENT,
)
TRACKED = tuple(topic for content in CONTENTS for topic in topics_of(content))
"""Every fact topic."""

KEYED_BY_POLICY = (POLICY_NOTICE, ACKNOWLEDGEMENT, COORDINATION)

_POLICY_ID = re.compile(r"(doj|dhs|hhs)/\d{4}/[a-z0-9-]{3,64}", re.ASCII)


def is_policy_id(text: str) -> bool:
    """Tell whether this can be the id of a policy, such as "doj/2018/zero-tolerance"."""
    return _POLICY_ID.fullmatch(text) is not None


def is_keyed_by_policy(topic: str) -> bool:
    """Tell whether a record's key on this topic names a policy."""
    return find_topic(topic).content in KEYED_BY_POLICY
