"""What a member of a group can do: the effects that `bus.consuming.machine` asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bus.consuming.claims import Claim, Slice
from bus.consuming.records import Partition
from bus.consuming.store import BreakerRow


@dataclass(frozen=True, slots=True)
class Transact:
    """Apply these slices in one transaction, after a while.

    Answer: Applied, Failed, Tripped or Overfull.
    """

    slices: Sequence[Slice]
    is_careful: bool = False
    may_fail: int | None = None
    room: int | None = None
    after: float = 0.0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class CommitOffsets:
    """Tell Kafka how far we are, as a hint."""

    positions: Mapping[Partition, int]


@dataclass(frozen=True, slots=True)
class Seek:
    """Fetch next from here."""

    positions: Mapping[Partition, int]


@dataclass(frozen=True, slots=True)
class Pause:
    """Fetch nothing of these."""

    partitions: Collection[Partition]


@dataclass(frozen=True, slots=True)
class Resume:
    """Fetch these again."""

    partitions: Collection[Partition]


@dataclass(frozen=True, slots=True)
class AskLost:
    """Ask the database which of these claims no longer hold. Answer: Lost or Failed."""

    claims: Sequence[Claim]
    retry: Transact | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Ask the database what is to do. Answer: Looked or NotAmended."""

    partitions: Collection[Partition]


@dataclass(frozen=True, slots=True)
class Amend:
    """Work off what waits of this partition. Answer: Amended or NotAmended."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class OpenBreaker:
    """Store that the breaker is open: for the first time, or again.

    Answer: BreakerChanged or NotAmended.
    """

    was: BreakerRow
    openings: int
    pause: float
    reason: str


@dataclass(frozen=True, slots=True)
class TakeTrial:
    """Store that we try for so long, if nobody else does. Answer: BreakerChanged or NotAmended."""

    was: BreakerRow
    seconds: float


@dataclass(frozen=True, slots=True)
class CloseBreaker:
    """Store that the trial went well. Answer: BreakerChanged or NotAmended."""

    was: BreakerRow


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask the database for a sign of life. Answer: Probed."""


Effect = (
    Transact
    | CommitOffsets
    | Seek
    | Pause
    | Resume
    | AskLost
    | Look
    | Amend
    | OpenBreaker
    | TakeTrial
    | CloseBreaker
    | Probe
)
