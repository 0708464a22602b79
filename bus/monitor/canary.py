"""The canary's way: published through HHS's own outbox, seen where each group has read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bus.monitor.machine import skew_beyond
from bus.notices.canary import OWNER, canary_draft
from bus.publishing.sessions import open_session
from bus.settings import Settings
from bus.tracker.canaries import ReadCanary


async def publish_canary(settings: Settings) -> None:
    """Publish one canary as an agency publishes: it is durable when this returns.

    Raises UnavailableError where HHS's store can't be used.
    """
    session = await open_session(settings, OWNER)
    try:
        async with session.transaction():
            await session.publish([canary_draft()])
    finally:
        await session.close()


def last_seen(read: Iterable[ReadCanary | None]) -> datetime | None:
    """Return when the newest canary was published that every group has read; None if none was."""
    moments = [None if each is None else each.published_at for each in read]
    known = [moment for moment in moments if moment is not None]
    return min(known) if known and len(known) == len(moments) else None


def broker_skew(read: Iterable[ReadCanary | None]) -> float:
    """Return by how many seconds the broker's clock is surely wrong.

    It appended the canary after it was published, and before it was read.
    """
    skews = [
        skew_beyond(each.published_at, each.appended_at, each.read_at)
        for each in read
        if each is not None
    ]
    return max(skews, key=abs, default=0.0)
