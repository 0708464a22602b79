"""Ending a task that may not want to end."""

from __future__ import annotations

import asyncio
import time

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


async def uninterrupted(task: asyncio.Task[None], limit_seconds: float) -> None:
    """Wait for a task, for so long at most, then end it; raise what it raised.

    A cancellation that arrives meanwhile is raised only afterwards: what the task closes would
    stay open otherwise.
    """
    deadline = time.monotonic() + limit_seconds
    is_cancelled = False
    while not task.done() and (left := deadline - time.monotonic()) > 0:
        try:
            await asyncio.wait([task], timeout=left)
        except asyncio.CancelledError:
            is_cancelled = True
    await end(task)
    if is_cancelled:
        raise asyncio.CancelledError
    if task.done() and not task.cancelled():
        task.result()
