"""A worker of the tests' group as a process of its own, to be killed by a test.

    python -m tests.integration.consuming.worker_process ORDERED

It leaves effects as `EffectHandler` does, and runs until it is killed.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from bus.consuming.subscription import Order
from bus.local.service_process import environment_of
from bus.settings import Settings, load_settings
from tests.integration.consuming.harness import Bench


def start_worker(settings: Settings, order: Order, log: Path) -> subprocess.Popen[bytes]:
    """Start a worker with these settings; what it logs goes to the file."""
    program = [sys.executable, "-m", "tests.integration.consuming.worker_process", order.value]
    with log.open("ab") as output:
        return subprocess.Popen(program, env=environment_of(settings), stdout=output, stderr=output)


async def work(order: Order) -> None:
    """Consume until the process ends."""
    async with Bench(load_settings(), order=order).working():
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(Order(sys.argv[1])))
