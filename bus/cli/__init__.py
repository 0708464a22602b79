"""The command `bus`: one file for each command or group of commands."""

from __future__ import annotations

import sys

from bus.cli.app import run


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))
