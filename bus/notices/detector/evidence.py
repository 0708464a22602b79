"""What findings rest on: the fact that opens one, and what was known at that moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from bus.events import Mode
from bus.notices.clearance import Judgement, judge
from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    CitationFact,
    CoordinationFact,
    DeadLetterFact,
    NoticeFact,
    ReceiptFact,
)
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.states import Code

Cause = tuple[str | int, ...]
Recorded = (
    NoticeFact | AcknowledgementFact | CoordinationFact | ReceiptFact | AgreementFact | CitationFact
)


def shown_by(
    fact: Recorded | DeadLetterFact,
    kind: FindingKind,
    cause: Cause,
    *,
    mode: Mode,
    policy_id: str | None,
    office: str | None,
    facts: Sequence[Recorded] = (),
    reason: str | None = None,
) -> Finding:
    """Return a finding that the fact opens, and that rests on it and on `facts`."""
    record = None if isinstance(fact, DeadLetterFact) else fact.origin
    identity = fact.dead_letter_id if isinstance(fact, DeadLetterFact) else fact.event_id
    rests_on = dict.fromkeys([identity, *(each.event_id for each in facts)])
    return Finding(
        kind=kind,
        cause=cause,
        mode=mode,
        opened_at=fact.recorded_at,
        facts=tuple(map(str, rests_on)),
        reason=None if reason is None else str(reason),
        policy_id=policy_id,
        office=office,
        source=record.source if record else None,
        event_id=record.event_id if record else None,
    )


Judged = Callable[[datetime], Judgement]
"""What was known of a policy at a moment, judged."""


def judging(known: History, policy_id: str, now: Judgement | None = None) -> Judged:
    """Return a function that judges the policy by what was known at a moment.

    `now` is what all that is known comes to, where that has been judged.
    """
    epochs = known.epochs

    @cache
    def judged(epoch: datetime) -> Judgement:
        if now is not None and epoch == epochs[-1]:
            return now
        return judge(policy_id, known, epoch)

    return lambda at: judged(epochs[bisect_right(epochs, at) - 1])


def conflict(
    cause: Cause,
    contents: Sequence[NoticeFact] | Sequence[AcknowledgementFact] | Sequence[CoordinationFact],
    office: str,
) -> Finding:
    """The second content opens it."""
    second = contents[1]
    return shown_by(
        second,
        FindingKind.CONFLICT,
        cause,
        mode=second.mode,
        policy_id=second.policy_id,
        office=office,
        facts=contents,
    )


def unsound(fact: NoticeFact | AcknowledgementFact | CoordinationFact, office: str) -> Finding:
    """A contradictory mode alarms as ACTUAL, and so does a sound one that isn't the policy's."""
    return shown_by(
        fact,
        FindingKind.MODE_UNSOUND,
        (str(fact.event_id),),
        mode=Mode.ACTUAL,
        policy_id=fact.policy_id,
        office=office,
        reason=Code.OTHER_MODE if fact.mode_is_sound else Code.MODE_UNSOUND,
    )
