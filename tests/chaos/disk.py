"""A disk of the database's own that can be full: a real ENOSPC, and only there."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.stack import is_of_the_dead, run_id

PLACE = Path("/var/tmp")
PREFIX = "interagency-bus-disk."
SIZE_BYTES = 8 * 1024**3  # a limit, not what it takes
SLACK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system in memory. Making it full is making it as small as what it holds."""

    path: Path

    def fill(self) -> None:
        """Leave no room for any new page."""
        found = os.statvfs(self.path)
        used = (found.f_blocks - found.f_bfree) * found.f_frsize
        self._resize(used + SLACK_BYTES)

    def free(self) -> None:
        """Give the room back."""
        self._resize(SIZE_BYTES)

    def _resize(self, size_bytes: int) -> None:
        _run("mount", "-o", f"remount,size={size_bytes}", str(self.path))


@contextmanager
def disk() -> Iterator[Disk | str]:
    """Mount a disk that Postgres may use; where this user can't, give the reason instead."""
    if os.geteuid() != 0:
        yield "mounting a small disk needs root"
        return
    _unmount_those_of_the_dead()
    owner = pwd.getpwnam("nobody")
    path = PLACE / f"{PREFIX}{run_id()}"
    path.mkdir(0o755)
    options = f"size={SIZE_BYTES},mode=0700,uid={owner.pw_uid},gid={owner.pw_gid}"
    try:
        _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path))
    except (OSError, subprocess.CalledProcessError):
        path.rmdir()
        yield "this machine lets nobody mount a small disk"
        return
    try:
        yield Disk(path)
    finally:
        _unmount(path)


def _unmount_those_of_the_dead() -> None:
    for path in PLACE.glob(f"{PREFIX}*"):
        if is_of_the_dead(path.name.removeprefix(PREFIX)):
            _unmount(path)


def _unmount(path: Path) -> None:
    with suppress(subprocess.CalledProcessError):
        _run("umount", "--lazy", str(path))
    path.rmdir()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
