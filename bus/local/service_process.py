"""The services of the bus as child processes: for scenarios and for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bus.errors import FaultError
from bus.local import ports
from bus.local.waiting import wait_until
from bus.settings import Settings

READY_LIMIT_SECONDS = 30.0
STOP_LIMIT_SECONDS = 10.0


class ServiceProcess:
    """`bus serve NAME…` as a child process, with its logs in a file.

    `program` stands for `bus` where something else is to serve.
    """

    def __init__(
        self,
        settings: Settings,
        names: Sequence[str],
        log: Path,
        *,
        program: Sequence[str] | None = None,
    ) -> None:
        self._names = names
        self._log = log
        self._port = ports.find_free()
        environment = os.environ | environment_of(settings)
        environment |= {"BUS_HTTP_PORT": str(self._port), "BUS_LOG_FORMAT": "json"}
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [*(program or [str(bus_command())]), "serve", *names],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )

    @property
    def log(self) -> str:
        """Everything that it has logged."""
        return self._log.read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        """Where it answers over HTTP."""
        return f"http://{ports.HOST}:{self._port}"

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON of an answer. Raises OSError while nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=2) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def readiness(self) -> dict[str, object]:
        """Return what /readyz says; empty while nobody answers."""
        try:
            return self.get("/readyz")[1]
        except OSError:
            return {}

    def await_ready(self, limit_seconds: float = READY_LIMIT_SECONDS) -> None:
        """Wait until every service in it does its work; raise FaultError if that doesn't come."""

        def is_settled() -> bool:
            return self.process.poll() is not None or self.readiness().get("ready") is True

        if not wait_until(is_settled, limit_seconds) or self.process.poll() is not None:
            raise FaultError(
                f"{', '.join(self._names)} did not become ready: {self.readiness()}; "
                f"the log {self._log} ends with:\n{self.log[-2000:]}"
            )

    def stop(self, limit_seconds: float = STOP_LIMIT_SECONDS) -> int:
        """Ask it to stop; return its exit code. Kills it when the limit passes."""
        self.process.terminate()
        try:
            return self.process.wait(limit_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def bus_command() -> Path:
    """Return the command `bus` of the environment that this program runs in."""
    return Path(sys.executable).with_name("bus")


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the variables that give a process these settings."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return {f"BUS_{name.upper()}": str(value) for name, value in values.items()}
