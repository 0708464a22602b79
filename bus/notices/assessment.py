"""One revision judged by what is known, whatever the time.

Nothing here takes the moment asked about. That is why a revision's `announced` can't become
true by time alone: only a new fact makes a new assessment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bus.notices.after_effect import passed_over, without
from bus.notices.agreement import Seat, Terms, terms_for
from bus.notices.approval import is_approved
from bus.notices.decisions import Stand, stands_on
from bus.notices.delivery import Deliveries
from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact, Decision, NoticeFact, ReceiptFact, Stage
from bus.notices.revisions import Revision
from bus.notices.states import LEADS_FROM_BEST, AnswerState, Code, Lead, Reason, RecordState


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeState:
    """Where one office of a required seat stands.

    `decision` is what it said last, `acceptance` the one that fills its seat, if one does.
    `is_objection` tells whether it keeps a seat from being filled: one after effect may not.
    """

    office: str
    decision: Decision | None
    acceptance: AcknowledgementFact | None
    delivery: ReceiptFact | None
    due_at: datetime | None
    lead: Lead
    reasons: tuple[Reason, ...]
    is_objection: bool = False

    @property
    def is_acceptance(self) -> bool:
        return self.acceptance is not None

    @property
    def delivered_at(self) -> datetime | None:
        return self.delivery.recorded_at if self.delivery else None

    def is_overdue(self, at: datetime) -> bool:
        """Whether the time to answer is over and the office hasn't answered."""
        return self.decision is None and self.due_at is not None and self.due_at <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatState:
    """A required seat with the state of its offices."""

    seat: Seat
    offices: tuple[OfficeState, ...]

    @property
    def is_filled(self) -> bool:
        accepted = sum(office.is_acceptance for office in self.offices)
        return accepted >= self.seat.acceptances_needed

    @property
    def is_lost(self) -> bool:
        """Whether it can't be filled unless an office decides anew."""
        objected = sum(office.is_objection for office in self.offices)
        return len(self.offices) - objected < self.seat.acceptances_needed


