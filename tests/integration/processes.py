"""Services as processes of their own: started, stopped, frozen and killed by a test."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from bus.local.waiting import wait_until
from bus.settings import Settings

LIMIT_SECONDS = 30.0


class ServiceProcess:
    """`bus serve NAME…` as a child of the test."""

    def __init__(self, settings: Settings, log: Path, *names: str) -> None:
        self._log = log
        environment = {**os.environ, **environment_of(settings), "BUS_LOG_FORMAT": "json"}
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("bus"), "serve", *names],
                env=environment,
                stderr=stderr,
                stdout=subprocess.DEVNULL,
            )

    @property
    def log(self) -> str:
        """Everything that it logged."""
        return self._log.read_text()

    def readiness(self) -> dict[str, object]:
        """Return what /readyz says; empty while it doesn't answer."""
        found = re.search(r'"port": (\d+)', self.log)
        if found is None:
            return {}
        url = f"http://127.0.0.1:{found[1]}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            body = error.read()
        except OSError:
            return {}
        answer_of_service: dict[str, object] = json.loads(body)
        return answer_of_service

    def await_ready(self) -> None:
        """Wait until every service in it is doing its work."""

        def ready_or_ended() -> bool:
            return self.readiness().get("ready") is True or self._process.poll() is not None

        ready = wait_until(ready_or_ended, LIMIT_SECONDS) and self._process.poll() is None
        assert ready, f"{self.readiness()}\n{self.log[-3000:]}"

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does, without its knowledge."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, as if nothing had happened."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it with -9."""
        self._process.kill()
        self._process.wait(LIMIT_SECONDS)

    def terminate(self, limit_seconds: float = 5.0) -> int:
        """Ask it to stop; return its exit code. Fails if it takes longer than the limit."""
        self._process.terminate()
        return self._process.wait(limit_seconds)

    def end(self) -> None:
        """Make sure that it is gone, whatever state the test left it in."""
        if self._process.poll() is None:
            self.thaw()
            self.kill()


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the variables that give a process these settings."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return {f"BUS_{name.upper()}": str(value) for name, value in values.items()}
