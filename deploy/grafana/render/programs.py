"""Programs that `make pictures` needs besides Python, and where they come from."""

from __future__ import annotations

import shutil

from bus.errors import UnavailableError


def program(name: str, package: str) -> str:
    """Return where a program is. Raises UnavailableError, which names Debian's package."""
    found = shutil.which(name)
    if found is None:
        raise UnavailableError(f"{name} isn't installed: apt-get install {package}")
    return found
