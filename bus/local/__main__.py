"""`python -m bus.local`: the command `bus local` alone, as the Makefile uses it."""

from __future__ import annotations

import sys

from bus.cli.local import app
from bus.errors import BusError


def main() -> None:
    """Run the command; an error of ours becomes its message and exit code."""
    try:
        app(prog_name="python -m bus.local")
    except BusError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
