"""The same machine under a tracker that watches time: who is turned to, and who never may be."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from bus.events import Mode
from bus.notices.facts import (
    AcknowledgementFact,
    CoordinationFact,
    CoordinationKind,
    Outcome,
    Seat,
)
from bus.notices.ladders import LadderStep
from bus.notices.observations import observed_id
from bus.notices.schedule import DueAction
from bus.notices.states import ObjectionAfterEffect
from tests.proofs.clockwork import Clockwork
from tests.proofs.journal import OIG
from tests.proofs.officers import Officers, days_to_pass
from tests.unit.notices import stories
from tests.unit.notices.stories import DIRECTOR, INTAKE, OFFICES, POLICY, day

agreed_seats = st.sampled_from(
    [
        (Seat.of_office(INTAKE),),
        (Seat.of_office(INTAKE), Seat.of_office(DIRECTOR)),
        (Seat(seat_id="either", offices=OFFICES, acceptances_needed=1),),
    ]
)


class Watched(Officers):
    """Agencies agree, staff see, and a tracker turns to offices while others are silent."""

    def __init__(self) -> None:
        super().__init__()
        self.clockwork = Clockwork()

    # What is done

    @rule(
        seats=agreed_seats,
        lead_days=st.sampled_from([5, 45]),
        approved_by=st.sampled_from([("doj", "hhs")] * 3 + [("doj",)]),
        objection=st.sampled_from(list(ObjectionAfterEffect)),
        is_next=st.sampled_from([True, True, False]),
        lasts=st.sampled_from([None, 30]),
    )
    def agree(
        self,
        seats: tuple[Seat, ...],
        lead_days: int,
        approved_by: tuple[str, ...],
        objection: ObjectionAfterEffect,
        is_next: bool,
        lasts: float | None,
    ) -> None:
        """The next version of the agreement, or the last one with perhaps another content."""
        number = max((each.version for each in self.agreements()), default=0) + is_next
        fact = self.agreement(max(number, 1), lead_days, seats=seats, approved_by=approved_by)
        ends = None if lasts is None else day(self.now + lasts)
        self.record(replace(fact, objection_after_effect=objection, valid_to=ends))

    @rule(names_policy=st.booleans(), again=st.booleans())
    def observe(self, names_policy: bool, again: bool) -> None:
        """An office tells what it saw; told again, it may be tied to the policy."""
        told = self.of_coordination(CoordinationKind.OBSERVATION)
        identifier = told[-1].coordination_id if told and again else None
        self.record(self.observation(identifier, POLICY if names_policy else None))

    @rule(
        office=st.sampled_from(["doj.oag", OIG, INTAKE]),
        what=st.sampled_from(list(Outcome)),
        reference=st.sampled_from(["a report", None]),
    )
    def dispose_of_an_observation(self, office: str, what: Outcome, reference: str | None) -> None:
        """Of the last one; where there is none, somebody has seen something just now."""
        if not self.of_coordination(CoordinationKind.OBSERVATION):
            self.observe(names_policy=True, again=False)
        of = self.of_coordination(CoordinationKind.OBSERVATION)[-1].coordination_id
        self.record(
            stories.disposition(of, what, office=office, reference=reference, recorded=self.now)
        )

    @rule(by=days_to_pass, is_watched=st.sampled_from([True, True, False]))
    def let_time_pass(self, by: float, is_watched: bool = True) -> None:
        """A tracker that is away carries out later what has fallen due meanwhile."""
        self.now += by
        if is_watched:
            self.clockwork.carry_out(self.judgement, self.facts, day(self.now))

    @rule(by=st.sampled_from([16.0, 25.0, 31.0]))
    def deliver_and_be_silent(self, by: float) -> None:
        """What happens when nobody answers: a reminder is due, or the time is over."""
        self.receipt_everything(None)
        self.let_time_pass(by)

    # What must hold

    @invariant()
    def nobody_is_turned_to_about_an_office_that_has_decided(self) -> None:
        for word in self.clockwork.words:
            if isinstance(word.cause, DueAction):
                decided = self.deciding(word.cause, word.known)
                assert word.cause.office not in decided

    def deciding(self, cause: DueAction, known: int) -> set[str]:
        """Who had decided for itself on what it is asked about, by the first facts."""
        given = [each for each in self.facts[:known] if isinstance(each, AcknowledgementFact)]
        return {
            each.office
            for each in given
            if each.mode is Mode.ACTUAL
            and not each.is_delegated
            and each.material_digest == cause.material_digest
            and self.is_unbroken(each.revision, cause.revision)
        }

    def is_unbroken(self, one: int, other: int) -> bool:
        """Whether no other text stood between two revisions: that voids what was said before."""
        between = range(min(one, other), max(one, other) + 1)
        return len({n.material_digest for n in self.notices() if n.revision in between}) == 1

    def first_with(self, revision: int) -> int:
        """Return the revision that brought the text of this one."""
        numbers = (notice.revision for notice in self.notices())
        return min(number for number in numbers if self.is_unbroken(number, revision))

    @invariant()
    def nobody_is_turned_to_about_a_policy_that_has_ended(self) -> None:
        for word in self.clockwork.words:
            if isinstance(word.cause, DueAction):
                cancelled = self.of_coordination(CoordinationKind.CANCEL, word.known)
                assert not [each for each in cancelled if each.statement.since <= word.at]

    @invariant()
    def nobody_is_turned_to_about_what_somebody_has_taken(self) -> None:
        for word in self.clockwork.words:
            if isinstance(word.cause, LadderStep):
                disposed = self.of_coordination(CoordinationKind.DISPOSITION, word.known)
                counting = [each for each in disposed if closes(each)]
                of = {observed_id(each.statement.of, Mode.ACTUAL) for each in counting}
                assert word.cause.finding_id not in of

    @invariant()
    def each_silence_is_told_once(self) -> None:
        told = [
            (
                cause.kind,
                self.first_with(cause.revision),
                cause.office,
                cause.tells,
                cause.number,
            )
            for cause in (word.cause for word in self.clockwork.words)
            if isinstance(cause, DueAction)
        ]
        assert len(set(told)) == len(told)


def closes(disposition: CoordinationFact) -> bool:
    """Whether a disposition of what was seen of DOJ is by somebody who may, and whole."""
    body = disposition.statement
    is_whole = body.outcome is Outcome.TAKEN or body.reference is not None
    return is_whole and (disposition.office.startswith("doj.") or disposition.office == OIG)
