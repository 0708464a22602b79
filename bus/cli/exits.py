"""What the command `bus` ends with."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script may rely on; errors of `bus.errors` carry the same numbers."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    NOT_CLEAR = 3
    UNKNOWN = 4
    UNAVAILABLE = 5
