"""`python -m bus.local`: the command `bus local`, for where `bus` itself isn't on the path."""

from __future__ import annotations

import sys

from bus.cli.app import run

if __name__ == "__main__":
    sys.exit(run(["local", *sys.argv[1:]]))
