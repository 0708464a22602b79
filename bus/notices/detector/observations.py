"""What offices have seen, and what they say became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bus.notices.detector.evidence import shown_by
from bus.notices.facts import CoordinationFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.life import VoidDisposition
from bus.notices.observations import seen


def observed(coordination: Iterable[CoordinationFact]) -> Iterator[Finding]:
    """Yield a finding about the agency that each observation names, at its first record.

    The reason is where it was seen.
    """
    for each in seen(coordination):
        yield shown_by(
            each.first,
            FindingKind.OBSERVED_POLICY,
            (str(each.coordination_id),),
            mode=each.mode,
            policy_id=each.policy_id,
            office=each.statement.agency,
            reason=each.statement.channel,
            facts=each.records,
        )


def void_disposition(fact: CoordinationFact, reason: VoidDisposition) -> Finding:
    """Return the finding of a disposition that has no effect."""
    return shown_by(
        fact,
        FindingKind.VOID_COORDINATION,
        (str(fact.event_id),),
        mode=fact.mode,
        policy_id=fact.policy_id,
        office=fact.office,
        reason=reason,
    )
