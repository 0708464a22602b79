"""Services as processes of their own, to be frozen and killed by a test."""

from __future__ import annotations

import signal
from pathlib import Path

from bus.local.service_process import ServiceProcess
from bus.settings import Settings


class Victim(ServiceProcess):
    """`bus serve NAME…`, at the mercy of the test."""

    def __init__(self, settings: Settings, log: Path, *names: str) -> None:
        super().__init__(settings, names, log)

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does, without its knowledge."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, as if nothing had happened."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it with -9."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Make sure that it is gone, whatever state the test left it in."""
        if self.process.poll() is None:
            self.thaw()
            self.kill()
