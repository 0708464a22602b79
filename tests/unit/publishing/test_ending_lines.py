"""A session with the store ends all its lines before the next one begins."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from bus.errors import UnavailableError
from bus.publishing.relay import Lines, Pace
from bus.publishing.store import Backlog, Placement, StoredRecord

TOPIC = "dhs.custody-event.v1"


class BusyStore:
    """A store that always has something to send."""

    async def backlog(self) -> list[Backlog]:
        return []

    async def try_lock(self, topic: str) -> bool:
        return True

    async def lowest_unconfirmed(self, topic: str, limit: int) -> list[StoredRecord]:
        return [StoredRecord("dhs/1", 1, b"k", b"v", [])]

    async def confirm(self, topic: str, placements: Sequence[Placement]) -> None:
        raise UnavailableError("the connection is closed")

    async def close(self) -> None:
        return None


class StubbornSender:
    """A sender whose way of stopping takes a cancellation for its own, as aiokafka's can."""

    def __init__(self) -> None:
        self.is_stopping = asyncio.Event()

    async def start(self) -> None:
        return None

    async def send(self, records: Sequence[StoredRecord]) -> list[Placement]:
        return [Placement(records[0].source, records[0].sequence, 0, 0)]

    async def abort(self) -> None:
        self.is_stopping.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def test_a_line_that_loses_its_cancellation_in_a_library_is_cancelled_again() -> None:
    sender = StubbornSender()
    lines = Lines("dhs", BusyStore(), lambda _: sender, Pace(), asyncio.Event())  # type: ignore[arg-type,return-value]
    await lines.wake(TOPIC)
    await asyncio.wait_for(sender.is_stopping.wait(), 5)

    await asyncio.wait_for(lines.cancel(), 5)

    assert lines.is_over
