"""Who takes part, what each reads, and how it is started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bus.local.service_process import ServiceProcess
from bus.settings import Settings
from bus.topics import Names
from tests.benchmarks.ground import Ground
from tests.benchmarks.records import TOPIC

ROOT = Path(__file__).parents[2]
PEER_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
SCHEMA = ROOT / "schemas" / "custody" / "CustodyEvent.v1.avsc"
STOP_LIMIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """Records in a topic of their own: what must be in the table afterwards."""

    prefix: str
    records: int
    poison: int = 0

    @property
    def sound(self) -> int:
        """How many of them can be applied."""
        return self.records - self.poison


class Running:
    """Processes at work, and the table that they fill."""

    def __init__(self, processes: Sequence[subprocess.Popen[bytes]], logs: Sequence[Path]) -> None:
        self._processes = processes
        self._logs = logs

    @property
    def pids(self) -> list[int]:
        """Their process ids."""
        return [each.pid for each in self._processes]

    def require_alive(self) -> None:
        """Fail if one has ended, with the end of its log."""
        for process, log in zip(self._processes, self._logs, strict=True):
            if process.poll() is not None:
                raise AssertionError(f"{process.args!r} ended:\n{log.read_text()[-3000:]}")

    def stop(self) -> None:
        """Ask all to stop; kill those that don't."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(STOP_LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass(frozen=True, slots=True)
class Peer:
    """A program of somebody else's making, in an environment of its own."""

    name: str
    script: str
    table: str = "peer.custody_event"

    def start(self, ground: Ground, database_url: str, load: Load) -> Running:
        """Start it."""
        log = ground.directory / f"{self.script}.log"
        environment = os.environ | {
            "BENCH_BOOTSTRAP": ground.bootstrap,
            "BENCH_TOPIC": Names(load.prefix).on_broker(TOPIC),
            "BENCH_GROUP": f"{self.script}-{Path(database_url).name}",
            "BENCH_DATABASE_URL": database_url,
            "BENCH_SCHEMA": str(SCHEMA),
        }
        script = Path(__file__).parent / "peers" / f"{self.script}.py"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [PEER_PYTHON, script],
                env=environment,
                cwd=ground.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return Running([process], [log])


@dataclass(frozen=True, slots=True)
class Ours:
    """`bus serve hhs-intake`, so many processes of it, as it is in production."""

    name: str
    workers: int = 1
    table: str = "hhs.custody_event"

    def start(self, ground: Ground, database_url: str, load: Load) -> Running:
        """Start all of them, and wait until each holds its partitions."""
        settings = settings_of(ground, database_url, load.prefix)
        logs = [ground.directory / f"hhs-intake-{number}.log" for number in range(self.workers)]
        services = [ServiceProcess(settings, ["hhs-intake"], log) for log in logs]
        running = Running([each.process for each in services], logs)
        try:
            for each in services:
                each.await_ready()
        except BaseException:
            running.stop()
            raise
        return running


def settings_of(ground: Ground, database_url: str, prefix: str) -> Settings:
    """Return production's settings for this broker, this database and these topics."""
    return Settings(bootstrap=ground.bootstrap, database_url=database_url, topic_prefix=prefix)


Contender = Peer | Ours
