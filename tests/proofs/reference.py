"""The announcement guarantee once more, as plainly as it can be written down.

This is the second opinion that `bus/notices/` is compared with. It was written from the words of
the guarantee alone, not from the code that it judges, and takes nothing from that code but the
classes of facts and the names of states. It keeps nothing between two questions: each reads the
whole list of facts again, like an officer with the records on the desk and a calendar on the
wall. It may be slow, and must be easy to check against the words.

Two habits hold throughout. What opens a gate is read strictly: everything about it must be right.
What closes a gate is read generously: it counts also where something about it is wrong. And
intervals are half-open: what begins at T holds at T, what ends at T doesn't.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bus.events import Mode
from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    Answer,
    AnyFact,
    Approval,
    ConditionAnswer,
    CoordinationFact,
    CoordinationKind,
    DeadLetterFact,
    Decision,
    Delegation,
    Disclosure,
    LiftStay,
    NoticeFact,
    ReceiptFact,
    Stage,
    TextRead,
)
from bus.notices.states import AnswerState, Force, Lead, ObjectionAfterEffect, RecordState

DEFAULT_LEAD_DAYS = 30
DEFAULT_SEATS = ("hhs.orr.intake", "hhs.orr.director")
DEFAULT_GROUP = "hhs-intake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the facts come to; only `record` has a value where there is no notice to judge."""

    record: RecordState
    revision: int | None = None
    answer: AnswerState | None = None
    lead: Lead | None = None
    force: Force | None = None
    mode: Mode | None = None
    announced: bool = False
    clear: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """So many of these offices must accept."""

    needed: int
    offices: tuple[str, ...]


def ask(policy_id: str, facts: Iterable[AnyFact], at: datetime, known_at: datetime) -> Verdict:
    """Return the state of a policy at a moment, by what had been recorded at another."""
    return Desk(policy_id, on_record(facts, known_at)).verdict(at)


def on_record(facts: Iterable[AnyFact], known_at: datetime) -> list[AnyFact]:
    """Return what had been recorded by then, each event once: where it stood first.

    Of dead letters, those that were open then.
    """
    first: dict[object, AnyFact] = {}
    for fact in sorted(facts, key=lambda each: each.place):
        if fact.recorded_at <= known_at and not is_settled(fact, known_at):
            first.setdefault(fact.identity, fact)
    return list(first.values())


def is_settled(fact: AnyFact, known_at: datetime) -> bool:
    """Return whether it is a dead letter that had been closed by then."""
    closed_at = fact.closed_at if isinstance(fact, DeadLetterFact) else None
    return closed_at is not None and closed_at <= known_at


def agency(name: str) -> str:
    """Return the agency of an office, a topic or a policy: the first part of its name."""
    return name.split("/", maxsplit=1)[0].split(".", maxsplit=1)[0]


def writer(fact: AnyFact) -> str:
    """Return the agency that recorded a fact: the owner of the topic that it stands on."""
    assert not isinstance(fact, DeadLetterFact)
    return agency(fact.origin.topic)


def is_material(path: str) -> bool:
    """Return whether a field belongs to the material text; title and contacts don't."""
    return not path.startswith(("title", "contacts"))


