"""A relay in a process of its own, to kill.

Processes are forked from a server that has loaded everything, so that each is there at once.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from bus.topics import Names
from tests.integration.publishing.harness import Rig

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


@contextmanager
def relay_process(rig: Rig) -> Iterator[BaseProcess]:
    """Run a relay in a process of its own, and kill it at the end if it still runs."""
    process = FORKS.Process(
        target=_work, args=(rig.bootstrap, rig.database_url, rig.names.prefix), daemon=True
    )
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _work(bootstrap: str, database_url: str, prefix: str) -> None:
    asyncio.run(_relay(Rig(bootstrap, database_url, Names(prefix))))


async def _relay(rig: Rig) -> None:
    """Relay until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await rig.relay().run(stopping)
