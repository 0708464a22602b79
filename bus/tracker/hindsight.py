"""What is against the custody events of findings by what is known later, beside what was then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import UUID

from bus.codec.schemas import SchemaStore
from bus.notices.clearance import Judgement, judge
from bus.notices.detector import reason_now
from bus.notices.facts import CitationFact
from bus.notices.findings import FindingKind
from bus.notices.history import History
from bus.storage.connections import Connection
from bus.tracker.changes import StoredFinding
from bus.tracker.fact_store import load_cited, load_policies

CITING = frozenset({FindingKind.UNANNOUNCED_POLICY, FindingKind.CITED_NOT_CLEAR})
"""The kinds of finding that a custody event opens by the policy that it cites."""


async def reasons_now(
    connection: Connection,
    findings: Iterable[StoredFinding],
    judgements: Mapping[str, Judgement],
    schemas: SchemaStore,
) -> dict[UUID, str]:
    """Return, by finding, what is against its event as these policies are judged.

    Of findings of other kinds, and of other policies, nothing.
    """
    citing = [
        each
        for each in findings
        if each.payload["kind"] in CITING and each.payload["policy_id"] in judgements
    ]
    if not citing:
        return {}
    cited = await load_cited(connection, {_event_of(each) for each in citing}, schemas)
    events = {fact.event_id: fact for fact in cited}
    return {
        each.finding_id: reason_now(
            cast("str | None", each.payload["reason"]),
            _as_handled(event, each),
            judgements[str(each.payload["policy_id"])],
        )
        for each in citing
        if (event := events.get(_event_of(each))) is not None
    }


async def reasons_known_at(
    connection: Connection,
    findings: Iterable[StoredFinding],
    known_at: datetime,
    schemas: SchemaStore,
) -> dict[UUID, str]:
    """Return the same by what had been recorded at a moment."""
    citing = [each for each in findings if each.payload["kind"] in CITING]
    policies = sorted({str(each.payload["policy_id"]) for each in citing})
    history = History.of((await load_policies(connection, policies, schemas)).facts)
    judgements = {policy_id: judge(policy_id, history, known_at) for policy_id in policies}
    return await reasons_now(connection, citing, judgements, schemas)


def _as_handled(event: CitationFact, finding: StoredFinding) -> CitationFact:
    """Return the event in the mode of its finding: an exercise's may have been taken for real."""
    return replace(event, origin=replace(event.origin, mode=finding.mode))


def _event_of(finding: StoredFinding) -> UUID:
    return UUID(str(finding.payload["event_id"]))