class Desk:
    """The records of one policy on an officer's desk, in the order in which they came."""

    def __init__(
        self, policy_id: str, facts: Sequence[AnyFact], *, is_warning_only: bool = True
    ) -> None:
        """An objection after effect only warns, unless `is_warning_only` is false."""
        self.policy_id = policy_id
        self.facts = facts
        self.is_warning_only = is_warning_only
        published = [
            fact for fact in facts if isinstance(fact, NoticeFact) and self.is_published(fact)
        ]
        self.mode = mode_of(published)
        self.notices = [fact for fact in published if fact.mode is self.mode]
        self.decisions = [
            fact for fact in facts if isinstance(fact, AcknowledgementFact) and self.counts(fact)
        ]
        self.steps = [
            fact for fact in facts if isinstance(fact, CoordinationFact) and self.counts(fact)
        ]
        self.receipts = [fact for fact in facts if isinstance(fact, ReceiptFact)]

    # Which records count

    def is_published(self, notice: NoticeFact) -> bool:
        """By the agency that may speak for the policy, in whatever mode.

        What another agency's liaison wrote down for the issuer is no word of the issuer's own.
        """
        mine = agency(self.policy_id)
        return (
            notice.policy_id == self.policy_id
            and writer(notice) == agency(notice.issuing_office) == mine
            and (notice.recorded_by is None or agency(notice.recorded_by) == mine)
        )

    def counts(self, fact: AcknowledgementFact | CoordinationFact) -> bool:
        """About this policy, in its mode, and by the office that it speaks for.

        Nobody decides for another agency's office, and an exercise says nothing of what is real.
        """
        speaks_for = decider(fact) if isinstance(fact, AcknowledgementFact) else fact.office
        return (
            fact.policy_id == self.policy_id
            and fact.mode is self.mode
            and writer(fact) == agency(fact.office) == agency(speaks_for)
        )

    def steps_of(self, kind: CoordinationKind) -> list[CoordinationFact]:
        return [step for step in self.steps if step.kind is kind]

    def notices_of(self, number: int) -> list[NoticeFact]:
        return [notice for notice in self.notices if notice.revision == number]

    def notice(self, number: int) -> NoticeFact:
        """Return a revision's notice; of two contents, the one that came first is shown."""
        return self.notices_of(number)[0]

    def text(self, number: int) -> str:
        return self.notice(number).material_digest

    # The policy as a whole

    def verdict(self, at: datetime) -> Verdict:
        number = self.governing(at)
        if number is None:
            return Verdict(record=self.record(None))
        force = self.force(number, at)
        announced = self.is_announced(number)
        return Verdict(
            record=self.record(number),
            revision=number,
            answer=self.answer(number),
            lead=self.lead(number),
            force=force,
            mode=self.mode,
            announced=announced,
            clear=announced and force is Force.IN_FORCE and self.mode is Mode.ACTUAL,
        )

    def governing(self, at: datetime) -> int | None:
        """The highest announced candidate; else the highest candidate; else the highest."""
        numbers = sorted({notice.revision for notice in self.notices}, reverse=True)
        candidates = [number for number in numbers if self.is_candidate(number, at)]
        announced = [number for number in candidates if self.is_announced(number)]
        return next(iter(announced + candidates + numbers), None)

    def is_candidate(self, number: int, at: datetime) -> bool:
        """Its day has come, and it hadn't been replaced before that day."""
        begins = self.effective_at(number)
        replaced = any(
            notice.revision > number and notice.recorded_at < begins for notice in self.notices
        )
        return begins <= at and not replaced

    def is_announced(self, number: int) -> bool:
        """The definition: sound, accepted, not short, a final text, issued by two officers."""
        return (
            self.record(number) is RecordState.SOUND
            and self.answer(number) is AnswerState.ACCEPTED
            and self.lead(number) is not Lead.SHORT
            and self.is_issued(self.notice(number))
        )

    def is_issued(self, notice: NoticeFact) -> bool:
        """Final, of a sound mode, by two officers, and replacing nothing that isn't known.

        A text that isn't disclosed in full is bound by its sealed digest.
        """
        lower = [each for each in self.notices if each.revision < notice.revision]
        texts = {each.material_digest for each in lower if may_open(each)}
        return (
            notice.stage is Stage.FINAL
            and notice.mode_is_sound
            and notice.approver_id is not None
            and notice.approver_id != notice.drafter_id
            and (notice.disclosure is Disclosure.FULL or notice.sealed_digest is not None)
            and (notice.replaces_digest is None or notice.replaces_digest in texts)
            and not self.follows_a_cancellation(notice)
        )

    def follows_a_cancellation(self, notice: NoticeFact) -> bool:
        """A revision of a cancelled policy is void, be it before the day on which that ends."""
        return any(
            agency(cancel.office) == agency(self.policy_id)
            and cancel.recorded_at <= notice.recorded_at
            for cancel in self.steps_of(CoordinationKind.CANCEL)
        )

    # Record

    def record(self, number: int | None) -> RecordState:
        notices = [] if number is None else self.notices_of(number)
        faults = [path for notice in notices for path in notice.origin.faults]
        if self.has_open_dead_letter() or any(is_material(path) for path in faults):
            return RecordState.UNREADABLE
        if not notices:
            return RecordState.UNKNOWN
        if len({notice.content for notice in notices}) > 1:
            return RecordState.CONFLICT
        return RecordState.SOUND

    def has_open_dead_letter(self) -> bool:
        """What can't be read of an exercise says nothing of what is real."""
        return any(
            isinstance(fact, DeadLetterFact)
            and fact.policy_id == self.policy_id
            and fact.mode in (Mode.ACTUAL, self.mode)
            for fact in self.facts
        )

    # Answer

    def answer(self, number: int) -> AnswerState:
        seats = self.seats(number)
        if not seats:
            return AnswerState.NO_SEAT
        if any(self.is_lost(seat, number) for seat in seats):
            return AnswerState.REJECTED
        if all(self.is_filled(seat, number) for seat in seats):
            return AnswerState.ACCEPTED
        return AnswerState.PENDING

    def agreed(self, number: int) -> list[AgreementFact]:
        """What the agencies had agreed when the notice was recorded, in days and of one agreement.

        The contents of its highest version that had begun: none where each of them is over, and
        more than one where it contradicts itself.
        """
        told = self.notice(number).recorded_at
        begun = [
            fact
            for fact in self.facts
            if isinstance(fact, AgreementFact)
            and fact.mode in (Mode.ACTUAL, self.mode)
            and fact.recorded_at <= told
            and fact.valid_from <= told
            and fact.parties == {each.party for each in fact.approvals}
        ]
        highest = [fact for fact in begun if fact.version == max(each.version for each in begun)]
        over = all(fact.valid_to is not None and fact.valid_to <= told for fact in highest)
        return (
            []
            if over
            else [fact for fact in highest if said(fact) not in said_before(fact, highest)]
        )

    def has_default(self, number: int) -> bool:
        """Nothing was agreed on, or nothing that says one thing."""
        return len(self.agreed(number)) != 1

    def seats(self, number: int) -> list[Seat]:
        """The default's two seats, or those agreed on, and one for each office added.

        What contradicts itself adds its seats to the default's.
        """
        offices = [*(DEFAULT_SEATS if self.has_default(number) else ())]
        agreed = [seat for fact in self.agreed(number) for seat in fact.seats]
        added = [*offices, *self.notice(number).required_offices]
        return [
            *(Seat(seat.acceptances_needed, seat.offices) for seat in agreed),
            *(Seat(1, (office,)) for office in added),
        ]

    def is_filled(self, seat: Seat, number: int) -> bool:
        return sum(self.accepts(office, number) for office in seat.offices) >= seat.needed

    def is_lost(self, seat: Seat, number: int) -> bool:
        """Too many of its offices object: no one else's acceptance can fill it."""
        objecting = sum(self.objects(office, number) for office in seat.offices)
        return len(seat.offices) - objecting < seat.needed

    def accepts(self, office: str, number: int) -> bool:
        return any(
            not self.sits_elsewhere(each, number) for each in self.acceptances(office, number)
        )

    def acceptances(self, office: str, number: int) -> list[AcknowledgementFact]:
        highest = self.highest_decisions(office, number)
        return [each for each in highest if self.is_good(each, number)]

    def sits_elsewhere(self, decision: AcknowledgementFact, number: int) -> bool:
        """An officer fills one seat: one of the own offices, else the first."""
        offices = {office for seat in self.seats(number) for office in seat.offices}
        others = [
            other
            for office in offices - {decider(decision)}
            for other in self.acceptances(office, number)
            if other.officer_id == decision.officer_id
        ]
        mine = (decision.office != decider(decision), decision.place)
        return any((other.office != decider(other), other.place) < mine for other in others)

    def objects(self, office: str, number: int) -> bool:
        """It said no, or the issuer refused what it asked for."""
        return any(
            is_objection(each)
            or (Answer.REFUSED in self.answers_to(each, number) and not self.is_void(each, number))
            for each in self.highest_decisions(office, number)
        )

    def is_void(self, decision: AcknowledgementFact, number: int) -> bool:
        """It accepts these words as they stood before a material change, or after one."""
        named = {each.material_digest for each in self.notices_of(decision.revision)}
        is_of_these = self.text(number) in named
        return is_of_these and not self.is_unbroken(decision.revision, number)

    def highest_decisions(self, office: str, number: int) -> list[AcknowledgementFact]:
        """The office's decisions on this text under its highest number: one, if all is well."""
        concerning = [
            each
            for each in self.heard(number)
            if decider(each) == office and self.concerns(each, number)
        ]
        highest = max((each.decision_no for each in concerning), default=0)
        return [each for each in concerning if each.decision_no == highest]

    def heard(self, number: int) -> list[AcknowledgementFact]:
        """All decisions but those that come too late to undo what they had helped to announce.

        That is how the default is read, to warn of an objection after effect: what had announced
        the revision before goes on counting. An agreement may say otherwise. A record that nobody
        could read undoes nothing of what the others had announced.
        """
        late: list[AcknowledgementFact] = []
        if any(
            fact.objection_after_effect is ObjectionAfterEffect.CLOSE
            for fact in self.agreed(number)
        ):
            return self.decisions
        begins = self.effective_at(number)
        for decision in self.decisions:
            if self.is_warning_only and decision.recorded_at >= begins:
                before = [
                    each
                    for each in self.facts
                    if each.recorded_at < decision.recorded_at
                    and each not in late
                    and not isinstance(each, DeadLetterFact)
                ]
                if self.undoes(decision, number, before):
                    late.append(decision)
        return [each for each in self.decisions if each not in late]

    def undoes(self, decision: AcknowledgementFact, number: int, before: Sequence[AnyFact]) -> bool:
        """Whether a revision was announced by what was recorded before, and not with this."""
        if not any(isinstance(each, NoticeFact) for each in before):
            return False
        without = Desk(self.policy_id, before, is_warning_only=False)
        beside = Desk(self.policy_id, [*before, decision], is_warning_only=False)
        return without.has_announced(number) and not beside.has_announced(number)

    def has_announced(self, number: int) -> bool:
        return bool(self.notices_of(number)) and self.is_announced(number)

    def concerns(self, decision: AcknowledgementFact, number: int) -> bool:
        """It names this text; an objection may also name a revision that carries this text.

        An objection that names nothing says no to all that there is.
        """
        text = self.text(number)
        named = {notice.material_digest for notice in self.notices_of(decision.revision)}
        return decision.material_digest == text or (
            is_objection(decision) and (text in named or self.names_nothing(decision))
        )

    def names_nothing(self, decision: AcknowledgementFact) -> bool:
        """No text on record is the one it names, and no revision was that was on record then."""
        told = [each for each in self.notices if each.recorded_at <= decision.recorded_at]
        return decision.material_digest not in {
            each.material_digest for each in self.notices
        } and decision.revision not in {each.revision for each in told}

    def is_good(self, decision: AcknowledgementFact, number: int) -> bool:
        """Whether an acceptance is right in everything."""
        carried = {
            notice.material_digest
            for notice in self.notices_of(decision.revision)
            if may_open(notice)
        }
        return (
            decision.decision is Decision.ACCEPT
            and decision.mode_is_sound
            and not decision.origin.faults
            and decision.material_digest in carried
            and self.is_unbroken(decision.revision, number)
            and is_own_entry(decision)
            and self.has_read(decision, number)
            and self.is_agreed(decision, number)
            and (decision.on_behalf_of is None or self.is_delegated(decision))
            and decision.officer_id not in self.issuers(decision, number)
            and not self.is_contradicted(decision, number)
        )

    def issuers(self, decision: AcknowledgementFact, number: int) -> set[str | None]:
        """Everyone who drafted or approved these words, in whatever revision.

        But an update that comes after an acceptance takes nothing from the revisions before it.
        """
        digest = self.text(number)
        carriers = [
            each
            for each in self.notices
            if each.material_digest == digest
            and (each.revision <= number or each.recorded_at <= decision.recorded_at)
        ]
        approving = [
            step
            for step in self.steps_of(CoordinationKind.APPROVAL)
            if isinstance(step.statement, Approval)
            and step.statement.material_digest == digest
            and step.statement.revision in {each.revision for each in carriers}
            and agency(step.office) == agency(self.policy_id)
        ]
        return {
            *(each.drafter_id for each in carriers),
            *(each.approver_id for each in carriers),
            *(step.officer_id for step in approving),
        }

    def is_unbroken(self, one: int, other: int) -> bool:
        """No material change lies between two revisions: such a change voids what was said before.

        That the same words come back later makes nobody's answer come back.
        """
        between = range(min(one, other), max(one, other) + 1)
        texts = {each.material_digest for each in self.notices if each.revision in between}
        return one == other or len(texts) == 1

    def is_contradicted(self, decision: AcknowledgementFact, number: int) -> bool:
        """The office said something else under the same number."""
        return any(
            decider(each) == decider(decision)
            and each.decision_no == decision.decision_no
            and said(each) != said(decision)
            for each in self.heard(number)
        )

    def has_read(self, decision: AcknowledgementFact, number: int) -> bool:
        """All that there is to read: a summary, where no more than a summary is disclosed."""
        if decision.text_read is TextRead.SUMMARY_READ:
            return self.notice(number).disclosure is Disclosure.SUMMARY
        return decision.text_read is TextRead.READ

    def conditions(self, decision: AcknowledgementFact) -> set[str]:
        """What an acceptance asks for; fewer places than are needed, or later, is one more."""
        same = [each for each in self.notices if each.material_digest == decision.material_digest]
        is_short = bool(same) and has_too_few_places(decision, same[0])
        return {*decision.conditions, *(["capacity"] if is_short else [])}

    def is_agreed(self, decision: AcknowledgementFact, number: int) -> bool:
        return all(
            Answer.AGREED in self.answers(decision, condition, number)
            and Answer.REFUSED not in self.answers(decision, condition, number)
            for condition in self.conditions(decision)
        )

    def answers_to(self, decision: AcknowledgementFact, number: int) -> set[Answer]:
        return {
            answer
            for condition in self.conditions(decision)
            for answer in self.answers(decision, condition, number)
        }

    def answers(self, decision: AcknowledgementFact, condition: str, number: int) -> set[Answer]:
        """What the issuer's agency has answered to a condition of this very acceptance.

        An answer belongs to the highest acceptance that had made the condition before it: numbers
        say what an office said last, not the order of arrival.
        """
        found = set()
        for step in self.steps_of(CoordinationKind.CONDITION_ANSWER):
            body = step.statement
            assert body is None or isinstance(body, ConditionAnswer)
            if (
                body is not None
                and agency(step.office) == agency(self.policy_id)
                and (body.office, body.condition_id) == (decider(decision), condition)
                and (body.answer is Answer.REFUSED or may_help(step))
                and said(decision) == self.last_asked(step, body, number)
            ):
                found |= {body.answer} if body.answer else set()
        return found

    def last_asked(
        self, step: CoordinationFact, body: ConditionAnswer, number: int
    ) -> tuple[object, ...] | None:
        """What the highest acceptance says that had made the condition before an answer."""
        asked = [
            each
            for each in self.heard(number)
            if each.decision is Decision.ACCEPT
            and decider(each) == body.office
            and each.recorded_at <= step.recorded_at
            and body.condition_id in self.conditions(each)
        ]
        numbers = [each.decision_no for each in asked]
        highest = [said(each) for each in asked if each.decision_no == max(numbers)]
        return highest[-1] if highest else None

    def is_delegated(self, decision: AcknowledgementFact) -> bool:
        """By a delegation recorded before the decision, that covers its moment.

        And that wasn't revoked by then, after it was given.
        """
        moment = decision.recorded_at
        return any(
            not self.is_revoked(step, moment)
            and isinstance(body := step.statement, Delegation)
            and may_help(step)
            and (step.office, body.to_office) == (decision.on_behalf_of, decision.office)
            and step.recorded_at <= moment
            and body.since <= moment
            and (body.until is None or moment < body.until)
            for step in self.steps_of(CoordinationKind.DELEGATION)
        )

    def is_revoked(self, given: CoordinationFact, moment: datetime) -> bool:
        """The same office has said since then that the other one may decide from A to A."""
        return any(
            isinstance(body := step.statement, Delegation)
            and isinstance(given.statement, Delegation)
            and (step.office, body.to_office) == (given.office, given.statement.to_office)
            and body.until is not None
            and body.until <= body.since <= moment
            and given.place < step.place
            and step.recorded_at <= moment
            for step in self.steps_of(CoordinationKind.DELEGATION)
        )

    # Lead

    def lead(self, number: int) -> Lead:
        """The worst office's; where nobody need be told, nobody was told in time."""
        offices = [office for seat in self.seats(number) for office in seat.offices]
        leads = [self.lead_of(office, number) for office in offices]
        worst_first = (Lead.SHORT, Lead.WAIVED, Lead.SHORTENED, Lead.KEPT)
        return min(leads, key=worst_first.index, default=Lead.SHORT)

    def lead_of(self, office: str, number: int) -> Lead:
        delivered_at = self.delivered_at(office, number)
        if delivered_at is None:
            return Lead.SHORT
        ahead = self.whole_days_ahead(delivered_at, number)
        if ahead >= self.days_needed(number):
            return Lead.KEPT
        if any(ahead >= least for least in self.emergency_days(number)):
            return Lead.SHORTENED
        return Lead.WAIVED if self.waives(office, number) else Lead.SHORT

    def days_needed(self, number: int) -> int:
        default = [DEFAULT_LEAD_DAYS] if self.has_default(number) else []
        return max([*default, *(fact.lead_time.amount for fact in self.agreed(number))])

    def emergency_days(self, number: int) -> list[int]:
        """The least lead time of the emergency that the notice claims, where it is agreed on."""
        notice = self.notice(number)
        emergency = notice.emergency
        if self.has_default(number) or emergency is None or not emergency.is_reasoned:
            return []
        if emergency.ends_at > notice.effective_at + timedelta(days=90):
            return []
        bases = self.agreed(number)[0].emergency_bases
        return [least.amount for basis, least in bases if basis == emergency.basis and least.amount]

    def whole_days_ahead(self, delivered_at: datetime, number: int) -> int:
        """How many days lie between the day of delivery and that of the effect, in its zone."""
        zone = ZoneInfo(self.notice(number).time_zone)
        told, begins = (
            moment.astimezone(zone).date() for moment in (delivered_at, self.effective_at(number))
        )
        return (begins - told).days - 1

    def delivered_at(self, office: str, number: int) -> datetime | None:
        """When the text first reached the office, by the receipt of the group named for it."""
        carriers = {
            notice.event_id
            for notice in self.notices
            if notice.material_digest == self.text(number)
            and may_open(notice)
            and self.is_unbroken(notice.revision, number)
        }
        receipts = [
            fact.recorded_at
            for fact in self.receipts
            if fact.mode_is_sound
            and fact.mode in (Mode.ACTUAL, self.mode)  # machines receipt exercises for real
            and writer(fact) == agency(office) == "hhs"
            and fact.group in self.groups(office, number)
            and fact.office in (None, office)
            and carriers & fact.event_ids
        ]
        return min(receipts, default=None)

    def groups(self, office: str, number: int) -> list[str]:
        """Whose receipt counts: what is agreed on for an office, else hhs-intake's.

        For an office that only a contradiction asks, nobody's.
        """
        if not self.has_default(number):
            named = [group for each, group in self.agreed(number)[0].receipts if each == office]
            return named or self.groups_of_added(office, number)
        return [DEFAULT_GROUP] if office in DEFAULT_SEATS else self.groups_of_added(office, number)

    def groups_of_added(self, office: str, number: int) -> list[str]:
        return [DEFAULT_GROUP] if office in self.notice(number).required_offices else []

    def waives(self, office: str, number: int) -> bool:
        return any(each.waives_lead_time for each in self.acceptances(office, number))

    # Force

    def effective_at(self, number: int) -> datetime:
        return self.notice(number).effective_at

    def force(self, number: int, at: datetime) -> Force:
        if self.is_cancelled(at) or self.is_superseded(at) or self.is_over(number, at):
            return Force.ENDED
        stays = self.steps_of(CoordinationKind.STAY)
        if any(holds(stay, at) and not self.is_lifted(stay, at) for stay in stays):
            return Force.STAYED
        return Force.IN_FORCE if self.effective_at(number) <= at else Force.NOT_YET

    def is_lifted(self, stay: CoordinationFact, at: datetime) -> bool:
        """By two officers of the agency that recorded it, after its record; the first counts."""
        liftings = [
            body
            for step in self.steps_of(CoordinationKind.LIFT_STAY)
            if isinstance(body := step.statement, LiftStay)
            and may_help(step)
            and body.stay_id == stay.coordination_id
            and body.approver_id != step.officer_id
            and agency(step.office) == agency(stay.office)
            and step.recorded_at >= stay.recorded_at
        ]
        return bool(liftings) and liftings[0].since <= at

    def is_cancelled(self, at: datetime) -> bool:
        """Only the agency that issued a policy can cancel it."""
        return any(
            agency(cancel.office) == agency(self.policy_id) and holds(cancel, at)
            for cancel in self.steps_of(CoordinationKind.CANCEL)
        )

    def was_cancelled_by(self, day: datetime) -> bool:
        """It was on record before that day that the policy is over on it, and nothing is doubtful.

        For this opens a gate, that of the older policy.
        """
        earlier = [
            cancel
            for cancel in self.steps_of(CoordinationKind.CANCEL)
            if cancel.recorded_at < day and may_help(cancel) and cancel.statement is not None
        ]
        return any(
            agency(cancel.office) == agency(self.policy_id) and holds(cancel, day)
            for cancel in earlier
        )

    def is_over(self, number: int, at: datetime) -> bool:
        """It has expired, or the emergency that it rested on is over."""
        notice = self.notice(number)
        return any(
            end is not None and end <= at for end in (notice.expires_at, notice.emergency_ends_at)
        )

    def is_superseded(self, at: datetime) -> bool:
        """A newer policy of the same agency, which replaces this one, has taken effect."""
        return any(self.ends_by(newer, at) for newer in self.newer_policies())

    def newer_policies(self) -> set[str]:
        return {
            fact.policy_id
            for fact in self.facts
            if isinstance(fact, NoticeFact)
            and fact.supersedes == self.policy_id
            and fact.policy_id != self.policy_id
            and agency(fact.policy_id) == agency(self.policy_id)
        }

    def ends_by(self, newer: str, at: datetime) -> bool:
        """Whether the newer policy has taken effect: one cancelled before its day never does.

        A cancellation from after that day changes no past, whatever day it names.
        """
        desk = Desk(newer, self.facts)
        return any(
            notice.supersedes == self.policy_id
            and notice.stage is Stage.FINAL  # a proposal takes no effect
            and notice.mode is self.mode
            and notice.effective_at <= at
            and desk.is_candidate(notice.revision, notice.effective_at)
            and not desk.was_cancelled_by(notice.effective_at)
            for notice in map(desk.notice, {each.revision for each in desk.notices})
        )


