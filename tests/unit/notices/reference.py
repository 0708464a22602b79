"""The rules once more, told naively: a second opinion for the real ones.

Written from the rules' words, sentence by sentence, with lists and loops and without any
function of `bus.notices`. Slow, and proud of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bus.events import Mode
from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    AnyFact,
    CoordinationFact,
    DeadLetterFact,
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
    how = (a.office, a.officer_id, a.text_read, a.waives_lead_time, a.conditions, a.readiness)
    return (a.decision, a.revision, a.material_digest, *how)


class Reference:
    def __init__(self, policy_id: str, facts: list[AnyFact], known_at: datetime) -> None:
        self.policy_id = policy_id
        known = []
        for fact in sorted(facts, key=key):
            if key(fact)[0] > known_at or fact in known:
                continue
            if not isinstance(fact, DeadLetterFact):
                same = [f for f in known if not isinstance(f, DeadLetterFact)]
                if any(f.origin.event_id == fact.origin.event_id for f in same):
                    continue
            known.append(fact)
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
            if n.policy_id == policy_id and owner == agency(n.issuing_office) == agency(policy_id):
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
            and (notice.replaces_digest is None or bool(replaced))
        )

    def record(self, number: int) -> str:
        same = [n for n in self.notices if n.revision == number]
        if self.letters or any(n.origin.faults for n in same):
            return "UNREADABLE"
        return "CONFLICT" if any(n.content != same[0].content for n in same) else "SOUND"

    def seats(self, number: int) -> list[str]:
        asked = self.text(number).required_offices
        return sorted({"hhs.orr.intake", "hhs.orr.director", *asked})

    def highest(self, number: int, office: str) -> list[AcknowledgementFact]:
        digest = self.text(number).material_digest
        numbers = [n.revision for n in self.notices if n.material_digest == digest]
        mine = []
        for a in self.answers:
            names_it = a.material_digest == digest
            objects = a.decision != "ACCEPT" and a.revision in numbers
            if (a.on_behalf_of or a.office) == office and (names_it or objects):
                mine.append(a)
        return [a for a in mine if a.decision_no == max(b.decision_no for b in mine)]

    def accepts(self, number: int, office: str) -> bool:
        notice, top = self.text(number), self.highest(number, office)
        digest = notice.material_digest
        same_text = [n for n in self.notices if n.material_digest == digest]
        numbers = [n.revision for n in same_text if self.is_sound(n)]
        if not top or any(said(a) != said(top[0]) for a in top):
            return False
        a = top[0]
        need = notice.expected_impact.places_needed if notice.expected_impact else None
        short = a.readiness is not None and need is not None and a.readiness.places < need
        return (
            a.decision == "ACCEPT"
            and a.revision in numbers
            and a.origin.mode_is_sound
            and not a.origin.faults
            and not a.conditions
            and a.text_read != "NOT_READ"
            and not short
            and a.on_behalf_of is None
            and a.officer_id != notice.drafter_id
        )

    def answer(self, number: int) -> str:
        offices = self.seats(number)
        for office in offices:
            if any(a.decision != "ACCEPT" for a in self.highest(number, office)):
                return "REJECTED"
        notice = self.text(number)
        for g in self.agreements:
            begun = g.valid_from <= notice.origin.recorded_at
            over = g.valid_to is not None and g.valid_to <= notice.origin.recorded_at
            if begun and not over and agency(self.policy_id) in g.parties:
                return "PENDING"
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
        if self.text(number).effective_at - delivered_at >= timedelta(days=30):
            return "KEPT"
        waived = self.accepts(number, office) and self.highest(number, office)[0].waives_lead_time
        return "WAIVED" if waived else "SHORT"

    def lead(self, number: int) -> str:
        leads = [self.office_lead(number, office) for office in self.seats(number)]
        for worst in ("SHORT", "WAIVED", "KEPT"):
            if worst in leads:
                return worst
        raise AssertionError("the default agreement always has offices")

    def cancels(self, policy_id: str, at: datetime, mode: Mode | None) -> bool:
        return any(
            s.kind == "CANCEL"
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
                and newer == next(n for n in others if n.revision == newer.revision)
                and newer.supersedes == self.policy_id != newer.policy_id
                and agency(newer.policy_id) == agency(self.policy_id)
                and newer.stage == "FINAL"
                and newer.effective_at <= at
                and not self.cancels(newer.policy_id, newer.effective_at, self.mode)
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
        if any(s.since is None or s.since <= at for s in stays):
            return "STAYED"
        return "IN_FORCE" if notice.effective_at <= at else "NOT_YET"
