"""A story: steps that say who does what and when, and what each office must see afterwards.

It is data, so it can be played and tested, and printed as a page without being played.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bus.scenarios import Scenario
from bus.scenarios.stage import Deed, Question, Stage


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody does something: `text` goes on after `who`, without a full stop."""

    who: str
    text: str
    deed: Deed

    @property
    def sentence(self) -> str:
        """What is done, as a sentence."""
        return f"{self.who[:1].upper()}{self.who[1:]} {self.text}."


@dataclass(frozen=True, slots=True)
class Sight:
    """What must hold after a step's acts, as `who` sees it."""

    who: str
    text: str
    question: Question


@dataclass(frozen=True, slots=True)
class Step:
    """A moment: what happens in the world, what is done, and what is seen of it on the bus."""

    at: datetime
    told: str
    acts: tuple[Act, ...] = ()
    sights: tuple[Sight, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A telling of its own, and what a reader must know about it.

    `happened` says what is history and by which source; `remains` what the bus leaves open.
    """

    name: str
    title: str
    happened: str
    steps: tuple[Step, ...]
    remains: str

    @property
    def begins(self) -> datetime:
        """The moment of the first step."""
        return self.steps[0].at

    @property
    def scenario(self) -> Scenario:
        """The story as a scenario with one telling."""
        return Scenario(self.name, self.title, (self,))

    async def play(self, stage: Stage) -> None:
        """Play the steps in their order."""
        for step in self.steps:
            stage.advance(step.at)
            stage.tell(step.told)
            for act in step.acts:
                await stage.do(act.sentence, act.deed)
            for sight in step.sights:
                await stage.expect(f"{sight.who}: {sight.text}", sight.question)
