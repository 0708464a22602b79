"""`bus audit`, as an operator runs it."""

from __future__ import annotations

import json
import os
import subprocess

from bus.local.service_process import bus_command, environment_of
from bus.settings import Settings

LIMIT_SECONDS = 120.0


def audit(settings: Settings) -> dict[str, object]:
    """Run `bus audit` on a bus and return what it says."""
    done = subprocess.run(
        [bus_command(), "audit", "--json"],
        env=os.environ | environment_of(settings),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.stdout, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told
