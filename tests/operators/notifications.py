"""Where Alertmanager's webhooks arrive: a real web server that keeps what it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bus.local.ports import HOST


@dataclass(frozen=True, slots=True)
class Notification:
    """One alert as somebody is told of it: where it arrived, whether it fires, what it says."""

    receiver: str
    alert: str
    is_firing: bool
    labels: dict[str, str]
    annotations: dict[str, str]


@dataclass
class Notifications:
    """Everything that has arrived, in its order."""

    port: int = 0
    received: list[Notification] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the webhooks have to lead."""
        return f"http://{HOST}:{self.port}"

    def about(self, alert: str, labels: Mapping[str, str]) -> list[Notification]:
        """Return all that was told of the alert with these labels."""
        return [
            each
            for each in self.received
            if each.alert == alert and labels.items() <= each.labels.items()
        ]

    def fired_at(self, alert: str, labels: Mapping[str, str]) -> set[str]:
        """Return who was told, now or before, that it fires."""
        return {each.receiver for each in self.about(alert, labels) if each.is_firing}

    def over_at(self, alert: str, labels: Mapping[str, str]) -> set[str]:
        """Return to whom the last word was that it is over."""
        last = {each.receiver: each for each in self.about(alert, labels)}
        return {receiver for receiver, each in last.items() if not each.is_firing}


@contextmanager
def receiving() -> Iterator[Notifications]:
    """Run the server until the block ends."""
    notifications = Notifications()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            receiver = self.path.strip("/")
            notifications.received += [_read(receiver, each) for each in body["alerts"]]
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    notifications.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield notifications
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _read(receiver: str, alert: dict[str, Any]) -> Notification:
    labels = alert["labels"]
    is_firing = alert["status"] == "firing"
    return Notification(receiver, labels["alertname"], is_firing, labels, alert["annotations"])
