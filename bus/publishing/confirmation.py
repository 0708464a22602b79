"""Waiting until Kafka has what was published."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from bus.errors import UnavailableError
from bus.publishing.entries import Published
from bus.publishing.sessions import PublishingSession

POLL_SECONDS = 0.05


async def wait_until_confirmed(
    session: PublishingSession,
    owner: str,
    published: Sequence[Published],
    *,
    deadline: float,
    report: Callable[[int], None],
) -> None:
    """Return when Kafka has confirmed all of these events of one owner's.

    `report` is told how many are confirmed, each time that we look. Raises UnavailableError at
    the deadline, a moment of `time.monotonic`; the events stay stored, and are sent in time.
    """
    topics = sorted({each.topic for each in published})
    while True:
        reached = await session.confirmed_sequences(topics)
        done = sum(each.sequence <= reached.get((each.topic, each.source), 0) for each in published)
        report(done)
        if done == len(published):
            return
        if time.monotonic() >= deadline:
            raise UnavailableError(
                f"{len(published) - done} of {len(published)} events of {owner} aren't in Kafka "
                "yet; they are stored, and the relay will send them: is `bus serve relay` running?"
            )
        await asyncio.sleep(POLL_SECONDS)
