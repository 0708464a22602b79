"""The mark beside a spool: a witness of how far the file had got that no copy of it carries.

A copy of a database file, and an older state of it, look sound from within; numbers given there
would be given twice. So a file of its own, the mark, names the spool's store id, and how many times
it was published to. It is written after each commit and before anybody is told, and before the
relay sends: a spool that lacks what its mark has seen is not what it was.

A mark names its own inode: a copied mark is no mark, so a copied spool has none. What brings back a
whole disk, or an old mark over the present one, can't be noticed: remove the mark then.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from struct import Struct
from uuid import UUID

from bus.errors import UnavailableError
from bus.publishing.spool.translation import translated_errors

MARK_BYTES = 512
"""One sector, overwritten in place: power that fails leaves the old mark or the new one."""

LOCK_SECONDS = 5.0
POLL_SECONDS = 0.001
GET_VERSION = 0x80087601
"""Linux's FS_IOC_GETVERSION. The number of a removed inode is soon used again, its version not."""
LONG = Struct("l")


@dataclass(frozen=True, slots=True)
class Inode:
    """What stands at a path, whatever it is called; `version` is 0 where it isn't known."""

    device: int
    number: int
    version: int = 0

    @classmethod
    def at(cls, path: Path) -> Inode:
        """Return the inode at a path. Never opens it: closing it again would take away SQLite's
        locks on it in this process."""
        found = path.stat()
        return cls(found.st_dev, found.st_ino)

    @classmethod
    def of(cls, descriptor: int) -> Inode:
        """Return the inode of an open file, with its version."""
        found = os.fstat(descriptor)
        version = bytearray(LONG.size)
        try:
            fcntl.ioctl(descriptor, GET_VERSION, version)
        except OSError:  # not every file system counts versions
            return cls(found.st_dev, found.st_ino)
        return cls(found.st_dev, found.st_ino, LONG.unpack(version)[0])


@dataclass(frozen=True, slots=True)
class State:
    """What a spool says of itself."""

    store_id: UUID | None
    generation: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What was seen of a spool."""

    store_id: UUID
    generation: int


def find_break(state: State, mark: Mark | None) -> str | None:
    """Return why this spool can't go on under its store id; None when it can."""
    if state.store_id is None:
        return "it is new"
    if mark is None:
        return "its mark is missing, or is a copy"
    if mark.store_id != state.store_id:
        return "its mark knows it by another store id"
    if mark.generation > state.generation:
        return "it lacks what its mark has seen"
    return None


class MarkFile:
    """The mark of the spool at a path."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool
        self.path = spool.with_name(spool.name + ".mark")

    def read(self) -> Mark | None:
        """Return the mark; None where there is none, or none that can be believed."""
        with translated_errors(self.path):
            try:
                descriptor = os.open(self.path, os.O_RDONLY)
            except FileNotFoundError:
                return None
            try:
                with self._locked(descriptor, fcntl.LOCK_SH):
                    return _read(descriptor)
            finally:
                os.close(descriptor)

    def begin(self, mark: Mark) -> None:
        """Write the mark of a new store id, whatever was seen before."""
        with translated_errors(self.path):
            mode = self._spool.stat().st_mode & 0o666
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, mode)
            try:
                with self._locked(descriptor, fcntl.LOCK_EX):
                    _write(descriptor, mark)
            finally:
                os.close(descriptor)
            _sync_directory(self.path.parent)

    def advance(self, state: State) -> None:
        """Note what was seen; never take back what was seen before.

        Does nothing without a mark of this store id: the next publisher takes another one then.
        """
        with translated_errors(self.path):
            try:
                descriptor = os.open(self.path, os.O_RDWR)
            except FileNotFoundError:
                return
            try:
                with self._locked(descriptor, fcntl.LOCK_EX):
                    mark = _read(descriptor)
                    if mark is not None and _is_behind(mark, state):
                        _write(descriptor, replace(mark, generation=state.generation))
            finally:
                os.close(descriptor)

    @contextmanager
    def _locked(self, descriptor: int, operation: int) -> Iterator[None]:
        """Keep other processes out for the moment that reading or writing takes."""
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise UnavailableError(
                        f"another program holds {self.path} for {LOCK_SECONDS:g} s: end it"
                    ) from None
                time.sleep(POLL_SECONDS)
            else:
                break
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def _is_behind(mark: Mark, state: State) -> bool:
    return mark.store_id == state.store_id and mark.generation < state.generation


def _read(descriptor: int) -> Mark | None:
    checksum, _, text = os.pread(descriptor, MARK_BYTES, 0).partition(b" ")
    if checksum != _checksum(text):
        return None
    content = json.loads(text)
    if Inode(**content["mark"]) != Inode.of(descriptor):
        return None
    return Mark(UUID(content["store_id"]), content["generation"])


def _write(descriptor: int, mark: Mark) -> None:
    content = {
        "store_id": str(mark.store_id),
        "generation": mark.generation,
        "mark": asdict(Inode.of(descriptor)),
    }
    text = json.dumps(content).encode()
    text = text.ljust(MARK_BYTES - len(_checksum(text)) - 2) + b"\n"
    os.pwrite(descriptor, _checksum(text) + b" " + text, 0)
    os.fdatasync(descriptor)


def _checksum(text: bytes) -> bytes:
    return f"{zlib.crc32(text):08x}".encode()


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
