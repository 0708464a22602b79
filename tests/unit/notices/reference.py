"""The rules once more, told naively: a second opinion for the real ones.

Written from the rules' words, sentence by sentence, with lists and loops and without any
function of `bus.notices`. Slow, and proud of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bus.events import Mode
from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    AnyFact,
    ConditionAnswer,
    CoordinationFact,
    DeadLetterFact,
    Delegation,
    LiftStay,
    NoticeFact,
    ReceiptFact,
)


@dataclass(frozen=True)
class Opinion:
    record: str
    revision: int | None = None
    answer: str | None = None
    lead: str | None = None
    force: str | None = None
    mode: str | None = None
    announced: bool = False
    clear: bool = False


def agency(name: str) -> str:
    return name.split("/", maxsplit=1)[0].split(".", maxsplit=1)[0]


def key(fact: AnyFact) -> tuple:
    if isinstance(fact, DeadLetterFact):
        return (fact.opened_at, fact.topic, fact.partition, fact.offset)
    o = fact.origin
    return (o.recorded_at, o.topic, o.partition, o.offset)


def said(a: AcknowledgementFact) -> tuple:
    how = (
        *(a.office, a.officer_id, a.text_read, a.waives_lead_time, a.conditions, a.readiness),
        a.recorded_by,
    )
    return (a.decision, a.revision, a.material_digest, *how)


class Reference:
    def __init__(
        self, policy_id: str, facts: list[AnyFact], known_at: datetime, *, warns: bool = True
    ) -> None:
        self.policy_id = policy_id
        self.known_at = known_at
        self.warns = warns
        known = []
        for fact in sorted(facts, key=key):
            if key(fact)[0] > known_at or fact in known:
                continue
            if not isinstance(fact, DeadLetterFact):
                same = [f for f in known if not isinstance(f, DeadLetterFact)]
                if any(f.origin.event_id == fact.origin.event_id for f in same):
                    continue
            known.append(fact)
        self.known = known
        self.letters = [
            f
            for f in known
            if isinstance(f, DeadLetterFact)
            and f.policy_id == policy_id
            and (f.closed_at is None or f.closed_at > known_at)
        ]
        self.all_notices = [f for f in known if isinstance(f, NoticeFact)]
        self.notices = self.notices_for(policy_id)
        self.mode = self.notices[0].origin.mode if self.notices else None
        self.agreements = [f for f in known if isinstance(f, AgreementFact)]
        self.receipts = [f for f in known if isinstance(f, ReceiptFact)]
        self.all_steps = [
            f
            for f in known
            if isinstance(f, CoordinationFact) and agency(f.origin.topic) == agency(f.office)
        ]
        self.steps = [
            f for f in self.all_steps if f.policy_id == policy_id and f.origin.mode == self.mode
        ]
        self.answers = [
            f
            for f in known
            if isinstance(f, AcknowledgementFact)
            and f.policy_id == policy_id
            and f.origin.mode == self.mode
            and agency(f.origin.topic) == agency(f.office)
            and (f.on_behalf_of is None or agency(f.on_behalf_of) == agency(f.office))
        ]

    def published(self, policy_id: str) -> list[NoticeFact]:
        mine = []
        for n in self.all_notices:
            owner = agency(n.origin.topic)
            entered = n.recorded_by is None or agency(n.recorded_by) == owner
            issues = owner == agency(n.issuing_office) == agency(policy_id)
            if n.policy_id == policy_id and issues and entered:
                mine.append(n)
        return mine

    def notices_for(self, policy_id: str) -> list[NoticeFact]:
        mine = self.published(policy_id)
        sound = [n for n in mine if n.origin.mode_is_sound]
        mode = sound[0].origin.mode if sound else Mode.ACTUAL
        return [n for n in mine if n.origin.mode == mode]

    def ask(self, at: datetime) -> Opinion:
        if not self.notices:
            return Opinion("UNREADABLE" if self.letters else "UNKNOWN")
        number = self.governing(at)
        force = self.force(number, at)
        announced = self.is_announced(number)
        return Opinion(
            record=self.record(number),
            revision=number,
            answer=self.answer(number),
            lead=self.lead(number),
            force=force,
            mode=str(self.mode),
            announced=announced,
            clear=announced and force == "IN_FORCE" and self.mode == Mode.ACTUAL,
        )

    def is_sound(self, notice: NoticeFact) -> bool:
        return notice.origin.mode_is_sound and not notice.origin.faults

    def text(self, number: int) -> NoticeFact:
        return next(n for n in self.notices if n.revision == number)

    def governing(self, at: datetime) -> int:
        candidates = []
        for number in {n.revision for n in self.notices}:
            effective_at = self.text(number).effective_at
            replaced_before = any(
                n.revision > number and n.origin.recorded_at < effective_at for n in self.notices
            )
            if effective_at <= at and not replaced_before:
                candidates.append(number)
        announced = [number for number in candidates if self.is_announced(number)]
        return max(announced or candidates or [n.revision for n in self.notices])

    def is_announced(self, number: int) -> bool:
        notice = self.text(number)
        replaced = [
            n
            for n in self.notices
            if n.revision < number
            and n.material_digest == notice.replaces_digest
            and self.is_sound(n)
        ]
        return (
            self.record(number) == "SOUND"
            and self.answer(number) == "ACCEPTED"
            and self.lead(number) != "SHORT"
            and notice.stage == "FINAL"
            and notice.approver_id not in (None, notice.drafter_id)
            and notice.origin.mode_is_sound
            and (notice.disclosure == "FULL" or notice.sealed_digest is not None)
            and not any(
                s.kind == "CANCEL"
                and agency(s.office) == agency(self.policy_id)
                and s.origin.recorded_at <= notice.origin.recorded_at
                for s in self.steps
            )
            and (notice.replaces_digest is None or bool(replaced))
        )

    def record(self, number: int) -> str:
        same = [n for n in self.notices if n.revision == number]
        if self.letters or any(n.origin.faults for n in same):
            return "UNREADABLE"
        return "CONFLICT" if any(n.content != same[0].content for n in same) else "SOUND"

    def seats(self, number: int) -> list[str]:
        asked = self.text(number).required_offices
        agreed = self.agreed(number)
        if agreed is None:
            return sorted({"hhs.orr.intake", "hhs.orr.director", *asked})
        return sorted({office for seat in agreed.seats for office in seat.offices} | {*asked})

    def agreed(self, number: int) -> AgreementFact | None:
        """What the agencies had agreed when the notice was recorded; these histories have one."""
        for g in self.agreements:
            told = self.text(number).origin.recorded_at
            begun = g.origin.recorded_at <= told and g.valid_from <= told
            over = g.valid_to is not None and g.valid_to <= told
            missing = g.parties - {a.party for a in g.approvals}
            if begun and not over and not missing and agency(self.policy_id) in g.parties:
                return g
        return None

    def highest(self, number: int, office: str) -> list[AcknowledgementFact]:
        digest = self.text(number).material_digest
        numbers = [n.revision for n in self.notices if n.material_digest == digest]
        mine = []
        over = self.over(number)
        for a in (a for a in self.answers if a not in over):
            names_it = a.material_digest == digest
            objects = a.decision != "ACCEPT" and a.revision in numbers
            if (a.on_behalf_of or a.office) == office and (names_it or objects):
                mine.append(a)
        return [a for a in mine if a.decision_no == max(b.decision_no for b in mine)]

    def over(self, number: int) -> list[AcknowledgementFact]:
        """What an office said after effect against what it had helped to announce: a warning."""
        agreed = self.agreed(number)
        if not self.warns or (agreed and agreed.objection_after_effect == "CLOSE"):
            return []
        of_its_mode = [
            f
            for f in self.known
            if not isinstance(f, DeadLetterFact)
            and (not isinstance(f, NoticeFact) or f in self.notices)
        ]
        over: list[AcknowledgementFact] = []
        for a in self.answers:
            late = a.origin.recorded_at >= self.text(number).effective_at
            if not late or decider(a) not in self.seats(number):
                continue
            before = [
                f
                for f in of_its_mode
                if isinstance(f, AgreementFact) or (key(f)[0] < key(a)[0] and f not in over)
            ]
            alone = Reference(self.policy_id, before, self.known_at, warns=False)
            beside = Reference(self.policy_id, [*before, a], self.known_at, warns=False)
            if alone.announces(number) and not beside.announces(number):
                over.append(a)
        return over

    def announces(self, number: int) -> bool:
        return any(n.revision == number for n in self.notices) and self.is_announced(number)

    def accepts(self, number: int, office: str) -> bool:
        if not self.would_accept(number, office):
            return False
        a = self.highest(number, office)[0]
        if decider(a) == a.office:
            return True
        others = [
            self.highest(number, o)[0]
            for o in self.seats(number)
            if o != office and self.would_accept(number, o)
        ]
        return not any(
            b.officer_id == a.officer_id and (decider(b) == b.office or key(b) < key(a))
            for b in others
        )

    def would_accept(self, number: int, office: str) -> bool:
        notice, top = self.text(number), self.highest(number, office)
        digest = notice.material_digest
        same_text = [n for n in self.notices if n.material_digest == digest]
        numbers = [n.revision for n in same_text if self.is_sound(n)]
        over = self.over(number)
        numbered = [
            a
            for a in self.answers
            if top and decider(a) == office and a.decision_no == top[0].decision_no
        ]
        if not top or any(said(a) != said(top[0]) for a in numbered if a not in over):
            return False
        a = top[0]
        enough = ["READ", "SUMMARY_READ"] if same_text[0].disclosure == "SUMMARY" else ["READ"]
        return (
            a.decision == "ACCEPT"
            and a.revision in numbers
            and a.origin.mode_is_sound
            and not a.origin.faults
            and (a.recorded_by is None or agency(a.recorded_by) == agency(a.office))
            and a.text_read in enough
            and all(self.met(a, c, over) == "AGREED" for c in self.conditions(a))
            and (decider(a) == a.office or self.is_delegated(a))
            and a.officer_id != notice.drafter_id
        )

    def conditions(self, a: AcknowledgementFact) -> set[str]:
        texts = [n for n in self.notices if n.material_digest == a.material_digest]
        impact = texts[0].expected_impact if texts else None
        need = impact.places_needed if impact else None
        short = a.readiness is not None and need is not None and a.readiness.places < need
        return {*a.conditions, *(["capacity"] if short else [])}

    def met(self, a: AcknowledgementFact, condition: str, over: list[AcknowledgementFact]) -> str:
        """What the issuer answered to the condition of this very acceptance."""
        said_so = set()
        for step in self.steps:
            s = step.statement
            if not isinstance(s, ConditionAnswer) or s.condition_id != condition:
                continue
            if s.office != decider(a) or agency(step.office) != agency(self.policy_id):
                continue
            made = [
                b
                for b in self.answers
                if b.decision == "ACCEPT"
                and b not in over
                and decider(b) == s.office
                and b.origin.recorded_at <= step.origin.recorded_at
                and condition in self.conditions(b)
            ]
            same = made and made[-1].decision_no == a.decision_no and said(made[-1]) == said(a)
            if same and (s.answer == "REFUSED" or (s.answer is not None and self.is_good(step))):
                said_so.add(str(s.answer))
        return next((w for w in ("REFUSED", "AGREED", "ANSWERED") if w in said_so), "OPEN")

    def is_delegated(self, a: AcknowledgementFact) -> bool:
        return any(
            isinstance(d := step.statement, Delegation)
            and self.is_good(step)
            and step.office == decider(a)
            and d.to_office == a.office
            and step.origin.recorded_at <= a.origin.recorded_at
            and d.since <= a.origin.recorded_at
            and (d.until is None or a.origin.recorded_at < d.until)
            for step in self.steps
        )

    def is_good(self, step: CoordinationFact) -> bool:
        entered = step.recorded_by is None or agency(step.recorded_by) == agency(step.office)
        return step.origin.mode_is_sound and not step.origin.faults and entered

    def objects(self, number: int, office: str) -> bool:
        top = self.highest(number, office)
        if any(a.decision != "ACCEPT" for a in top):
            return True
        over = self.over(number)
        return any(self.met(a, c, over) == "REFUSED" for a in top for c in self.conditions(a))

    def answer(self, number: int) -> str:
        offices = self.seats(number)
        if any(self.objects(number, office) for office in offices):
            return "REJECTED"
        return "ACCEPTED" if all(self.accepts(number, o) for o in offices) else "PENDING"

    def delivered_at(self, number: int, office: str) -> datetime | None:
        digest = self.text(number).material_digest
        ids = {
            n.origin.event_id
            for n in self.notices
            if n.material_digest == digest and self.is_sound(n)
        }
        times = []
        for r in self.receipts:
            machine = agency(r.origin.topic) == agency(office) == "hhs" and r.group == "hhs-intake"
            real = r.origin.mode_is_sound and r.origin.mode in (Mode.ACTUAL, self.mode)
            if machine and real and r.office in (None, office) and r.event_ids & ids:
                times.append(r.origin.recorded_at)
        return min(times, default=None)

    def office_lead(self, number: int, office: str) -> str:
        delivered_at = self.delivered_at(number, office)
        if delivered_at is None:
            return "SHORT"
        agreed = self.agreed(number)
        days = agreed.lead_time.amount if agreed else 30
        if (self.text(number).effective_at.date() - delivered_at.date()).days > days:
            return "KEPT"
        waived = self.accepts(number, office) and self.highest(number, office)[0].waives_lead_time
        return "WAIVED" if waived else "SHORT"

    def lead(self, number: int) -> str:
        leads = [self.office_lead(number, office) for office in self.seats(number)]
        for worst in ("SHORT", "WAIVED", "KEPT"):
            if worst in leads:
                return worst
        raise AssertionError("the default agreement always has offices")

    def cancels(
        self, policy_id: str, at: datetime, mode: Mode | None, *, soundly: bool = False
    ) -> bool:
        return any(
            s.kind == "CANCEL"
            and (not soundly or (s.statement is not None and self.is_good(s)))
            and s.policy_id == policy_id
            and s.origin.mode == mode
            and agency(s.office) == agency(policy_id)
            and (s.since is None or s.since <= at)
            for s in self.all_steps
        )

    def is_superseded(self, at: datetime) -> bool:
        for newer in self.all_notices:
            others = [n for n in self.published(newer.policy_id) if n.origin.mode == self.mode]
            if (
                newer in others
                and newer.supersedes == self.policy_id != newer.policy_id
                and agency(newer.policy_id) == agency(self.policy_id)
                and newer.stage == "FINAL"
                and newer.effective_at <= at
                and not self.cancels(newer.policy_id, newer.effective_at, self.mode, soundly=True)
                and not any(
                    n.revision > newer.revision and n.origin.recorded_at < newer.effective_at
                    for n in others
                )
            ):
                return True
        return False

    def force(self, number: int, at: datetime) -> str:
        notice = self.text(number)
        ends = [e for e in (notice.expires_at, notice.emergency_ends_at) if e is not None]
        if (
            self.cancels(self.policy_id, at, self.mode)
            or self.is_superseded(at)
            or any(end <= at for end in ends)
        ):
            return "ENDED"
        stays = [s for s in self.steps if s.kind == "STAY"]
        if any((s.since is None or s.since <= at) and not self.is_lifted(s, at) for s in stays):
            return "STAYED"
        return "IN_FORCE" if notice.effective_at <= at else "NOT_YET"

    def is_lifted(self, stay: CoordinationFact, at: datetime) -> bool:
        for step in self.steps:
            if (
                isinstance(lift := step.statement, LiftStay)
                and self.is_good(step)
                and lift.stay_id == stay.coordination_id
                and lift.approver_id != step.officer_id
                and agency(step.office) == agency(stay.office)
                and stay.origin.recorded_at <= step.origin.recorded_at
            ):
                return lift.since <= at  # of several, the first
        return False


def decider(a: AcknowledgementFact) -> str:
    return a.on_behalf_of or a.office
