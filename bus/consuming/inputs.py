"""What can happen to a member of a group: the inputs of `bus.consuming.machine`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass

from bus.consuming.claims import Claim, Obstructed, Slice
from bus.consuming.effects import Transact
from bus.consuming.records import ParsedRecord, Partition
from bus.consuming.store import BreakerRow
from bus.errors import FaultKind


@dataclass(frozen=True, slots=True)
class Claimed:
    """Partitions are ours from now on; others wait for an operator."""

    claims: Sequence[Claim]
    obstructed: Sequence[Obstructed] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records came."""

    batch: Mapping[Partition, Sequence[ParsedRecord]]


@dataclass(frozen=True, slots=True)
class Applied:
    """A batch's transaction has committed."""

    slices: Sequence[Slice]
    records: int
    failed: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A batch's transaction was rolled back."""

    slices: Sequence[Slice]
    fault: FaultKind
    text: str
    was_careful: bool = False
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Tripped:
    """A batch was rolled back, because so many of its records failed."""

    slices: Sequence[Slice]
    text: str


@dataclass(frozen=True, slots=True)
class Overfull:
    """A batch was rolled back, because there was no room to park records of these partitions."""

    slices: Sequence[Slice]
    partitions: Collection[Partition]
    was_careful: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The database says which of these claims no longer hold."""

    claims: Sequence[Claim]
    partitions: Collection[Partition]
    retry: Transact | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What is to do besides fetched records, how much is parked, and how the breaker stands."""

    partitions: Set[Partition]
    parked: int
    breaker: BreakerRow
    is_trial_due: bool
    is_overridden: bool


@dataclass(frozen=True, slots=True)
class Amended:
    """Dead letters or held records of a partition were worked off, so many."""

    claim: Claim
    records: int


@dataclass(frozen=True, slots=True)
class NotAmended:
    """Looking, or working off what waits of a claim's partition, failed and was rolled back."""

    claim: Claim | None
    fault: FaultKind
    text: str


@dataclass(frozen=True, slots=True)
class BreakerChanged:
    """The breaker's row says this now: by us, or by whoever was quicker."""

    breaker: BreakerRow
    is_ours: bool
    is_overridden: bool = False


@dataclass(frozen=True, slots=True)
class Probed:
    """The database answered, or failed in this way."""

    fault: str | None


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time went by."""


@dataclass(frozen=True, slots=True)
class Released:
    """Partitions were taken away, or given back."""

    partitions: Collection[Partition]


Input = (
    Claimed
    | Fetched
    | Applied
    | Failed
    | Tripped
    | Overfull
    | Lost
    | Looked
    | Amended
    | NotAmended
    | BreakerChanged
    | Probed
    | Ticked
    | Released
)