def offices_of(seats: Iterable[SeatState]) -> tuple[OfficeState, ...]:
    """Return every office of these seats, once, by name."""
    by_name = {office.office: office for seat in seats for office in seat.offices}
    return tuple(by_name[name] for name in sorted(by_name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the facts say of one revision.

    `passed_over` are decisions after its effect that only warn.
    """

    revision: Revision
    terms: Terms
    record: RecordState
    answer: AnswerState
    lead: Lead
    seats: tuple[SeatState, ...]
    announced: bool
    reasons: tuple[Reason, ...]
    passed_over: tuple[AcknowledgementFact, ...] = ()

    @property
    def notice(self) -> NoticeFact:
        return self.revision.notice

    @property
    def offices(self) -> tuple[OfficeState, ...]:
        """Every office of a required seat, once, by name."""
        return offices_of(self.seats)


def assess(revision: Revision, dossier: Dossier) -> Assessment:
    """Judge one revision."""
    terms = terms_for(revision.notice, dossier.agreements)
    over = passed_over(
        revision.notice, terms, dossier, lambda known: _is_announced_by(known, revision.number)
    )
    assessment = _assess(revision, terms, without(dossier, over))
    return _showing(over, assessment) if over else assessment


def _is_announced_by(known: Dossier, number: int) -> bool:
    """Whether it was announced by these facts; a record nobody could read doesn't undo that."""
    readable = replace(known, dead_letters=())
    for revision in readable.revisions:
        if revision.number == number:
            terms = terms_for(revision.notice, readable.agreements)
            return _assess(revision, terms, readable).announced
    return False


def _showing(over: Sequence[AcknowledgementFact], assessment: Assessment) -> Assessment:
    """Show on their offices the decisions after effect that close nothing, while they stand."""
    accepted = {each.office: each.acceptance for each in assessment.offices}
    said = [each for each in over if not _is_taken_back(each, accepted[each.deciding_office])]
    seats = tuple(
        replace(seat, offices=tuple(_office_showing(said, each) for each in seat.offices))
        for seat in assessment.seats
    )
    shown = tuple(
        Reason(Code.OBJECTED_AFTER_EFFECT, str(each.event_id), each.deciding_office)
        for each in said
    )
    reasons = (*assessment.reasons, *shown)
    return replace(assessment, seats=seats, reasons=reasons, passed_over=tuple(over))


def _is_taken_back(decision: AcknowledgementFact, accepted: AcknowledgementFact | None) -> bool:
    """Whether its office accepted later on, by its own numbers."""
    return accepted is not None and decision.decision_no < accepted.decision_no


def _office_showing(said: Sequence[AcknowledgementFact], office: OfficeState) -> OfficeState:
    own = [each for each in said if each.deciding_office == office.office]
    last = max(own, key=lambda each: each.decision_no, default=None)
    return replace(office, decision=last.decision) if last else office


def _assess(revision: Revision, terms: Terms, dossier: Dossier) -> Assessment:
    seats = _seat_states(revision.notice, terms, dossier)
    record, record_reasons = record_of(revision, dossier)
    answer = answer_of(seats)
    lead = lead_of_seats(seats)
    defects = tuple(_defects(revision.notice, dossier))
    sound = record is RecordState.SOUND and not defects
    return Assessment(
        revision=revision,
        terms=terms,
        record=record,
        answer=answer,
        lead=lead,
        seats=seats,
        announced=sound and answer is AnswerState.ACCEPTED and lead is not Lead.SHORT,
        reasons=(*record_reasons, *defects, *_answer_reasons(seats)),
    )


def record_of(revision: Revision, dossier: Dossier) -> tuple[RecordState, tuple[Reason, ...]]:
    """Return the record dimension of a revision, and why."""
    unreadable = [
        Reason(Code.DEAD_LETTER_OPEN, str(d.dead_letter_id)) for d in dossier.dead_letters
    ]
    unreadable += [
        Reason(Code.FIELD_UNREADABLE, str(notice.event_id))
        for notice in revision.notices
        if not notice.is_whole
    ]
    if unreadable:
        return RecordState.UNREADABLE, tuple(unreadable)
    if revision.is_contradictory:
        contents = [Reason(Code.TWO_CONTENTS, str(n.event_id)) for n in revision.contents]
        return RecordState.CONFLICT, tuple(contents)
    return RecordState.SOUND, ()


def open_dead_letters(dossier: Dossier) -> list[Reason]:
    """Return a reason for each record of the policy that is an open dead letter."""
    return [
        Reason(Code.DEAD_LETTER_OPEN, str(letter.dead_letter_id)) for letter in dossier.dead_letters
    ]


def answer_of(seats: Sequence[SeatState]) -> AnswerState:
    """Return the answer dimension: the first value that holds."""
    if not seats:
        return AnswerState.NO_SEAT
    if any(seat.is_lost for seat in seats):
        return AnswerState.REJECTED
    if all(seat.is_filled for seat in seats):
        return AnswerState.ACCEPTED
    return AnswerState.PENDING


def lead_of_seats(seats: Iterable[SeatState]) -> Lead:
    """Return the lead of the worst office; SHORT where there is none."""
    leads = [office.lead for seat in seats for office in seat.offices]
    return max(leads, key=LEADS_FROM_BEST.index, default=Lead.SHORT)


def _defects(notice: NoticeFact, dossier: Dossier) -> Iterator[Reason]:
    """Yield what keeps a notice from being an announcement, whoever accepts it."""
    fact = str(notice.event_id)
    if notice.stage is not Stage.FINAL:
        yield Reason(Code.PROPOSED, fact)
    if not is_approved(notice, dossier):
        yield Reason(Code.SECOND_OFFICER_MISSING, fact)
    if not notice.mode_is_sound:
        yield Reason(Code.MODE_UNSOUND, fact)
    if not notice.is_bound:
        yield Reason(Code.TEXT_NOT_SEALED, fact)
    if dossier.is_cancelled_before(notice):
        yield Reason(Code.CANCELLED, fact)
    if not _continues_the_chain(notice, dossier):
        yield Reason(Code.CHAIN_BROKEN, fact)


def _continues_the_chain(notice: NoticeFact, dossier: Dossier) -> bool:
    """Whether the text that it says it replaces is that of a lower revision."""
    if notice.replaces_digest is None:
        return True
    replaced = dossier.carrying(notice.replaces_digest)
    return any(each.is_sound and each.revision < notice.revision for each in replaced)


def _seat_states(notice: NoticeFact, terms: Terms, dossier: Dossier) -> tuple[SeatState, ...]:
    offices = _office_states(notice, terms, dossier)
    return tuple(
        SeatState(seat=seat, offices=tuple(offices[office] for office in seat.offices))
        for seat in terms.seats
    )


def _office_states(notice: NoticeFact, terms: Terms, dossier: Dossier) -> dict[str, OfficeState]:
    text = dossier.text_of(notice)
    deliveries = Deliveries.of(notice, terms, text, dossier.receipts)
    return {
        office: _office_state(office, deliveries, stand)
        for office, stand in stands_on(notice, terms.offices, dossier).items()
    }


def _office_state(office: str, deliveries: Deliveries, stand: Stand) -> OfficeState:
    delivery = deliveries.to(office)
    lead, lead_reasons = deliveries.lead_of(office, stand.waiver)
    return OfficeState(
        office=office,
        decision=stand.decision,
        acceptance=stand.acceptance,
        is_objection=stand.is_objection,
        delivery=delivery,
        due_at=deliveries.terms.due_at(delivery.recorded_at) if delivery else None,
        lead=lead,
        reasons=(*stand.reasons, *lead_reasons),
    )


def _answer_reasons(seats: Sequence[SeatState]) -> Iterator[Reason]:
    for seat in seats:
        for office in seat.offices:
            yield from office.reasons
