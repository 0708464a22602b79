"""Rules of custody events and of what groups tell about their work."""

from __future__ import annotations

from collections.abc import Iterator

from bus.errors import FieldFault
from bus.events import Payload
from bus.publishing.rules import Rules, rule, speaks_for_owner
from bus.topics import (
    CUSTODY_EVENT,
    DEAD_LETTER,
    DELIVERY_RECEIPT,
    GROUPS,
    Topic,
    catalogue,
    dead_letter_topic,
)

# Custody events


def _agency_reports(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    return speaks_for_owner("agency", topic, data["agency"])


def _reporting_office_speaks(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    return speaks_for_owner("office", topic, data.get("office"))


def _parted_from_others(_: Topic, data: Payload) -> Iterator[FieldFault]:
    separation = data.get("separation")
    if separation is None:
        return
    for index, other in enumerate(separation.get("from_subject_ids", ())):
        if other == data["subject_id"]:
            yield FieldFault(
                f"separation.from_subject_ids[{index}]", "another person", "it is subject_id itself"
            )


def _separated_means_yes(_: Topic, data: Payload) -> Iterator[FieldFault]:
    separation = data.get("separation")
    if data["event_kind"] == "SEPARATED" and separation and separation.get("separated") == "NO":
        yield FieldFault(
            "separation.separated", "agrees", "event_kind says SEPARATED: say YES, UNKNOWN or none"
        )


def _correction_names_the_event(_: Topic, data: Payload) -> Iterator[FieldFault]:
    if data["event_kind"] == "CORRECTED" and data.get("corrects") is None:
        yield FieldFault("corrects", "required", "name the id of the event that was wrong")


# Receipts


def _group_is_the_owners(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    if GROUPS.get(data["group"]) != topic.owner:
        groups = ", ".join(group for group, owner in GROUPS.items() if owner == topic.owner)
        yield FieldFault("group", "authorised", f"groups of {topic.owner}: {groups or 'none'}")


def _receiving_office_speaks(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    return speaks_for_owner("office", topic, data.get("office"))


def _receipted_topic_exists(_: Topic, data: Payload) -> Iterator[FieldFault]:
    if data["topic"] not in catalogue():
        yield FieldFault("topic", "exists", "name a topic of the catalogue, without prefix")


def _receipt_says_what(_: Topic, data: Payload) -> Iterator[FieldFault]:
    through = data.get("through_sequence")
    if bool(data.get("event_ids")) == (through is not None):
        yield FieldFault("event_ids", "one of two", "give event_ids or through_sequence, not both")
    for index, missing in enumerate(data.get("exceptions", ())):
        if through is None or not 0 < missing <= through:
            yield FieldFault(f"exceptions[{index}]", "range", "from 1 through through_sequence")


# Dead letters and findings


def _dead_letter_is_the_topics(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    if dead_letter_topic(data["group"]) != topic.name:
        yield FieldFault("group", "authorised", f"{topic.name} tells of its own group only")


RULES: Rules = {
    CUSTODY_EVENT.schema: (
        rule(_agency_reports, "agency"),
        rule(_reporting_office_speaks, "office"),
        rule(_parted_from_others, "subject_id", "separation"),
        rule(_separated_means_yes, "event_kind", "separation"),
        rule(_correction_names_the_event, "event_kind", "corrects"),
    ),
    DELIVERY_RECEIPT.schema: (
        rule(_group_is_the_owners, "group"),
        rule(_receiving_office_speaks, "office"),
        rule(_receipted_topic_exists, "topic"),
        rule(_receipt_says_what, "event_ids", "through_sequence", "exceptions"),
    ),
    DEAD_LETTER.schema: (rule(_dead_letter_is_the_topics, "group"),),
}
