"""What time alone causes, carried out as a tracker does: late perhaps, and each thing once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from bus.notices.clearance import Judgement
from bus.notices.facts import AnyFact, CoordinationFact
from bus.notices.findings import FindingKind
from bus.notices.history import History
from bus.notices.ladders import Alarm, LadderStep, steps_of
from bus.notices.life import life_of
from bus.notices.observations import Seen, seen
from bus.notices.schedule import DueAction, due_actions, outruns
from bus.notices.states import Force

Due = TypeVar("Due", DueAction, LadderStep)


@dataclass(frozen=True, slots=True)
class Word:
    """An office was turned to. The first `known` facts were on record then."""

    at: datetime
    known: int
    cause: DueAction | LadderStep


@dataclass(slots=True)
class Clockwork:
    """A tracker's scheduler: what it has done, and to whom it has written."""

    done: set[UUID] = field(default_factory=set)
    words: list[Word] = field(default_factory=list)

    def carry_out(self, judgement: Judgement, facts: Sequence[AnyFact], now: datetime) -> None:
        """Do all that is due, and write where somebody is silent."""
        actions = due_actions(judgement)
        told: list[DueAction | LadderStep] = [
            each
            for each in self._new(actions, now)
            if each.office is not None
            and judgement.force(now) is not Force.ENDED
            and not outruns(each, actions, now)
        ]
        told += self._new(steps_about(facts), now)
        self.words += [Word(now, len(facts), each) for each in told]

    def _new(self, everything: Iterable[Due], now: datetime) -> list[Due]:
        """Note what is due and wasn't done before; return it."""
        due = [each for each in everything if each.due_at <= now]
        new = [each for each in due if each.action_id not in self.done]
        self.done |= {each.action_id for each in new}
        return new


def steps_about(facts: Iterable[AnyFact]) -> list[LadderStep]:
    """Return whom the observations among these facts turn to, past and to come."""
    known = History.of(facts)
    alarms = [_alarm_of(each, known.coordination) for each in seen(known.coordination)]
    return [step for each in alarms for step in steps_of(each, known.agreements)]


def _alarm_of(observation: Seen, told: Iterable[CoordinationFact]) -> Alarm:
    ids = {observation.coordination_id, observation.finding_id}
    agency = observation.statement.agency
    return Alarm(
        finding_id=observation.finding_id,
        kind=FindingKind.OBSERVED_POLICY,
        mode=observation.mode,
        state=life_of(ids, observation.mode, agency, told).state,
        opened_at=observation.first.recorded_at,
        about=agency,
        reporter=observation.first.owner,
        policy_id=observation.policy_id,
    )
