"""A simulated clock must not reach a real bus.

In a simulated run business time comes from a clock file. Each command and service checks at
start, and the relay before it sends, that the broker is the one that was recorded for the run.
"""

from __future__ import annotations

import asyncio

from bus.errors import UsageError
from bus.settings import Settings
from bus.topic_admin import cluster_id


async def refuse_real_cluster(settings: Settings) -> None:
    """Raise UsageError if business time is simulated and the broker isn't this run's own.

    Asks nobody when time is real. Raises UnavailableError if the broker can't be asked.
    """
    if settings.clock_file is not None:
        require_own_cluster(settings, await asyncio.to_thread(cluster_id, settings.bootstrap))


def require_own_cluster(settings: Settings, found: str) -> None:
    """Raise UsageError if business time is simulated and this isn't the run's own cluster."""
    if settings.clock_file is None or found == settings.local_cluster_id:
        return
    expected = settings.local_cluster_id or "none (BUS_LOCAL_CLUSTER_ID is not set)"
    raise UsageError(
        f"business time is simulated (BUS_CLOCK_FILE), but {settings.bootstrap} is the cluster "
        f"{found}, and the run's own is {expected}: unset BUS_CLOCK_FILE, or start the local stack"
    )
