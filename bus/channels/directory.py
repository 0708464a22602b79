"""The channels of each office, made once from the contacts and the settings."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from bus.channels.channel import Channel
from bus.channels.contacts import (
    Contact,
    MailContact,
    is_loopback,
    read_contacts,
)
from bus.channels.mail import MailChannel, MailSecurity, MailServer
from bus.channels.webhook import WebhookChannel
from bus.errors import UsageError
from bus.settings import Settings

Directory = Mapping[str, Sequence[Channel]]
"""The channels of each office, in the order in which they are tried."""

LEAST_SECRET_BYTES = 24
"""What Standard Webhooks asks for."""


def load_directory(settings: Settings, wall: Callable[[], datetime]) -> Directory | None:
    """Return the channels of each office; None where no contacts are configured.

    Raises UsageError with every fault at once: of the file, the secrets and the mail server.
    """
    path = settings.contacts_file
    if path is None:
        return None
    offices = read_contacts(path).offices
    contacts = [each for listed in offices.values() for each in listed]
    faults = [
        *_mail_faults(settings, contacts),
        *_secret_faults(offices),
        *_simulation_faults(settings, contacts),
    ]
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise UsageError(f"the contacts in {path} are not usable:\n{lines}")
    return {
        office: [
            _channel(contact, number, settings, wall) for number, contact in enumerate(listed, 1)
        ]
        for office, listed in offices.items()
    }


def _channel(
    contact: Contact, number: int, settings: Settings, wall: Callable[[], datetime]
) -> Channel:
    if isinstance(contact, MailContact):
        return MailChannel(f"{number} email", mail_server(settings), contact.email, wall=wall)
    secret = webhook_secret(contact.secret_file)
    return WebhookChannel(f"{number} webhook", contact.webhook, secret, wall=wall)


def webhook_secret(path: Path) -> str:
    """Return the secret in a file; raise UsageError, which never quotes it."""
    secret = _read_secret(path, "secret_file")
    try:
        size = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if size < LEAST_SECRET_BYTES:
        raise UsageError(
            f"secret_file: {path} holds no secret of at least {LEAST_SECRET_BYTES} bytes in "
            "base64; make one: openssl rand -base64 32"
        )
    return secret


def mail_server(settings: Settings) -> MailServer:
    """Return the mail server of settings in which `_mail_faults` found nothing."""
    path = settings.mail_password_file
    return MailServer(
        host=settings.mail_host or "",
        port=settings.mail_port,
        sender=settings.mail_from or "",
        security=MailSecurity(settings.mail_security),
        username=settings.mail_username,
        password=None if path is None else _read_secret(path, "BUS_MAIL_PASSWORD_FILE"),
    )


def _secret_faults(offices: Mapping[str, Sequence[Contact]]) -> Iterator[str]:
    for office, listed in offices.items():
        for number, contact in enumerate(listed):
            if not isinstance(contact, MailContact):
                try:
                    webhook_secret(contact.secret_file)
                except UsageError as error:
                    yield f"offices.{office}[{number}].{error}"


def _mail_faults(settings: Settings, contacts: Sequence[Contact]) -> Iterator[str]:
    if not any(isinstance(each, MailContact) for each in contacts):
        return
    if settings.mail_host is None:
        yield "BUS_MAIL_HOST: an office has an e-mail address, so the mail server must be named"
    if settings.mail_from is None:
        yield "BUS_MAIL_FROM: an office has an e-mail address, so the sender's must be named"
    if (settings.mail_username is None) != (settings.mail_password_file is None):
        yield "BUS_MAIL_USERNAME and BUS_MAIL_PASSWORD_FILE: set both, or neither"
    if settings.mail_password_file is not None:
        try:
            _read_secret(settings.mail_password_file, "BUS_MAIL_PASSWORD_FILE")
        except UsageError as error:
            yield str(error)


def _simulation_faults(settings: Settings, contacts: Sequence[Contact]) -> Iterator[str]:
    """A simulated clock can't reach a real office: what plays history must not write to anybody."""
    if settings.clock_file is None:
        return
    hosts = [
        settings.mail_host if isinstance(c, MailContact) else urlsplit(c.webhook).hostname
        for c in contacts
    ]
    if not all(is_loopback(host) for host in hosts):
        yield (
            "business time is simulated (BUS_CLOCK_FILE), and a server isn't on this machine: "
            "unset BUS_CLOCK_FILE, or use contacts for the simulation"
        )


def _read_secret(path: Path, name: str) -> str:
    try:
        secret = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it isn't text"
        raise UsageError(f"{name}: {path} can't be read ({reason})") from None
    if not secret:
        raise UsageError(f"{name}: {path} is empty")
    return secret
