"""Waiting on a condition, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable

STEP_SECONDS = 0.05


def wait_until(condition: Callable[[], bool], limit_seconds: float) -> bool:
    """Ask `condition` until it holds; return False when the limit passes first."""
    deadline = time.monotonic() + limit_seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(STEP_SECONDS)
    return True
