"""What an office's decisions on one material text come to.

The highest decision number counts, not the last to arrive. It is then judged strictly: an
ACCEPT fills a seat only if everything about it is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bus.notices.dossier import Text
from bus.notices.facts import AcknowledgementFact, Decision, NoticeFact, TextRead
from bus.notices.states import Code, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where an office stands on a text. `decision` is None while it hasn't decided."""

    decision: Decision | None
    is_acceptance: bool
    waiver: AcknowledgementFact | None
    reasons: tuple[Reason, ...]


def decisions_on(
    text: Text, acknowledgements: Iterable[AcknowledgementFact]
) -> dict[str, list[AcknowledgementFact]]:
    """Return the acknowledgements that concern this text, by deciding office.

    An acknowledgement concerns the text whose digest it names. A rejection or withdrawal also
    concerns the text of the revision it names: a wrong digest doesn't make an objection void.
    """
    by_office: dict[str, list[AcknowledgementFact]] = {}
    for fact in acknowledgements:
        if _concerns(fact, text):
            by_office.setdefault(fact.deciding_office, []).append(fact)
    return by_office


def _concerns(fact: AcknowledgementFact, text: Text) -> bool:
    if fact.material_digest == text.digest:
        return True
    return fact.decision is not Decision.ACCEPT and fact.revision in text.revisions


def stand_of(
    office: str, decisions: Sequence[AcknowledgementFact], notice: NoticeFact, text: Text
) -> Stand:
    """Judge an office's decisions on the text of the notice."""
    if not decisions:
        silence = Reason(Code.NO_DECISION, office=office)
        return Stand(decision=None, is_acceptance=False, waiver=None, reasons=(silence,))
    highest = _highest(decisions)
    objections = [fact for fact in highest if fact.decision is not Decision.ACCEPT]
    if objections:
        return _objection(office, objections)
    return _acceptance(office, highest, notice, text)


def _highest(decisions: Sequence[AcknowledgementFact]) -> list[AcknowledgementFact]:
    """Return the first record of each statement made under the highest number."""
    number = max(fact.decision_no for fact in decisions)
    first: dict[tuple[object, ...], AcknowledgementFact] = {}
    for fact in decisions:
        if fact.decision_no == number:
            first.setdefault(fact.statement, fact)
    return list(first.values())


OBJECTION_CODES = {Decision.REJECT: Code.REJECTED, Decision.WITHDRAW: Code.WITHDRAWN}


def _objection(office: str, objections: Sequence[AcknowledgementFact]) -> Stand:
    rejects = any(fact.decision is Decision.REJECT for fact in objections)
    return Stand(
        decision=Decision.REJECT if rejects else Decision.WITHDRAW,
        is_acceptance=False,
        waiver=None,
        reasons=tuple(
            Reason(OBJECTION_CODES[fact.decision], str(fact.event_id), office)
            for fact in objections
        ),
    )


def _acceptance(
    office: str, statements: Sequence[AcknowledgementFact], notice: NoticeFact, text: Text
) -> Stand:
    accept = statements[0]
    obstacles = [
        Reason(code, str(fact.event_id), office)
        for fact in statements
        for code in _obstacles(fact, notice, text)
    ]
    if len(statements) > 1:
        obstacles += [Reason(Code.TWO_DECISIONS, str(f.event_id), office) for f in statements]
    accepted = Reason(Code.ACCEPTED, str(accept.event_id), office)
    return Stand(
        decision=Decision.ACCEPT,
        is_acceptance=not obstacles,
        waiver=accept if accept.waives_lead_time and not obstacles else None,
        reasons=tuple(obstacles) or (accepted,),
    )


def _obstacles(accept: AcknowledgementFact, notice: NoticeFact, text: Text) -> Iterator[Code]:
    """Yield what keeps an ACCEPT from filling its seat."""
    if accept.revision not in text.sound_revisions:
        yield Code.WRONG_REVISION
    if not accept.mode_is_sound:
        yield Code.MODE_UNSOUND
    if accept.origin.faults:
        yield Code.FIELD_UNREADABLE
    if accept.text_read is TextRead.NOT_READ:
        yield Code.NOT_READ
    if accept.conditions:
        yield Code.CONDITION_OPEN
    if _is_capacity_short(accept, notice):
        yield Code.CAPACITY_SHORT
    if accept.officer_id == notice.drafter_id:
        yield Code.DECIDED_BY_DRAFTER
    if accept.on_behalf_of is not None:
        yield Code.DELEGATION_NOT_APPLIED


def _is_capacity_short(accept: AcknowledgementFact, notice: NoticeFact) -> bool:
    """Fewer places than the sender says are needed, or later: a condition that is open."""
    impact, readiness = notice.expected_impact, accept.readiness
    if impact is None or readiness is None or not impact.places_needed:
        return False
    needed_at = impact.starts_at or notice.effective_at
    is_late = readiness.starts_at is not None and readiness.starts_at > needed_at
    return is_late or readiness.places < impact.places_needed
