"""A machine that does what officers and machines can do, in any order, and asks after each step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bus.events import Mode
from bus.notices import clearance
from bus.notices.clearance import Clearance
from bus.notices.facts import (
    AcknowledgementFact,
    Answer,
    AnyFact,
    CoordinationKind,
    DeadLetterFact,
    Decision,
    NoticeFact,
    ReceiptFact,
    Seat,
    TextRead,
)
from bus.notices.history import History
from bus.notices.observations import observed_id
from bus.notices.schedule import due_actions
from tests.proofs import reference
from tests.proofs.alphabet import turning_points
from tests.proofs.clockwork import steps_about
from tests.proofs.enumeration import verdict_of
from tests.proofs.journal import EFFECTIVE_ON, EXERCISED, OIG, Journal
from tests.unit.notices import stories
from tests.unit.notices.stories import INTAKE, OFFICES, POLICY, day

FUTURE = timedelta(days=400)

offices = st.sampled_from(OFFICES)
texts = st.sampled_from(sorted(EFFECTIVE_ON))
decisions = st.sampled_from([Decision.ACCEPT] * 4 + [Decision.REJECT, Decision.WITHDRAW])
days_to_pass = st.sampled_from([0.5, 3.0, 5.0, 10.0, 20.0])


class Officers(Journal, RuleBasedStateMachine):
    """One policy, told by whoever may speak of it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Clearance] = []
        self._judged: tuple[object, clearance.Judgement] | None = None

    # What is done

    @initialize(text=texts)
    def publish(self, text: str) -> None:
        self.record(self.notice(text))

    @rule(text=texts, title=st.sampled_from("xy"))
    @precondition(lambda self: len(self.of_kind(NoticeFact)) < 4)
    def publish_an_update(self, text: str, title: str) -> None:
        last = self.notices()[-1]
        update = self.notice(text, revision=last.revision + 1, replaces=last.material_digest)
        self.record(replace(update, content=f"{update.content} {title}"))

    @rule(office=st.sampled_from([None, INTAKE]))
    def receipt_everything(self, office: str | None) -> None:
        self.record(stories.receipt(*self.notices(), office=office, recorded=self.now))

    @rule(
        office=offices,
        what=decisions,
        newest=st.booleans(),
        waives=st.booleans(),
        asks=st.sampled_from([(), (), ("beds",)]),
        read=st.sampled_from([TextRead.READ] * 4 + [TextRead.NOT_READ]),
    )
    def decide(
        self,
        office: str,
        what: Decision,
        newest: bool,
        waives: bool,
        asks: tuple[str, ...],
        read: TextRead,
    ) -> None:
        self.record(self.decision(office, what, newest, waives=waives, conditions=asks, read=read))

    @rule()
    def deliver_and_accept(self) -> None:
        """What happens when all goes well: so that machines get far within few steps."""
        self.receipt_everything(None)
        for office in OFFICES:
            self.record(self.decision(office, Decision.ACCEPT, newest=True, waives=True))

    @rule(office=offices)
    def decide_for_another(self, office: str) -> None:
        decision = self.decision(office, Decision.ACCEPT, newest=True)
        self.record(replace(decision, office=OIG, on_behalf_of=office, officer_id="h-99"))

    @rule(office=offices)
    def delegate(self, office: str) -> None:
        self.record(stories.delegate(OIG, office=office, since=self.now, recorded=self.now))

    @rule(office=offices)
    def revoke(self, office: str) -> None:
        self.record(stories.revoke(OIG, office=office, recorded=self.now))

    @rule(office=offices, what=st.sampled_from(list(Answer)))
    def answer_a_condition(self, office: str, what: Answer) -> None:
        self.record(stories.answer("beds", what, office, recorded=self.now))

    @rule(later=st.sampled_from([0, 45]))
    def stay(self, later: float) -> None:
        self.record(stories.stay(max(self.now, later), recorded=self.now))

    @rule(approver=st.sampled_from(["a-2", "a-2", "d-9"]))
    @precondition(lambda self: self.stays())
    def lift_the_last_stay(self, approver: str) -> None:
        last = self.stays()[-1]
        self.record(stories.lift(last, self.now, approver=approver, recorded=self.now))

    @rule(later=st.sampled_from([0, 60]))
    def cancel(self, later: float) -> None:
        self.record(stories.cancel(max(self.now, later), recorded=self.now))

    @rule()
    def open_a_dead_letter(self) -> None:
        self.record(stories.dead_letter(opened=self.now))

    @rule()
    def close_the_dead_letters(self) -> None:
        self.facts = [
            replace(fact, closed_at=fact.closed_at or day(self.now))
            if isinstance(fact, DeadLetterFact)
            else fact
            for fact in self.facts
        ]

    @rule(kind=st.sampled_from([*EXERCISED, "an agreement", "an agreement"]))
    def exercise(self, kind: str) -> None:
        """An exercise under the same names, by mistake or by malice."""
        fact = self.exercised()[kind]
        self.record(replace(fact, origin=replace(fact.origin, mode=Mode.EXERCISE)))

    @rule(by=days_to_pass)
    def let_time_pass(self, by: float) -> None:
        self.now += by

    # What must hold

    def moments(self) -> list[datetime]:
        points = {point for fact in self.facts for point in turning_points(fact)}
        return sorted(points | {day(self.now)})

    def judge(self, facts: list[AnyFact]) -> clearance.Judgement:
        return clearance.judge(POLICY, History.of(facts), day(self.now))

    @property
    def judgement(self) -> clearance.Judgement:
        """What is known now, judged once in a step."""
        key = (self.now, [id(fact) for fact in self.facts])
        if self._judged is None or self._judged[0] != key:
            self._judged = (key, self.judge(self.facts))
        return self._judged[1]

    @invariant()
    def the_reference_agrees(self) -> None:
        desk = reference.Desk(POLICY, reference.on_record(self.facts, day(self.now)))
        for at in self.moments():
            assert verdict_of(self.judgement.at(at)) == desk.verdict(at)

    @invariant()
    def an_announced_text_was_delivered_to_each_seat_and_accepted(self) -> None:
        for state in (self.judgement.at(at) for at in self.moments()):
            if state.announced:
                accepting = self.accepting(state.material_digest)
                assert all(is_filled(each.seat, accepting) for each in state.seats)
                assert state.seats
                assert self.of_kind(ReceiptFact)

    def accepting(self, digest: str | None) -> set[str]:
        given = [fact for fact in self.facts if isinstance(fact, AcknowledgementFact)]
        return {
            each.deciding_office
            for each in given
            if each.decision is Decision.ACCEPT and each.material_digest == digest
        }

    @invariant()
    def no_revision_becomes_announced_by_time_alone(self) -> None:
        moments = [*self.moments(), day(self.now) + FUTURE]
        states = [self.judgement.at(at) for at in moments]
        pairs = {(state.revision, state.announced) for state in states}
        assert len(pairs) == len({revision for revision, _ in pairs})

    @invariant()
    def the_order_of_reading_and_a_second_delivery_change_nothing(self) -> None:
        again = [
            replace(fact, origin=replace(fact.origin, offset=fact.origin.offset + 100_000))
            for fact in self.facts[::2]
            if not isinstance(fact, DeadLetterFact)
        ]
        at = day(self.now)
        assert self.judge([*again, *reversed(self.facts)]).at(at) == self.judgement.at(at)

    @invariant()
    def no_exercise_changes_what_is_real(self) -> None:
        real = [f for f in self.facts if isinstance(f, DeadLetterFact) or f.mode is Mode.ACTUAL]
        if len(real) < len(self.facts):
            assert self.answers(self.judge(real), real) == self.answers(self.judgement, self.facts)

    def answers(self, judgement: clearance.Judgement, facts: list[AnyFact]) -> tuple[object, ...]:
        """What is real: the state, what falls due, and whom the alarms of this policy turn to."""
        told = self.of_coordination(CoordinationKind.OBSERVATION)
        ids = {observed_id(each.coordination_id, Mode.ACTUAL) for each in told}
        steps = [each for each in steps_about(facts) if each.finding_id in ids]
        return judgement.at(day(self.now)), due_actions(judgement), steps

    @rule()
    def ask(self) -> None:
        """Ask now; whoever asks the same later, gets the same answer."""
        self.asked.append(self.judgement.at(day(self.now)))
        self.now += 0.25  # what comes next is recorded later

    @invariant()
    def a_repeated_question_has_the_same_answer(self) -> None:
        for answer in self.asked[-2:]:
            history = History.of(self.facts)
            again = clearance.derive(POLICY, history, at=answer.at, known_at=answer.known_at)
            assert again == answer


def is_filled(seat: Seat, accepting: set[str]) -> bool:
    return len(accepting.intersection(seat.offices)) >= seat.acceptances_needed
