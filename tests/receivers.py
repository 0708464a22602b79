"""What stands on the other side of a channel: a real mail server and a real web server."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook

SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0IQ=="
LIMIT_SECONDS = 20.0


class Behaviour(StrEnum):
    """What the other side does with a message."""

    TAKE = "TAKE"
    LATER = "LATER"
    REFUSE = "REFUSE"
    KEEP_SILENT = "KEEP_SILENT"


@dataclass(frozen=True)
class Received:
    """A message as it arrived: the id on the wire, what people read first, and the text."""

    message_id: str
    subject: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Receiver:
    """One of the two servers, and what it has taken."""

    port: int = 0
    behaviour: Behaviour = Behaviour.TAKE
    tries: int = 0
    received: list[Received] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def subjects(self) -> list[str]:
        return [each.subject for each in self.received]

    def until(self, beginning: str, count: int = 1) -> None:
        """Wait until so many messages have a subject that begins so; fail with what came."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while sum(each.startswith(beginning) for each in self.subjects()) < count:
            assert time.monotonic() < deadline, f"{beginning}: {self.subjects()}"
            time.sleep(0.02)


@contextmanager
def receiving_mail() -> Iterator[Receiver]:
    """Run a mail server in a thread until the block ends."""
    receiver = Receiver()
    started = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve_mail(receiver, started)))
    thread.start()
    assert started.wait(LIMIT_SECONDS)
    try:
        yield receiver
    finally:
        receiver.released.set()
        thread.join(LIMIT_SECONDS)


async def _serve_mail(receiver: Receiver, started: threading.Event) -> None:
    loop = asyncio.get_running_loop()
    handler = _MailHandler(receiver)
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    started.set()
    await asyncio.to_thread(receiver.released.wait)
    server.close()


class _MailHandler:
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        receiver = self._receiver
        receiver.tries += 1
        if receiver.behaviour is Behaviour.KEEP_SILENT:
            await asyncio.to_thread(receiver.released.wait, LIMIT_SECONDS)
            return "421 closing"
        if receiver.behaviour is Behaviour.LATER:
            return "451 try again later"
        if receiver.behaviour is not Behaviour.TAKE:
            return "550 no such person@hhs.example"
        mail = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        receiver.mails.append(mail)
        identifier = mail["Message-ID"].strip("<>").partition("@")[0]
        receiver.received.append(Received(identifier, mail["Subject"].strip(), mail.get_content()))
        return "250 OK"


@contextmanager
def receiving_webhooks() -> Iterator[Receiver]:
    """Run a web server in threads until the block ends; it checks each signature."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.tries += 1
            body = self.rfile.read(int(self.headers["content-length"]))
            if receiver.behaviour is Behaviour.KEEP_SILENT:
                receiver.released.wait(LIMIT_SECONDS)
                return
            self.send_response(_answer(receiver, body, dict(self.headers)))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join(LIMIT_SECONDS)


def _answer(receiver: Receiver, body: bytes, headers: dict[str, str]) -> int:
    if receiver.behaviour is Behaviour.LATER:
        return 503
    if receiver.behaviour is Behaviour.REFUSE:
        return 400
    payload = Webhook(SECRET).verify(body, headers)
    assert json.loads(body) == payload
    data = payload["data"]
    receiver.received.append(Received(headers["webhook-id"], data["subject"], data["text"], data))
    return 204
