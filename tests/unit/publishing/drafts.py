"""Sound drafts to bend, one for each topic."""

from __future__ import annotations

from typing import Any

from bus.codec.schemas import packaged
from bus.events import Draft, Mode
from bus.publishing.validation import find_event_faults
from bus.topics import find_topic
from tests.contract.payloads import example

APPROVALS = [
    {
        "party": party,
        "office": office,
        "officer": {"role": "signing-officer", "id": officer},
        "at": None,
    }
    for party, office, officer in (("doj", "doj.oag", "j-1"), ("hhs", "hhs.acf", "h-1"))
]


def sound(topic_name: str, **changes: object) -> Draft:
    """Return the example of the topic's schema as a draft, with some of its fields changed.

    It may be published on doj.policy-notice.v1, hhs.acknowledgement.v1, doj.coordination.v1,
    dhs.custody-event.v1, hhs.delivery-receipt.v1, dlq.hhs-intake.v1 and the bus's topics.
    """
    data: dict[str, Any] = example(packaged().latest(find_topic(topic_name).schema))
    if topic_name == "bus.agreement.v1":
        moment = data["valid_from"]
        data |= {"parties": ["doj", "hhs"]}
        data |= {"approvals": [approval | {"at": moment} for approval in APPROVALS]}
    data |= changes
    return Draft(topic=topic_name, data=data, mode=Mode(data.get("mode") or "ACTUAL"))


def faults(draft: Draft, owner: str | None = None) -> dict[str, str]:
    """Return the rules that a draft breaks, by path; its topic's owner publishes, unless told."""
    writer = owner or find_topic(draft.topic).owner
    found = find_event_faults(writer, packaged(), draft)
    return {fault.path: fault.rule for fault in found}
