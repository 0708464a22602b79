"""What the tracker reads, what kinds of fact it makes of it, and which is keyed by policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from bus.topics import (
    ACKNOWLEDGEMENT,
    AGREEMENT,
    COORDINATION,
    CUSTODY_EVENT,
    DELIVERY_RECEIPT,
    POLICY_NOTICE,
    Content,
    find_topic,
    topics_of,
)


class FactKind(StrEnum):
    """What a stored fact is."""

    NOTICE = "NOTICE"
    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT"
    COORDINATION = "COORDINATION"
    RECEIPT = "RECEIPT"
    AGREEMENT = "AGREEMENT"
    CITATION = "CITATION"


CONTENTS: Mapping[FactKind, Content] = {
    FactKind.NOTICE: POLICY_NOTICE,
    FactKind.ACKNOWLEDGEMENT: ACKNOWLEDGEMENT,
    FactKind.COORDINATION: COORDINATION,
    FactKind.RECEIPT: DELIVERY_RECEIPT,
    FactKind.AGREEMENT: AGREEMENT,
    FactKind.CITATION: CUSTODY_EVENT,
}
KINDS: Mapping[str, FactKind] = {content.name: kind for kind, content in CONTENTS.items()}

TRACKED = tuple(topic for content in CONTENTS.values() for topic in topics_of(content))
"""Every fact topic."""

KEYED_BY_POLICY = (POLICY_NOTICE, ACKNOWLEDGEMENT, COORDINATION)

_POLICY_ID = re.compile(r"(doj|dhs|hhs)/\d{4}/[a-z0-9-]{3,64}", re.ASCII)


def is_policy_id(text: str) -> bool:
    """Tell whether this can be the id of a policy, such as "doj/2018/zero-tolerance"."""
    return _POLICY_ID.fullmatch(text) is not None


def is_keyed_by_policy(topic: str) -> bool:
    """Tell whether a record's key on this topic names a policy."""
    return find_topic(topic).content in KEYED_BY_POLICY
