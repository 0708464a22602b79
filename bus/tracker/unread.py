"""Whether the tracker has read what had been appended by now.

Who acts because nobody has answered must have read every answer that was there. So what is due is
carried out only when all that stood in the topics of policies has been read. Custody events
answer nothing and aren't waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from bus.consuming.log_bounds import read_log_bounds
from bus.consuming.records import Partition
from bus.settings import Settings
from bus.storage.connections import Connection
from bus.topics import CUSTODY_EVENT
from bus.tracker.contents import TRACKED
from bus.tracker.positions import read_positions

WAITED_FOR = tuple(topic.name for topic in TRACKED if topic.content is not CUSTODY_EVENT)


class LogEnds(Protocol):
    """Knows how far the topics of policies reach."""

    async def __call__(self) -> Mapping[Partition, int]:
        """Return the end of each partition now; raise UnavailableError if nobody can tell."""
        ...


def log_ends_on(settings: Settings) -> LogEnds:
    """Return the ends of the broker's own logs."""

    async def ends() -> Mapping[Partition, int]:
        bounds = await asyncio.to_thread(
            read_log_bounds, settings.bootstrap, settings.names, WAITED_FOR
        )
        return {partition: bound.end for partition, bound in bounds.items()}

    return ends


async def unread(connection: Connection, ends: Mapping[Partition, int]) -> list[str]:
    """Return the topics of which something before these ends is still to be read."""
    positions = await read_positions(connection)
    behind = {each.topic for each, end in ends.items() if positions.get(each, 0) < end}
    return sorted(behind)
