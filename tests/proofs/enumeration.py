"""Every small history, and what two readings of the rules make of each.

A history places steps of a theme on slots in time: each slot takes one step or none, each step
is recorded once or never. So every order of recording is there, and every step before, at and
after each turning point. A history is asked about as known at its last step, with all steps that
it hasn't used recorded afterwards: since every shorter history is there too, this covers every
`known_at` of every longer one, and what is recorded later must change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bus.notices import clearance
from bus.notices.clearance import Clearance
from bus.notices.facts import AnyFact
from bus.notices.history import History
from tests.proofs import reference
from tests.proofs.alphabet import Step, Theme, turning_points
from tests.proofs.reference import Verdict
from tests.proofs.telling import days, tell
from tests.unit.notices.stories import POLICY, day

INSTANT = timedelta(microseconds=1)
FAR_FUTURE = 1000


@dataclass(frozen=True, slots=True)
class Recorded:
    """Steps as they were recorded, and those that weren't yet."""

    facts: tuple[AnyFact, ...]
    later: tuple[AnyFact, ...]
    known_at: datetime

    @property
    def moments(self) -> list[datetime]:
        """Every moment that matters: just before, at and just after each turning point."""
        points = {point for fact in self.facts for point in turning_points(fact)}
        around = {
            point + distance for point in points for distance in (-INSTANT, INSTANT * 0, INSTANT)
        }
        return sorted(around | {self.known_at})


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A history of which the rules and the reference make different things."""

    recorded: Recorded
    at: datetime
    rules: Verdict
    reference: Verdict

    def __str__(self) -> str:
        return "\n".join(
            (
                tell(self.recorded.facts),
                f"at day {days(self.at)}, known at day {days(self.recorded.known_at)}",
                f"  the rules:     {self.rules}",
                f"  the reference: {self.reference}",
            )
        )


def histories(theme: Theme, slots: Sequence[float]) -> Iterator[Recorded]:
    """Yield every way to record steps of the theme on the slots, at least one."""
    yield from _extend((), theme.steps, slots)


def _extend(
    facts: tuple[AnyFact, ...], unused: tuple[Step, ...], slots: Sequence[float]
) -> Iterator[Recorded]:
    for index, slot in enumerate(slots):
        for step in unused:
            rest = tuple(other for other in unused if other is not step)
            recorded = facts + step.at(slot)
            later = tuple(fact for other in rest for fact in other.at(FAR_FUTURE))
            yield Recorded(recorded, later, day(slot))
            yield from _extend(recorded, rest, slots[index + 1 :])


def compare(recorded: Recorded) -> Disagreement | None:
    """Ask both at every moment that matters; return the first disagreement."""
    everything = (*recorded.facts, *recorded.later)
    judgement = clearance.judge(POLICY, History.of(everything), recorded.known_at)
    desk = reference.Desk(POLICY, reference.on_record(everything, recorded.known_at))
    for at in recorded.moments:
        rules = verdict_of(judgement.at(at))
        naive = desk.verdict(at)
        if rules != naive:
            return Disagreement(recorded, at, rules, naive)
    return None


def verdict_of(state: Clearance) -> Verdict:
    return Verdict(
        record=state.record,
        revision=state.revision,
        answer=state.answer,
        lead=state.lead,
        force=state.force,
        mode=state.mode,
        announced=state.announced,
        clear=state.clear,
    )


@dataclass(slots=True)
class Tally:
    """What a comparison came to. Of the disagreements, the one with the shortest history."""

    histories: int = 0
    questions: int = 0
    shortest: Disagreement | None = None

    def add(self, recorded: Recorded) -> None:
        self.histories += 1
        self.questions += len(recorded.moments)
        found = compare(recorded)
        if found and (
            self.shortest is None or len(recorded.facts) < len(self.shortest.recorded.facts)
        ):
            self.shortest = found


def compare_all(recorded: Iterable[Recorded]) -> Tally:
    tally = Tally()
    for each in recorded:
        tally.add(each)
    return tally
