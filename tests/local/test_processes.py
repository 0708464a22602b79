"""Processes are known by pid and start time, and outlive their starter."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bus.local import processes
from bus.local.processes import Command, ProcessIdentity, parse_stat

SLEEPER = "import time; time.sleep(600)"
DEAF_SLEEPER = "import signal, time; signal.signal(15, signal.SIG_IGN); print(); time.sleep(600)"


def command(directory: Path, program: str) -> Command:
    return Command(
        arguments=(sys.executable, "-u", "-c", program),
        directory=directory,
        environment={},
        log=directory / "log",
    )


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[ProcessIdentity]:
    process = processes.spawn(command(tmp_path, SLEEPER))
    yield process
    processes.kill(process)


def test_a_process_name_with_brackets_and_blanks_is_no_trouble() -> None:
    fields = " ".join(str(number) for number in range(4, 53))

    stat = parse_stat(f"17 (a) R (b c) S {fields}")

    assert stat == ("S", 20, 22)


def test_a_started_process_runs_in_a_session_of_its_own(sleeper: ProcessIdentity) -> None:
    assert processes.is_running(sleeper)
    assert os.getsid(sleeper.pid) == sleeper.pid


def test_a_pid_that_another_process_has_now_is_not_the_recorded_one(
    sleeper: ProcessIdentity,
) -> None:
    earlier = replace(sleeper, start_ticks=sleeper.start_ticks - 1)

    processes.kill(earlier)

    assert not processes.is_running(earlier)
    assert processes.is_running(sleeper)


def test_a_pid_that_nobody_has_is_not_running() -> None:
    assert processes.identify(2**22 + 1) is None
    assert not processes.is_running(ProcessIdentity(2**22 + 1, 0))


def test_a_stopped_process_can_still_be_ended_politely(sleeper: ProcessIdentity) -> None:
    processes.send(sleeper, signal.SIGSTOP)

    went = processes.stop(sleeper, signal.SIGTERM, limit_seconds=10)

    assert went
    assert not processes.is_running(sleeper)


def test_a_process_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    process = processes.spawn(command(tmp_path, DEAF_SLEEPER))
    assert processes.wait_until(lambda: (tmp_path / "log").stat().st_size > 0, 10)

    went = processes.stop(process, signal.SIGTERM, limit_seconds=0.2)

    assert not went
    assert not processes.is_running(process)


def test_a_zombie_does_not_count_as_running(sleeper: ProcessIdentity, tmp_path: Path) -> None:
    # Its parent never waits for it, as the first process of many containers doesn't.
    parent = processes.spawn(
        command(
            tmp_path,
            "import os, time\n"
            "child = os.fork()\n"
            "if not child: os._exit(0)\n"
            "print(child)\n"
            "time.sleep(600)",
        )
    )
    log = tmp_path / "log"
    assert processes.wait_until(lambda: log.read_text().endswith("\n"), 10)
    child = processes.identify(int(log.read_text()))

    assert child is not None
    assert processes.wait_until(lambda: not processes.is_running(child), 10)
    processes.kill(parent)


def test_a_zombie_of_which_a_thread_still_runs_counts_as_running(tmp_path: Path) -> None:
    # So is a killed server for a moment, in which its port is still taken.
    process = processes.spawn(
        command(
            tmp_path,
            "import ctypes, threading, time\n"
            "threading.Thread(target=time.sleep, args=(600,)).start()\n"
            "print()\n"
            "ctypes.CDLL(None).pthread_exit(None)",
        )
    )
    stat = Path(f"/proc/{process.pid}/stat")
    assert processes.wait_until(lambda: parse_stat(stat.read_text()).state == "Z", 10)

    is_running = processes.is_running(process)
    processes.kill(process)

    assert is_running
    assert not processes.is_running(process)


def test_the_output_of_a_process_is_in_its_log(tmp_path: Path) -> None:
    exit_code = processes.run(command(tmp_path, "print('word'); exit(3)"), limit_seconds=20)

    assert exit_code == 3
    assert (tmp_path / "log").read_text() == "word\n"


def test_a_directory_is_inhabited_while_a_process_works_in_it(
    sleeper: ProcessIdentity, tmp_path: Path
) -> None:
    assert processes.has_inhabitants(tmp_path)

    processes.kill(sleeper)

    assert not processes.has_inhabitants(tmp_path)
