"""E-mail, by SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum

import aiosmtplib

from bus.channels.channel import LIMIT_SECONDS, Outcome, Result
from bus.channels.message import Message

PERMANENT_FROM = 500
"""SMTP's codes from here on say that the same again would be refused again."""


class MailSecurity(StrEnum):
    """How the connection to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes every e-mail, and the sender's address."""

    host: str
    port: int
    sender: str
    security: MailSecurity
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class MailChannel:
    """Sends to one address."""

    def __init__(
        self,
        name: str,
        server: MailServer,
        address: str,
        *,
        wall: Callable[[], datetime],
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        self.name = name
        self._server = server
        self._address = address
        self._wall = wall
        self._limit_seconds = limit_seconds

    async def deliver(self, message: Message) -> Result:
        """Hand the message to the mail server."""
        try:
            async with asyncio.timeout(self._limit_seconds):
                await self._send(message)
        except (TimeoutError, aiosmtplib.SMTPTimeoutError):
            return Result(Outcome.UNREACHABLE, "timeout")
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _by_code(error.recipients[0].code)
        except aiosmtplib.SMTPResponseException as error:
            return _by_code(error.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Result(Outcome.UNREACHABLE, type(error).__name__)
        return Result(Outcome.DELIVERED, "taken by the mail server")

    async def _send(self, message: Message) -> None:
        server = self._server
        await aiosmtplib.send(
            self._compose(message),
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            timeout=self._limit_seconds,
            use_tls=server.security is MailSecurity.TLS,
            start_tls=server.security is MailSecurity.STARTTLS,
        )

    def _compose(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._server.sender
        mail["To"] = self._address
        mail["Subject"] = message.words.subject
        mail["Date"] = format_datetime(self._wall())
        mail["Message-ID"] = f"<{message.message_id}@{self._server.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.words.text)
        return mail


def _by_code(code: int) -> Result:
    outcome = Outcome.REFUSED if code >= PERMANENT_FROM else Outcome.UNREACHABLE
    return Result(outcome, f"SMTP {code}")
