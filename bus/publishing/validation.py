"""Everything that keeps an event from being published, at once. Asks no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bus.codec.schemas import SchemaStore
from bus.codec.validation import find_faults
from bus.errors import FieldFault, UnknownNameError
from bus.events import Draft
from bus.publishing import agreement_rules, custody_rules, notice_rules
from bus.publishing.rules import Rules, faults_of_draft, faults_of_payload
from bus.topics import find_topic

WHOLE = "(the payload)"
"""The path of a fault against the schema that is about no field: there are no fields then."""

RULES: Rules = {**notice_rules.RULES, **agreement_rules.RULES, **custody_rules.RULES}


def find_event_faults(
    owner: str,
    schemas: SchemaStore,
    draft: Draft,
    structural: Sequence[FieldFault] | None = None,
) -> list[FieldFault]:
    """Return every fault of an event that this owner wants to publish.

    Paths begin with the draft's own fields ("mode"), or with "data." for the payload's.
    `structural` are the faults against the schema, where they are known already.
    """
    try:
        topic = find_topic(draft.topic)
    except UnknownNameError as error:
        return [FieldFault("topic", "exists", str(error))]
    if structural is None:
        structural = find_faults(schemas.latest(topic.schema), draft.data)
    faults = [*faults_of_draft(owner, topic, draft), *_within_data(structural)]
    unsound = {_top_field(fault.path) for fault in structural}
    if WHOLE not in unsound:
        faults += _within_data(faults_of_payload(RULES, topic, draft.data, unsound))
    return faults


def _top_field(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _within_data(faults: Iterable[FieldFault]) -> Iterator[FieldFault]:
    for fault in faults:
        path = "data" if fault.path == WHOLE else f"data.{fault.path}"
        yield FieldFault(path, fault.rule, fault.hint)
