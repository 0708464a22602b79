"""By which moment everything that was read is known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bus.notices.facts import AnyFact, DeadLetterFact


def newest(facts: Iterable[AnyFact], now: datetime) -> datetime:
    """Return the moment by which all of these facts are known.

    The broker's clock may be ahead of ours; what it stamped has been recorded all the same.
    """
    return max([now, *(moment for fact in facts for moment in moments_of(fact))])


def moments_of(fact: AnyFact) -> tuple[datetime, ...]:
    """Return when a fact was recorded, and when a dead letter was closed."""
    if isinstance(fact, DeadLetterFact) and fact.closed_at is not None:
        return (fact.recorded_at, fact.closed_at)
    return (fact.recorded_at,)
