"""Rules of notices, acknowledgements and coordination."""

from __future__ import annotations

from collections.abc import Iterator

from bus.errors import FieldFault
from bus.events import Payload
from bus.publishing.rules import (
    Rules,
    are_distinct,
    belongs_to,
    ends_after,
    is_time_zone,
    rule,
    same_officer,
    speaks_for_owner,
)
from bus.topics import ACKNOWLEDGEMENT, COORDINATION, POLICY_NOTICE, Topic, agency_of

# Notices


def _policy_is_the_owners(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    if agency_of(data["policy_id"]) != topic.owner and data.get("recorded_by") is None:
        yield FieldFault(
            "policy_id",
            "authorised",
            f"a policy of {topic.owner} begins with it; for another agency a liaison records it",
        )


def _issuing_office_speaks(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    """What a liaison records is issued by the policy's agency, all else by the topic's owner."""
    issuer = agency_of(data["policy_id"]) if data.get("recorded_by") else topic.owner
    if not belongs_to(issuer, data["issuing_office"]):
        yield FieldFault("issuing_office", "authorised", f"name an office of {issuer}")


def _liaison_is_the_owners(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    """An office that can't use the bus is served by whoever owns the topic, never by others."""
    liaison = data.get("recorded_by")
    if liaison is not None:
        yield from speaks_for_owner("recorded_by.office", topic, liaison["office"])


def _restricted_text_is_sealed(_: Topic, data: Payload) -> Iterator[FieldFault]:
    """Dates, scope and impact are always open; of the text no more than what is disclosed."""
    is_full = data["disclosure"] == "FULL"
    for name, hint in RESTRICTED_FIELDS.items():
        if not is_full and data.get(name) is None:
            yield FieldFault(name, "restricted text", hint)
    if not is_full and data.get("document") is not None:
        yield FieldFault("document", "restricted text", "its link and digest would disclose it")
    if is_full and data.get("sealed_digest") is not None:
        yield FieldFault("sealed_digest", "restricted text", "a text disclosed in full has none")
    has_summary = data.get("summary") is not None
    if data["disclosure"] == "SUMMARY" and not has_summary:
        yield FieldFault("summary", "restricted text", "SUMMARY discloses one: give it")
    if data["disclosure"] == "EXISTENCE" and has_summary:
        yield FieldFault("summary", "restricted text", "EXISTENCE discloses none: leave it out")


RESTRICTED_FIELDS = {
    "cui_category": "name the category that restricts the text",
    "sealed_digest": "give the SHA-256 of a salt and the text, so that an acceptance binds to it",
}
"""What a notice of a text that isn't disclosed in full must say, and how."""


def _two_officers_publish(_: Topic, data: Payload) -> Iterator[FieldFault]:
    approver = data.get("approved_by")
    if approver is None:
        if data["stage"] == "FINAL":
            yield FieldFault("approved_by", "two officers", "a FINAL notice names who approved it")
    elif same_officer(data["drafted_by"], approver):
        yield FieldFault("approved_by", "two officers", "let another officer than the drafter sign")


def _notice_zone_exists(_: Topic, data: Payload) -> Iterator[FieldFault]:
    return is_time_zone("effective_time_zone", data["effective_time_zone"])


def _policy_ends_after_effect(_: Topic, data: Payload) -> Iterator[FieldFault]:
    return ends_after("expires_at", data["effective_at"], data.get("expires_at"))


def _emergency_ends_after_effect(_: Topic, data: Payload) -> Iterator[FieldFault]:
    emergency = data.get("emergency")
    if emergency is not None:
        yield from ends_after("emergency.ends_at", data["effective_at"], emergency["ends_at"])


def _supersedes_own_policy(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    superseded = data.get("supersedes")
    if superseded is None:
        return
    if superseded == data["policy_id"]:
        yield FieldFault("supersedes", "another policy", "a new revision needs no supersedes")
    elif agency_of(superseded) != topic.owner:
        yield FieldFault("supersedes", "authorised", f"only a policy of {topic.owner} ends so")


def _addressees_are_distinct(_: Topic, data: Payload) -> Iterator[FieldFault]:
    offices = [addressee["office"] for addressee in data["addressees"]]
    return are_distinct("addressees", "office", offices)


# Acknowledgements


def _office_speaks(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    return speaks_for_owner("office", topic, data["office"])


def _represented_office_speaks(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    return speaks_for_owner("on_behalf_of", topic, data.get("on_behalf_of"))


def _accepts_what_was_read(_: Topic, data: Payload) -> Iterator[FieldFault]:
    if data["decision"] == "ACCEPT" and data["text_read"] == "NOT_READ":
        yield FieldFault("text_read", "read before accepting", "read the notice, then accept it")


def _conditions_are_distinct(_: Topic, data: Payload) -> Iterator[FieldFault]:
    ids = [condition["condition_id"] for condition in data.get("conditions", ())]
    return are_distinct("conditions", "condition_id", ids)


# Coordination: each kind has a body of its name, and only that one is set.

BODIES = (
    "approval",
    "cancel",
    "stay",
    "lift_stay",
    "exercise_window",
    "condition_answer",
    "delegation",
    "observation",
    "disposition",
    "proceed_over_objection",
    "compelled",
)
OF_A_POLICY = frozenset(
    {
        "APPROVAL",
        "CANCEL",
        "STAY",
        "LIFT_STAY",
        "CONDITION_ANSWER",
        "DELEGATION",
        "PROCEED_OVER_OBJECTION",
        "COMPELLED",
    }
)
BY_THE_ISSUER = frozenset({"APPROVAL", "CANCEL", "CONDITION_ANSWER", "PROCEED_OVER_OBJECTION"})


def _body_is_the_kinds(_: Topic, data: Payload) -> Iterator[FieldFault]:
    wanted = str(data["kind"]).lower()
    for body in BODIES:
        present = data.get(body) is not None
        if body == wanted and not present:
            yield FieldFault(body, "the body of its kind", f"kind {data['kind']} needs it")
        elif body != wanted and present:
            yield FieldFault(body, "the body of its kind", f"kind {data['kind']} has no such body")


def _policy_is_named(_: Topic, data: Payload) -> Iterator[FieldFault]:
    if data["kind"] in OF_A_POLICY and data.get("policy_id") is None:
        yield FieldFault("policy_id", "required", f"kind {data['kind']} is about one policy")


def _issuer_decides(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    policy_id = data.get("policy_id")
    if data["kind"] in BY_THE_ISSUER and policy_id and agency_of(policy_id) != topic.owner:
        yield FieldFault(
            "kind", "authorised", f"{data['kind']} is for the policy's own agency to say"
        )


def _two_officers_lift_a_stay(_: Topic, data: Payload) -> Iterator[FieldFault]:
    body = data.get("lift_stay")
    if body is not None and same_officer(data["officer"], body["approved_by"]):
        yield FieldFault(
            "lift_stay.approved_by", "two officers", "let another officer approve the lifting"
        )


def _window_ends(_: Topic, data: Payload) -> Iterator[FieldFault]:
    window = data.get("exercise_window")
    if window is not None:
        yield from ends_after("exercise_window.to", window["from"], window["to"])


def _delegates_within(topic: Topic, data: Payload) -> Iterator[FieldFault]:
    delegation = data.get("delegation")
    if delegation is None:
        return
    yield from speaks_for_owner("delegation.to_office", topic, delegation["to_office"])
    if delegation.get("to") != delegation["from"]:  # which revokes what was delegated before
        yield from ends_after("delegation.to", delegation["from"], delegation.get("to"))
    if delegation["to_office"] == data["office"]:
        yield FieldFault("delegation.to_office", "another office", "name the office that may act")


RULES: Rules = {
    POLICY_NOTICE.schema: (
        rule(_policy_is_the_owners, "policy_id", "recorded_by"),
        rule(_issuing_office_speaks, "policy_id", "issuing_office", "recorded_by"),
        rule(_liaison_is_the_owners, "recorded_by"),
        rule(
            _restricted_text_is_sealed,
            "disclosure",
            "cui_category",
            "sealed_digest",
            "document",
            "summary",
        ),
        rule(_two_officers_publish, "stage", "drafted_by", "approved_by"),
        rule(_notice_zone_exists, "effective_time_zone"),
        rule(_policy_ends_after_effect, "effective_at", "expires_at"),
        rule(_emergency_ends_after_effect, "effective_at", "emergency"),
        rule(_supersedes_own_policy, "supersedes", "policy_id"),
        rule(_addressees_are_distinct, "addressees"),
    ),
    ACKNOWLEDGEMENT.schema: (
        rule(_office_speaks, "office"),
        rule(_represented_office_speaks, "on_behalf_of"),
        rule(_accepts_what_was_read, "decision", "text_read"),
        rule(_conditions_are_distinct, "conditions"),
        rule(_liaison_is_the_owners, "recorded_by"),
    ),
    COORDINATION.schema: (
        rule(_office_speaks, "office"),
        rule(_body_is_the_kinds, "kind", *BODIES),
        rule(_policy_is_named, "kind", "policy_id"),
        rule(_issuer_decides, "kind", "policy_id"),
        rule(_two_officers_lift_a_stay, "officer", "lift_stay"),
        rule(_window_ends, "exercise_window"),
        rule(_delegates_within, "office", "delegation"),
        rule(_liaison_is_the_owners, "recorded_by"),
    ),
}
