"""The catalogue: every topic, who writes it, who reads it, its key, schema and settings.

Names here never carry a prefix. A prefix separates runs on one broker (tests, scenarios); it
is put on and taken off at the edge to Kafka, by `bus.topics.Names`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bus.errors import UnknownNameError
from bus.events import Payload

AGENCIES = ("doj", "dhs", "hhs")
OWNERS = (*AGENCIES, "bus")
"""Who owns topics, and a schema of the database each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a kind of topic carries. Every topic is kept without limit and stamped by the broker.

    `key_fields` are tried in order: the first that has a value is the record's key.
    `requires_mode` says that the payload repeats the mode that stands in the header.
    """

    name: str
    schema: str
    key_fields: tuple[str, ...]
    partitions: int
    requires_mode: bool = True


POLICY_NOTICE = Content(
    name="policy-notice",
    schema="interagency.notice.PolicyNotice",
    key_fields=("policy_id",),
    partitions=4,
)
ACKNOWLEDGEMENT = Content(
    name="acknowledgement",
    schema="interagency.notice.Acknowledgement",
    key_fields=("policy_id",),
    partitions=4,
)
COORDINATION = Content(
    name="coordination",
    schema="interagency.notice.Coordination",
    key_fields=("policy_id", "coordination_id"),
    partitions=4,
)
CUSTODY_EVENT = Content(
    name="custody-event",
    schema="interagency.custody.CustodyEvent",
    key_fields=("family_group_id",),
    partitions=12,
    requires_mode=False,
)
DELIVERY_RECEIPT = Content(
    name="delivery-receipt",
    schema="interagency.delivery.DeliveryReceipt",
    key_fields=("source",),
    partitions=4,
    requires_mode=False,
)
AGREEMENT = Content(
    name="agreement",
    schema="interagency.agreement.Agreement",
    key_fields=("agreement_id",),
    partitions=1,
    requires_mode=False,
)
CLEARANCE = Content(
    name="clearance",
    schema="interagency.clearance.Clearance",
    key_fields=("policy_id",),
    partitions=4,
    requires_mode=False,
)
FINDING = Content(
    name="finding",
    schema="interagency.clearance.Finding",
    key_fields=("finding_id",),
    partitions=4,
)
DEAD_LETTER = Content(
    name="dead-letter",
    schema="interagency.delivery.DeadLetterEvent",
    key_fields=("dead_letter_id",),
    partitions=1,
    requires_mode=False,
)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the catalogue; `name` is `<owner>.<content>.v<major>` without prefix."""

    name: str
    owner: str
    content: Content
    readers: frozenset[str]

    @property
    def schema(self) -> str:
        """The full name of the record that every value holds."""
        return self.content.schema

    @property
    def event_type(self) -> str:
        """The one `ce_type` of the topic."""
        return f"{self.content.schema}.v1"

    def key_of(self, data: Payload) -> str | None:
        """Return the record's key for this payload, or None where no key field has a value."""
        for name in self.content.key_fields:
            value = data.get(name)
            if value:
                return str(value)
        return None


def dead_letter_topic(group: str) -> str:
    """Return the name of the topic that tells of the group's dead letters."""
    return f"dlq.{group}.v1"


GROUPS = {"hhs-intake": "hhs", "tracker": "bus"}
"""The consumer groups of the bus, with the owner in whose schema each keeps its state."""


def _agency_topics() -> list[Topic]:
    everyone = frozenset(OWNERS)
    contents = (POLICY_NOTICE, ACKNOWLEDGEMENT, COORDINATION, CUSTODY_EVENT, DELIVERY_RECEIPT)
    return [
        Topic(
            name=f"{owner}.{content.name}.v1",
            owner=owner,
            content=content,
            readers=everyone if content is not CUSTODY_EVENT else frozenset({"hhs", "bus", owner}),
        )
        for owner in AGENCIES
        for content in contents
    ]


def _bus_topics() -> list[Topic]:
    everyone = frozenset(OWNERS)
    shared = [
        Topic(f"bus.{content.name}.v1", "bus", content, everyone)
        for content in (AGREEMENT, CLEARANCE, FINDING)
    ]
    letters = [
        Topic(dead_letter_topic(group), owner, DEAD_LETTER, everyone)
        for group, owner in GROUPS.items()
    ]
    return shared + letters


def agency_of(name: str) -> str:
    """Return the agency that owns an office, or that issues a policy.

    Offices are dotted names ("hhs.orr.intake"), policies names with slashes; the agency is
    the first part of either.
    """
    return name.partition("/")[0].partition(".")[0]


@cache
def catalogue() -> dict[str, Topic]:
    """Return every topic by name, in the catalogue's order."""
    return {topic.name: topic for topic in _agency_topics() + _bus_topics()}


def find_topic(name: str) -> Topic:
    """Return the topic of that name; raise UnknownNameError with the names that exist."""
    topic = catalogue().get(name)
    if topic is None:
        known = ", ".join(catalogue())
        raise UnknownNameError(f"there is no topic {name!r}; the catalogue has: {known}")
    return topic


def topics_of(content: Content) -> list[Topic]:
    """Return the topics that carry this content, one for each owner that has it."""
    return [topic for topic in catalogue().values() if topic.content is content]


@dataclass(frozen=True, slots=True)
class Names:
    """The edge between the catalogue's names and those on the broker."""

    prefix: str = ""

    def on_broker(self, name: str) -> str:
        """Return the broker's name for a topic or a group of ours."""
        return self.prefix + name

    def in_catalogue(self, name: str) -> str:
        """Return our name for a topic or group of the broker's."""
        return name.removeprefix(self.prefix)
