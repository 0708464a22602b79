"""Server processes that outlive the command which started them.

A process is known by its pid *and* its start time, since pids are used again: a signal goes
only to a process that is still the one which was recorded.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bus.errors import FaultError, UnavailableError
from bus.local.waiting import wait_until

_PROC = Path("/proc")
_ZOMBIE_STATES = frozenset("ZX")
# Fields 20 and 22 of proc(5), counted from the one after the command's name.
_THREADS_FIELD = 17
_START_TIME_FIELD = 19
KILL_LIMIT_SECONDS = 30.0

_children: dict[int, subprocess.Popen[bytes]] = {}
"""The servers that this very process started: nobody else can reap them."""


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process of this boot. `start_ticks` counts the clock ticks from boot to its start."""

    pid: int
    start_ticks: int


@dataclass(frozen=True, slots=True)
class Account:
    """The user that a server runs as, where it isn't the caller."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Command:
    """What to start, and where. `environment` is all that the program sees."""

    arguments: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    log: Path
    account: Account | None = None


class Stat(NamedTuple):
    """What the system says of a process: its state's letter, its threads, its start time."""

    state: str
    threads: int
    start_ticks: int

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it runs any more.

        A process that is killed is a zombie as soon as its first thread has ended. While others
        have not, its ports are still taken.
        """
        return self.state in _ZOMBIE_STATES and self.threads <= 1


def parse_stat(stat: str) -> Stat:
    """Read a line of `/proc/<pid>/stat` (proc(5)).

    The command's name stands in brackets and may itself hold brackets and blanks.
    """
    fields = stat.rpartition(")")[2].split()
    return Stat(fields[0], int(fields[_THREADS_FIELD]), int(fields[_START_TIME_FIELD]))


def _read_stat(pid: int) -> Stat | None:
    try:
        return parse_stat((_PROC / str(pid) / "stat").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return None


def require_proc() -> None:
    """Raise UnavailableError where the system has no `/proc` to tell processes apart."""
    if not (_PROC / "self" / "stat").exists():
        raise UnavailableError(
            "the local stack needs Linux: it tells processes apart by /proc. "
            "Elsewhere run Kafka and Postgres in containers, and name them in "
            "BUS_BOOTSTRAP and BUS_DATABASE_URL."
        )


def identify(pid: int) -> ProcessIdentity | None:
    """Return who `pid` is now, or None when there is no such process."""
    stat = _read_stat(pid)
    return ProcessIdentity(pid, stat.start_ticks) if stat else None


def is_running(process: ProcessIdentity) -> bool:
    """Tell whether the process still runs, or any thread of it: a mere zombie doesn't."""
    child = _children.get(process.pid)
    if child is not None and child.poll() is not None:
        del _children[process.pid]
    stat = _read_stat(process.pid)
    return stat is not None and not stat.has_ended and stat.start_ticks == process.start_ticks


def spawn(command: Command) -> ProcessIdentity:
    """Start a server in a session of its own; its output goes to the end of its log."""
    account = command.account
    with command.log.open("ab") as log:
        child = subprocess.Popen(
            command.arguments,
            cwd=command.directory,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    _children[child.pid] = child
    identity = identify(child.pid)
    if identity is None:
        raise FaultError(f"{command.arguments[0]} was started and is gone; see {command.log}")
    return identity


def run(command: Command, limit_seconds: float) -> int:
    """Run a program to its end and return its exit code; its output goes to its log."""
    process = spawn(command)
    child = _children[process.pid]
    try:
        return child.wait(limit_seconds)
    except BaseException:
        child.kill()
        child.wait()
        raise
    finally:
        _children.pop(process.pid, None)


def send(process: ProcessIdentity, number: signal.Signals) -> None:
    """Send a signal, if the process still is the one that was recorded."""
    if is_running(process):
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return


def stop(process: ProcessIdentity, polite: signal.Signals, limit_seconds: float) -> bool:
    """Stop a process and wait for its end; return whether it went without SIGKILL."""
    send(process, polite)
    send(process, signal.SIGCONT)  # a stopped process would never see the first signal
    went = wait_until(lambda: not is_running(process), limit_seconds)
    if not went:
        send(process, signal.SIGKILL)
    wait_for_end(process)
    return went


def kill(process: ProcessIdentity) -> None:
    """End a process at once, and wait for its end."""
    send(process, signal.SIGKILL)
    wait_for_end(process)


def wait_for_end(process: ProcessIdentity) -> None:
    """Wait until the process has ended. A zombie has: the system may never reap it."""
    if not wait_until(lambda: not is_running(process), KILL_LIMIT_SECONDS):
        raise FaultError(
            f"process {process.pid} was killed and still runs after "
            f"{KILL_LIMIT_SECONDS:.0f} s; look at it with `ps -p {process.pid}`"
        )


def has_inhabitants(directory: Path) -> bool:
    """Tell whether a process that runs has `directory` as its working directory.

    Postgres's backends do, and outlive a killed postmaster by a moment.
    """
    target = str(directory.resolve())
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if str((entry / "cwd").readlink()) == target:
                return True
        except OSError:  # gone meanwhile, a zombie, or another user's
            continue
    return False
