"""Dead letters: what the tracker couldn't apply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bus.events import Mode
from bus.notices.facts.origin import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterFact:
    """A record that the tracker couldn't apply, open from `opened_at` until `closed_at`.

    `policy_id` is what its key or its payload names, None where neither is a policy's; where they
    name two, there is a fact for each. `mode` is ACTUAL where nobody can be sure of another.
    """

    dead_letter_id: UUID
    topic: str
    partition: int
    offset: int
    policy_id: str | None
    opened_at: datetime
    closed_at: datetime | None = None
    mode: Mode = Mode.ACTUAL

    @property
    def identity(self) -> DeadLetterFact:
        """Itself: were one dead letter told of as open and as closed, it would be open."""
        return self

    @property
    def recorded_at(self) -> datetime:
        return self.opened_at

    @property
    def place(self) -> Place:
        return Place(self.opened_at, self.topic, self.partition, self.offset)

    def concerns(self, policy_id: str, mode: Mode | None) -> bool:
        """Whether it hides facts of that policy: none of a real one, if it is an exercise's.

        `mode` is the policy's; one without a notice is taken for real.
        """
        return self.policy_id == policy_id and self.mode in (Mode.ACTUAL, mode)

    def is_open(self, known_at: datetime) -> bool:
        return self.opened_at <= known_at and not self.is_closed(known_at)

    def is_closed(self, known_at: datetime) -> bool:
        return self.closed_at is not None and self.closed_at <= known_at
