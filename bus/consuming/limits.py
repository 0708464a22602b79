"""How much a group may park, and when it stops."""

from __future__ import annotations

from dataclasses import dataclass, field

from bus.consuming.breaker import BreakerLimits


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be parked or held for a group, and when its breaker opens."""

    parked: int = 100_000
    breaker: BreakerLimits = field(default_factory=BreakerLimits)
