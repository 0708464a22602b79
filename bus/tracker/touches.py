"""Which policies a batch concerns, and since when: only these are derived anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Touch:
    """What a batch brought for a policy.

    `since` is the recorded time of the earliest new fact: what was known before that moment is
    as it was. `cause` is the event that was read last.
    """

    since: datetime
    cause: UUID | None


@dataclass(slots=True)
class Touches:
    """The policies that a batch concerns."""

    by_policy: dict[str, Touch] = field(default_factory=dict)

    def add(self, policy_id: str, since: datetime, cause: UUID | None) -> None:
        """Note one more fact of a policy."""
        known = self.by_policy.get(policy_id)
        earliest = since if known is None else min(since, known.since)
        self.by_policy[policy_id] = Touch(earliest, cause)

    def spread(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Note that what touches the first policy of a pair concerns the second as well."""
        for policy_id, other in pairs:
            touch = self.by_policy[policy_id]
            self.add(other, touch.since, touch.cause)
