"""What an office's decisions on one material text come to.

The highest decision number counts, not the last to arrive. It is then judged strictly: an
ACCEPT fills a seat only if everything about it is right, and an officer fills one seat, not two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bus.notices.approval import approvers_of
from bus.notices.conditions import unmet_conditions
from bus.notices.delegation import may_decide
from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact, Decision, Disclosure, NoticeFact, TextRead
from bus.notices.states import Code, Reason
from bus.notices.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where an office stands on a text. `decision` is None while it hasn't decided.

    `acceptance` is the one that fills its seat, None where none does. `is_objection` also where
    it accepted on a condition that the issuer refused.
    """

    decision: Decision | None
    acceptance: AcknowledgementFact | None = None
    is_objection: bool = False
    reasons: tuple[Reason, ...]

    @property
    def waiver(self) -> AcknowledgementFact | None:
        """The acceptance, where it waives the lead time."""
        waives = self.acceptance is not None and self.acceptance.waives_lead_time
        return self.acceptance if waives else None


def stands_on(notice: NoticeFact, offices: Iterable[str], dossier: Dossier) -> dict[str, Stand]:
    """Return where each of these offices stands on the text of a notice."""
    text = dossier.text_of(notice)
    decisions = decisions_on(text, dossier)
    stands = {o: _stand_of(o, decisions.get(o, ()), notice, dossier) for o in offices}
    accepted = [stand.acceptance for stand in stands.values() if stand.acceptance]
    for accept in beside_another_seat(accepted):
        office = accept.deciding_office
        reason = Reason(Code.ONE_OFFICER, str(accept.event_id), office)
        stands[office] = replace(stands[office], acceptance=None, reasons=(reason,))
    return stands


def beside_another_seat(
    acceptances: Iterable[AcknowledgementFact],
) -> set[AcknowledgementFact]:
    """Return the acceptances whose officer fills another office's seat already.

    What an officer decides for the own office comes first; then what was decided first.
    """
    seated: set[str] = set()
    beside: set[AcknowledgementFact] = set()
    for accept in sorted(acceptances, key=lambda each: (each.is_delegated, each.place)):
        if accept.officer_id in seated:
            beside.add(accept)
        seated.add(accept.officer_id)
    return beside


def decisions_on(text: Text, dossier: Dossier) -> dict[str, list[AcknowledgementFact]]:
    """Return the acknowledgements that concern this text, by deciding office.

    An acknowledgement concerns the text whose digest it names. A rejection or withdrawal also
    concerns the text of the revision it names: a wrong digest doesn't make an objection void. One
    that names nothing known concerns every text: it says no to the policy.
    An acceptance from before the text was changed away is among them: it may have been taken back.
    """
    by_office: dict[str, list[AcknowledgementFact]] = {}
    for fact in dossier.acknowledgements:
        if concerns(fact, text, dossier):
            by_office.setdefault(fact.deciding_office, []).append(fact)
    return by_office


def concerns(fact: AcknowledgementFact, text: Text, dossier: Dossier) -> bool:
    """Whether a decision is about this text."""
    if fact.material_digest == text.digest:
        return True
    is_objection = fact.decision is not Decision.ACCEPT
    names_revision = fact.revision in text.revisions_everywhere
    return is_objection and (names_revision or _names_nothing(fact, dossier))


def _names_nothing(objection: AcknowledgementFact, dossier: Dossier) -> bool:
    """Whether nobody can tell which text it is about.

    Its digest is on record under no notice, nor was its revision by then: else a later revision of
    that number would take the objection off the texts that stood when it was made.
    """
    return not any(
        notice.material_digest == objection.material_digest
        or (notice.revision == objection.revision and notice.recorded_at <= objection.recorded_at)
        for notice in dossier.notices
    )


def _stand_of(
    office: str, decisions: Sequence[AcknowledgementFact], notice: NoticeFact, dossier: Dossier
) -> Stand:
    if not decisions:
        return Stand(decision=None, reasons=(Reason(Code.NO_DECISION, office=office),))
    highest = _highest(decisions)
    objections = [fact for fact in highest if fact.decision is not Decision.ACCEPT]
    if objections:
        return _objection(office, objections)
    standing = [fact for fact in highest if not is_voided(fact, dossier.text_of(notice))]
    if not standing:
        changed = Reason(Code.TEXT_CHANGED_SINCE, str(highest[0].event_id), office)
        return Stand(decision=None, reasons=(changed,))
    return _acceptance(office, standing, notice, dossier)


def is_voided(accept: AcknowledgementFact, text: Text) -> bool:
    """Whether it accepts these words at another time: a material change lies between."""
    return accept.revision in text.revisions_everywhere - text.revisions


