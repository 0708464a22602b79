"""From what a server printed before it died, and from the system's errors, to advice."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bus.errors import FaultError, UnavailableError

NEEDED_BYTES = 512 * 1024 * 1024
_TAIL_BYTES = 8192
_TAIL_LINES = 15

_ADVICE = (
    ("No space left on device", "The disk is full: free some space, then run the command again."),
    ("Disk quota exceeded", "Your disk quota is used up: free some space, then run it again."),
    ("already in use", "Another program has taken the port: choose another one, or stop it."),
    (
        "Failed to acquire lock",
        "Another Kafka works in the same directory: end it (`ps -ef | grep kafka.Kafka`) first.",
    ),
    ("Cannot allocate memory", "There is too little memory: free some, then run it again."),
    ("Could not reserve enough space", "There is too little memory: free some, then run it again."),
    ("insufficient memory", "There is too little memory: free some, then run it again."),
    ("unable to create native thread", "This user may start no more threads: see `ulimit -u`."),
)

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_ACCESS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def log_tail(log: Path) -> str:
    """Return the last lines of a log, or a word that there are none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        lines = []
    return "\n".join(f"  {line}" for line in lines[-_TAIL_LINES:]) or "  (it printed nothing)"


def advice_for(text: str) -> str:
    """Return what to do about the first known trouble that the text names, or nothing."""
    return next((advice for phrase, advice in _ADVICE if phrase in text), "")


def died(what: str, log: Path) -> FaultError:
    """Return the error for a program that ended: with its last words."""
    return _fault(f"{what} did not start", log)


def silent(what: str, log: Path, limit_seconds: float) -> FaultError:
    """Return the error for a server that runs and gives no answer."""
    return _fault(f"{what} gave no answer for {limit_seconds:.0f} s", log)


def _fault(what_happened: str, log: Path) -> FaultError:
    tail = log_tail(log)
    return FaultError(
        f"{what_happened}. The last lines of {log}:\n{tail}\n{advice_for(tail)}".rstrip()
    )


def require_space(directory: Path) -> None:
    """Raise UnavailableError when the disk under the directory is too full to begin."""
    free_bytes = shutil.disk_usage(directory).free
    if free_bytes < NEEDED_BYTES:
        raise UnavailableError(
            f"the disk is full: {directory} has {free_bytes // 2**20} MB free, and the local stack "
            f"needs {NEEDED_BYTES // 2**20}. Free some space, or set BUS_LOCAL_DIR to a directory "
            "on another disk."
        )


@contextmanager
def system_errors(directory: Path) -> Iterator[None]:
    """Turn the system's refusals to write into errors that say what to do."""
    try:
        yield
    except OSError as error:
        place = error.filename or directory
        if error.errno in _NO_SPACE:
            raise UnavailableError(
                f"the disk is full: {place} could not be written. Free some space, then run the "
                "command again."
            ) from error
        if error.errno in _NO_ACCESS:
            raise UnavailableError(
                f"this user may not use {place} ({error.strerror}). Set BUS_LOCAL_DIR to a "
                "directory that is yours."
            ) from error
        raise