def mode_of(notices: Iterable[NoticeFact]) -> Mode:
    """Return the mode of a policy: that of its first notice whose mode is sound, for ever."""
    sound = [notice for notice in notices if notice.mode_is_sound]
    return sound[0].mode if sound else Mode.ACTUAL


def may_open(notice: NoticeFact) -> bool:
    """Return whether a notice may help to clear: its mode is sound, and its text whole."""
    faulty = any(is_material(path) for path in notice.origin.faults)
    return notice.mode_is_sound and not faulty


def is_own_entry(fact: AcknowledgementFact | CoordinationFact) -> bool:
    """Return whether no other agency's liaison wrote the record."""
    return fact.recorded_by is None or agency(fact.recorded_by) == agency(fact.office)


def may_help(step: CoordinationFact) -> bool:
    """Return whether a step may help to clear: everything about its record is right."""
    return step.mode_is_sound and not step.origin.faults and is_own_entry(step)


def has_too_few_places(decision: AcknowledgementFact, notice: NoticeFact) -> bool:
    """Return whether an office offers fewer places than are needed, or offers them later.

    Needed are as many as the sender says, and one for each child that comes in a week.
    """
    impact, ready = notice.expected_impact, decision.readiness
    if impact is None or ready is None:
        return False
    needed = [number for number in (impact.places_needed, impact.children_per_week) if number]
    needed_at = impact.starts_at or notice.effective_at
    ready_at = ready.starts_at or needed_at
    return any(ready.places < number or ready_at > needed_at for number in needed)


def decider(decision: AcknowledgementFact) -> str:
    """Return the office whose decision it is."""
    return decision.on_behalf_of or decision.office


def is_objection(decision: AcknowledgementFact) -> bool:
    return decision.decision in (Decision.REJECT, Decision.WITHDRAW)


def said_before(
    agreement: AgreementFact, agreements: Sequence[AgreementFact]
) -> list[tuple[object, ...]]:
    """Return what those say that stand before an agreement."""
    return [said(each) for each in agreements[: agreements.index(agreement)]]


def said(decision: AcknowledgementFact | AgreementFact) -> tuple[object, ...]:
    """Return what a decision or an agreement says, wherever it was recorded."""
    return tuple(
        getattr(decision, name) for name in decision.__dataclass_fields__ if name != "origin"
    )


def holds(step: CoordinationFact, at: datetime) -> bool:
    """Return whether a cancellation or a stay has begun; one without a date always has."""
    return step.since is None or step.since <= at