def _highest(decisions: Sequence[AcknowledgementFact]) -> list[AcknowledgementFact]:
    """Return the records under the highest number."""
    number = max(fact.decision_no for fact in decisions)
    return [fact for fact in decisions if fact.decision_no == number]


def _statements(decisions: Sequence[AcknowledgementFact]) -> list[AcknowledgementFact]:
    """Return the first record of each statement."""
    first: dict[tuple[object, ...], AcknowledgementFact] = {}
    for fact in decisions:
        first.setdefault(fact.statement, fact)
    return list(first.values())


OBJECTION_CODES = {Decision.REJECT: Code.REJECTED, Decision.WITHDRAW: Code.WITHDRAWN}


def _objection(office: str, objections: Sequence[AcknowledgementFact]) -> Stand:
    rejects = any(fact.decision is Decision.REJECT for fact in objections)
    return Stand(
        decision=Decision.REJECT if rejects else Decision.WITHDRAW,
        is_objection=True,
        reasons=tuple(
            Reason(OBJECTION_CODES[fact.decision], str(fact.event_id), office)
            for fact in _statements(objections)
        ),
    )


def _acceptance(
    office: str, records: Sequence[AcknowledgementFact], notice: NoticeFact, dossier: Dossier
) -> Stand:
    """Judge what is on record under one number. Who says the same again may say it rightly."""
    obstacles = {
        fact: [
            Reason(code, str(fact.event_id), office) for code in obstacles_to(fact, notice, dossier)
        ]
        for fact in records
    }
    accept = next((fact for fact in records if not obstacles[fact]), None)
    if accept is not None:
        accepted = Reason(Code.ACCEPTED, str(accept.event_id), office)
        return Stand(decision=Decision.ACCEPT, acceptance=accept, reasons=(accepted,))
    against = [reason for fact in _statements(records) for reason in obstacles[fact]]
    return Stand(
        decision=Decision.ACCEPT,
        is_objection=any(each.code is Code.CONDITION_REFUSED for each in against),
        reasons=tuple(against),
    )


def obstacles_to(
    accept: AcknowledgementFact, notice: NoticeFact, dossier: Dossier
) -> Iterator[Code]:
    """Yield what keeps an ACCEPT of the notice from filling its seat: defects and conditions."""
    yield from defects_of(accept, notice, dossier)
    if _is_contradicted(accept, dossier):
        yield Code.TWO_DECISIONS
    yield from unmet_conditions(accept, dossier)


def defects_of(accept: AcknowledgementFact, notice: NoticeFact, dossier: Dossier) -> Iterator[Code]:
    """Yield what is wrong with an ACCEPT of the notice's text, and will be for ever."""
    if accept.revision not in dossier.text_of(notice).sound_revisions:
        yield Code.WRONG_REVISION
    if not accept.mode_is_sound:
        yield Code.MODE_UNSOUND
    if accept.origin.faults:
        yield Code.FIELD_UNREADABLE
    if not accept.is_own_entry:
        yield Code.OTHER_AGENCYS_ENTRY
    yield from _what_was_not_read(accept, notice)
    yield from _who_issued_it(accept, notice, dossier)
    if not may_decide(accept, dossier):
        yield Code.DELEGATION_MISSING


def _who_issued_it(
    accept: AcknowledgementFact, notice: NoticeFact, dossier: Dossier
) -> Iterator[Code]:
    """Who wrote these words or let them go out, in this revision, a lower, or one known by then.

    A later update closes no gate of a revision in force, whoever drafts it.
    """
    issued = [
        each
        for each in dossier.carrying(notice.material_digest)
        if each.revision <= notice.revision or each.recorded_at <= accept.recorded_at
    ]
    if accept.officer_id in {each.drafter_id for each in issued}:
        yield Code.DECIDED_BY_DRAFTER
    elif accept.officer_id in approvers_of(issued, dossier):
        yield Code.DECIDED_BY_APPROVER


def _what_was_not_read(accept: AcknowledgementFact, notice: NoticeFact) -> Iterator[Code]:
    """A summary is enough only where the notice discloses no more than one."""
    if accept.text_read is TextRead.NOT_READ:
        yield Code.NOT_READ
    is_enough = notice.disclosure is Disclosure.SUMMARY
    if accept.text_read is TextRead.SUMMARY_READ and not is_enough:
        yield Code.SUMMARY_ONLY


def _is_contradicted(accept: AcknowledgementFact, dossier: Dossier) -> bool:
    """Whether its office said something else under the same number, be it of another text."""
    return any(
        other.decision_no == accept.decision_no and other.statement != accept.statement
        for other in dossier.decisions_of(accept.deciding_office)
    )
