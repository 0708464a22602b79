"""What to do with fetched records and with new partitions: decisions, without I/O.

The machine and the transactions ask these functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bus.consuming.records import ParsedRecord, Partition


class GapReason(StrEnum):
    """Why offsets can't be read any more."""

    RETENTION = "RETENTION"  # the log starts after the position
    MISSING_OFFSETS = "MISSING_OFFSETS"  # the log has a hole
    RESET = "RESET"  # an operator skipped them


@dataclass(frozen=True, slots=True)
class Gap:
    """Offsets [from_offset, to_offset) of a partition that nobody can read."""

    partition: Partition
    from_offset: int
    to_offset: int
    reason: GapReason


@dataclass(frozen=True, slots=True)
class Claim:
    """A partition that is ours while nobody claims it with a higher epoch."""

    partition: Partition
    topic_id: str
    epoch: int
    account_id: int
    next_offset: int

    def advanced(self, next_offset: int) -> Claim:
        """Return the claim after records up to before `next_offset` have been accounted for."""
        return replace(self, next_offset=next_offset)


@dataclass(frozen=True, slots=True)
class Slice:
    """Consecutive records of one claimed partition, from the expected offset on."""

    claim: Claim
    records: Sequence[ParsedRecord]
    gaps: tuple[Gap, ...] = ()

    @property
    def next_offset(self) -> int:
        """The position after this slice."""
        return self.records[-1].offset + 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What to apply now, and where to seek because a fetch began at the wrong place."""

    slices: list[Slice] = field(default_factory=list)
    seeks: dict[Partition, int] = field(default_factory=dict)


def plan_batch(
    batch: Mapping[Partition, Sequence[ParsedRecord]],
    claims: Mapping[Partition, Claim],
    sought: Iterable[Partition],
) -> Plan:
    """Decide about fetched records.

    Records of unclaimed partitions are dropped. A fetch must begin at the expected offset, else
    it is dropped and the partition sought back to there. Where it was just sought (`sought`) and
    begins later all the same, the offsets between don't exist: a gap.
    """
    plan = Plan()
    just_sought = set(sought)
    for partition, records in batch.items():
        claim = claims.get(partition)
        if claim is None:
            continue
        begins = records[0].offset
        hole = begins > claim.next_offset and partition in just_sought
        if begins == claim.next_offset or hole:
            plan.slices.append(Slice(claim, records, tuple(holes(claim, records))))
        else:
            plan.seeks[partition] = claim.next_offset
    return plan


def cut_to_trial(slices: Sequence[Slice], size: int) -> tuple[list[Slice], list[Partition]]:
    """Cut a batch down to a few records of one partition; return also what to read again."""
    part = slices[0]
    records = part.records[:size]
    gaps = tuple(gap for gap in part.gaps if gap.to_offset <= records[-1].offset)
    return [Slice(part.claim, records, gaps)], [each.claim.partition for each in slices[1:]]


def holes(claim: Claim, records: Sequence[ParsedRecord]) -> Iterable[Gap]:
    """Yield the offsets that are missing before and between the records.

    Topics here are neither compacted nor written in transactions, so their offsets have no
    holes unless records are gone.
    """
    expected = claim.next_offset
    if records[-1].offset - expected + 1 == len(records):
        return
    for record in records:
        if record.offset > expected:
            yield Gap(claim.partition, expected, record.offset, GapReason.MISSING_OFFSETS)
        expected = record.offset + 1


@dataclass(frozen=True, slots=True)
class LogBounds:
    """What the broker says of a partition: its topic's id, first offset, and end."""

    topic_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Position:
    """What the database says of a partition, after its epoch was raised for this claim."""

    account_id: int
    topic_id: str
    epoch: int
    next_offset: int


class Obstacle(StrEnum):
    """Why a partition can't be claimed without an operator. It stays paused."""

    TOPIC_RECREATED = "TOPIC_RECREATED"
    BEYOND_LOG_END = "BEYOND_LOG_END"


@dataclass(frozen=True, slots=True)
class Obstructed:
    """A partition that waits for an operator's reset."""

    partition: Partition
    obstacle: Obstacle
    detail: str


def obstacle_of(topic_id: str, next_offset: int, bounds: LogBounds) -> Obstacle | None:
    """Return why nobody goes on from this position without an operator; None when one does."""
    if topic_id != bounds.topic_id:
        return Obstacle.TOPIC_RECREATED
    return Obstacle.BEYOND_LOG_END if next_offset > bounds.end else None


def unread_of(topic_id: str, next_offset: int, bounds: LogBounds) -> int:
    """Return how many records are left from this position on; of another topic's log, all."""
    reached = next_offset if topic_id == bounds.topic_id else bounds.start
    return max(0, bounds.end - max(reached, bounds.start))


def decide_claim(
    partition: Partition, position: Position, bounds: LogBounds
) -> tuple[Claim, Gap | None] | Obstructed:
    """Compare the position with the log: go on, go on behind a gap, or wait for an operator."""
    obstacle = obstacle_of(position.topic_id, position.next_offset, bounds)
    if obstacle is not None:
        detail = f"position {position.next_offset}, log {bounds.start} to {bounds.end}"
        return Obstructed(partition, obstacle, detail)
    claim = Claim(
        partition, position.topic_id, position.epoch, position.account_id, position.next_offset
    )
    if position.next_offset < bounds.start:
        gap = Gap(partition, position.next_offset, bounds.start, GapReason.RETENTION)
        return claim.advanced(bounds.start), gap
    return claim, None


def has_moved(claim: Claim, bounds: LogBounds) -> bool:
    """Tell whether the log no longer holds the claim's next offset."""
    obstacle = obstacle_of(claim.topic_id, claim.next_offset, bounds)
    return obstacle is not None or claim.next_offset < bounds.start
