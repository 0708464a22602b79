"""What an audit can find to be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

Range = tuple[int, int]
"""Numbers from the first up to before the second."""


class FaultKind(StrEnum):
    """What can be wrong with the rows."""

    MISSING = "MISSING"  # offsets that the account passed, and that no row explains
    DOUBLED = "DOUBLED"  # offsets with more than one standing
    OUTSIDE = "OUTSIDE"  # offsets with a standing that the account never passed
    STRANGE = "STRANGE"  # rows of an account that doesn't exist or isn't their group's
    NEVER_APPLIED = "NEVER_APPLIED"  # duplicates of an event that was never applied
    POSITION = "POSITION"  # accounts and positions that don't fit each other
    OBSTRUCTED = "OBSTRUCTED"  # the broker's log isn't the one that was counted in
    SEQUENCE_MISSING = "SEQUENCE_MISSING"  # numbers that were taken, and that no event has
    SEQUENCE_OUTSIDE = "SEQUENCE_OUTSIDE"  # events with a number that was never taken
    CONFIRMATION_MISSING = "CONFIRMATION_MISSING"  # sent, and nobody knows where to
    CONFIRMATION_OUTSIDE = "CONFIRMATION_OUTSIDE"  # not sent, and yet somewhere in Kafka
    CHANGED = "CHANGED"  # events in a spool that aren't any more what was stored
    DAMAGED = "DAMAGED"  # a spool whose file doesn't hold together


DETAILS = {
    FaultKind.MISSING: "offsets without a standing",
    FaultKind.DOUBLED: "offsets with more than one standing",
    FaultKind.OUTSIDE: "offsets with a standing that the account never passed",
    FaultKind.STRANGE: "offsets of rows whose account doesn't exist or isn't theirs",
    FaultKind.NEVER_APPLIED: "duplicates of events that were never applied",
    FaultKind.SEQUENCE_MISSING: "numbers that were taken, and that no stored event has",
    FaultKind.SEQUENCE_OUTSIDE: "stored events with numbers that were never taken",
    FaultKind.CONFIRMATION_MISSING: "confirmed events without their place in Kafka",
    FaultKind.CONFIRMATION_OUTSIDE: "unconfirmed events with a place in Kafka",
    FaultKind.CHANGED: "events that aren't any more what was stored",
}
"""What the numbers of a fault's ranges are."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that isn't explained: where, and which numbers it concerns."""

    kind: FaultKind
    place: str
    detail: str
    ranges: tuple[Range, ...] = ()


def fault_of(kind: FaultKind, place: str, ranges: Iterable[Range]) -> Fault:
    """Return a fault of numbers, which come in order of their lower ends."""
    return Fault(kind, place, DETAILS[kind], merge(ranges))


def merge(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Join ranges that touch or overlap. They come in order of their lower ends."""
    merged: list[Range] = []
    for lower, upper in ranges:
        if merged and lower <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(upper, merged[-1][1]))
        else:
            merged.append((lower, upper))
    return tuple(merged)
