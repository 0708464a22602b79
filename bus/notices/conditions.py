"""The conditions of an acceptance, and what the issuer has answered to them.

A condition is open until the issuer agrees, or until the office accepts without it: that is how
an office accepts an answer in words. A refusal makes the acceptance a rejection, whatever else
was answered. Fewer places than the sender says are needed, or later ones, are a condition too,
whose id is `CAPACITY`.

An answer belongs to the acceptance that made the condition last before it, by the office's own
numbers: one that arrives late doesn't take the answer of a higher one. What was answered before an
office made a condition, be it of an older text, answers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from bus.notices.dossier import Dossier
from bus.notices.facts import (
    AcknowledgementFact,
    Answer,
    ConditionAnswer,
    CoordinationFact,
    CoordinationKind,
    Decision,
)
from bus.notices.states import Code

CAPACITY = "capacity"
"""The id by which the issuer answers an acceptance whose readiness falls short."""


def conditions_of(accept: AcknowledgementFact, dossier: Dossier) -> tuple[str, ...]:
    """Return the ids of what an acceptance depends on."""
    is_short = CAPACITY not in accept.conditions and is_capacity_short(accept, dossier)
    return (*accept.conditions, CAPACITY) if is_short else accept.conditions


def is_capacity_short(accept: AcknowledgementFact, dossier: Dossier) -> bool:
    """Whether the office offers fewer places than its text says are needed, or later."""
    notices, readiness = dossier.carrying(accept.material_digest), accept.readiness
    if not notices or readiness is None:
        return False
    notice = notices[0]
    impact = notice.expected_impact
    if impact is None or not impact.least_places:
        return False
    needed_at = impact.starts_at or notice.effective_at
    is_late = readiness.starts_at is not None and readiness.starts_at > needed_at
    return is_late or readiness.places < impact.least_places


def unmet_conditions(accept: AcknowledgementFact, dossier: Dossier) -> Iterator[Code]:
    """Yield why conditions of an acceptance keep it from filling its seat."""
    for condition_id in conditions_of(accept, dossier):
        code = _why_unmet(condition_id, answer_that_counts(condition_id, accept, dossier))
        if code is not None:
            yield code


def answer_that_counts(
    condition_id: str, accept: AcknowledgementFact, dossier: Dossier
) -> Answer | None:
    """Return the issuer's answer to a condition of this acceptance; None while it is open.

    A refusal counts beside whatever else was answered, an agreement beside an answer in words.
    """
    answers = [
        fact
        for fact in dossier.of_kind(CoordinationKind.CONDITION_ANSWER)
        if fact.is_by_issuer and _answers(fact, condition_id, accept, dossier)
    ]
    if any(answer_of(fact) is Answer.REFUSED for fact in answers):
        return Answer.REFUSED
    sound = [fact for fact in answers if fact.is_sound and dossier.is_said_once(fact)]
    if any(answer_of(fact) is Answer.AGREED for fact in sound):
        return Answer.AGREED
    return Answer.ANSWERED if sound else None


def _why_unmet(condition_id: str, answer: Answer | None) -> Code | None:
    if answer is Answer.REFUSED:
        return Code.CONDITION_REFUSED
    if answer is Answer.AGREED:
        return None
    if condition_id == CAPACITY:
        return Code.CAPACITY_SHORT
    return Code.CONDITION_OPEN if answer is None else Code.CONDITION_ANSWERED


def answer_of(fact: CoordinationFact) -> Answer | None:
    return fact.statement.answer if isinstance(fact.statement, ConditionAnswer) else None


def _answers(
    fact: CoordinationFact, condition_id: str, accept: AcknowledgementFact, dossier: Dossier
) -> bool:
    answered = answered_acceptance(fact, dossier)
    statement = fact.statement
    return (
        isinstance(statement, ConditionAnswer)
        and statement.condition_id == condition_id
        and answered is not None
        and answered.deciding_office == accept.deciding_office
        and answered.decision_no == accept.decision_no
        and answered.statement == accept.statement
    )


def answered_acceptance(fact: CoordinationFact, dossier: Dossier) -> AcknowledgementFact | None:
    """Return the acceptance that an answer belongs to; None if nobody had made the condition.

    Of those on record by then, it is the one with the highest number.
    """
    statement = fact.statement
    if not isinstance(statement, ConditionAnswer):
        return None
    made = [
        accept
        for accept in dossier.acknowledgements
        if accept.decision is Decision.ACCEPT
        and accept.deciding_office == statement.office
        and accept.recorded_at <= fact.recorded_at
        and statement.condition_id in conditions_of(accept, dossier)
    ]
    return max(made, key=lambda accept: (accept.decision_no, accept.place), default=None)
