"""What one membership claims."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bus.consuming.breaker import BreakerLimits
from bus.consuming.claims import Claim, LogBounds
from bus.consuming.inputs import Claimed
from bus.consuming.limits import Limits
from bus.consuming.records import Partition
from bus.consuming.session import Parts, Session
from bus.consuming.subscription import Subscription
from bus.consuming.transaction import ClaimResult
from bus.settings import Settings
from tests.integration.consuming.harness import EffectHandler

HERE = Partition("dhs.custody-event.v1", 0)
HELD = Claim(HERE, "topic-1", epoch=1, account_id=1, next_offset=5)
TRUNCATED = LogBounds("topic-1", start=7, end=9)


class Ground:
    """A log that retention has shortened, and transactions that note what is claimed.

    The group takes the partition away while the log is asked.
    """

    def __init__(self) -> None:
        self.claimed: list[Partition] = []
        self.session = Session(
            Parts(
                settings=Settings(),
                subscription=Subscription("hhs-intake", (HERE.topic,), EffectHandler()),
                limits=Limits(1000, BreakerLimits()),
                observer=cast("Any", SimpleNamespace(watched=lambda *_: None)),
                transactions=cast("Any", self),
                parse=cast("Any", None),
                database=cast("Any", None),
                store=cast("Any", SimpleNamespace(wall=SimpleNamespace(now=None))),
            )
        )
        self.session._extend_at = float("inf")
        self.session._member.log = cast("Any", self)

    async def superseded(self, _: Sequence[Claim]) -> set[Partition]:
        return set()

    async def bounds(self, partitions: Collection[Partition]) -> Mapping[Partition, LogBounds]:
        if not self.claimed:
            await self.session._on_revoked({HERE})
        return dict.fromkeys(partitions, TRUNCATED)

    async def claim(self, bounds: Mapping[Partition, LogBounds]) -> ClaimResult:
        self.claimed += bounds
        return ClaimResult([], [])


@pytest.mark.promise("P2")
async def test_what_the_group_took_away_during_a_watch_is_not_claimed_for_it() -> None:
    ground = Ground()
    ground.session._assigned = {HERE}
    ground.session._engine.machine.on(Claimed([HELD]), 0.0)

    await ground.session._compare()
    await asyncio.sleep(0)

    assert ground.session._claiming is None
    assert ground.claimed == []
