"""Ending a task that may not want to end."""

from __future__ import annotations

import asyncio

PATIENCE_SECONDS = 0.4


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task, and once more if the first time only made it wait for something else.

    psycopg first asks its server to cancel the query, aiokafka first waits for open requests;
    both may be the ones that never answer. Raises nothing: the task keeps its outcome.
    """
    for _ in range(2):
        if not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=PATIENCE_SECONDS)
