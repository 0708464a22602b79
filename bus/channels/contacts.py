"""The file of contacts: which office is reached by which channels, in which order.

YAML or JSON::

    offices:
      hhs.orr.intake:
        - webhook: https://hooks.example.gov/bus
          secret_file: /run/secrets/orr-webhook
        - email: orr-intake@example.gov

Addresses belong to offices, never to people. Secrets stand in files of their own.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from bus.errors import UsageError

MAX_BYTES = 1_000_000


def require_web_address(text: str) -> str:
    """Return an address that may be posted to: HTTPS, or HTTP on this machine."""
    parts = urlsplit(text)
    allowed = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    if not allowed or not parts.hostname or parts.username or parts.password or parts.fragment:
        raise PydanticCustomError(
            "web_address",
            "write https://HOST/PATH, without user or password (http only to this machine)",
        )
    return text


def is_loopback(host: str | None) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


Office = Annotated[
    str, StringConstraints(pattern=r"^(doj|dhs|hhs)(\.[a-z0-9-]+)+$", max_length=100)
]
MailAddress = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")
]
WebAddress = Annotated[str, AfterValidator(require_web_address)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class MailContact(_Strict):
    """An office's mailbox."""

    email: MailAddress


class WebhookContact(_Strict):
    """An office's machine, and the file with the secret that both share ("whsec_…")."""

    webhook: WebAddress
    secret_file: Path


def _kind_of(value: object) -> str | None:
    if isinstance(value, MailContact | WebhookContact):
        return "email" if isinstance(value, MailContact) else "webhook"
    names = set(value) if isinstance(value, Mapping) else set()
    found = names & {"email", "webhook"}
    return str(found.pop()) if len(found) == 1 else None


Contact = Annotated[
    Annotated[MailContact, Tag("email")] | Annotated[WebhookContact, Tag("webhook")],
    Discriminator(
        _kind_of,
        custom_error_type="contact",
        custom_error_message="write email: ADDRESS, or webhook: ADDRESS and secret_file: PATH",
    ),
]


class Contacts(_Strict):
    """The whole file."""

    offices: dict[Office, Annotated[list[Contact], Field(min_length=1)]]


def read_contacts(path: Path) -> Contacts:
    """Read the file; raise UsageError that names every fault at once, and quotes no address."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it isn't UTF-8"
        raise UsageError(
            f"the contacts in {path} can't be read ({reason}): is BUS_CONTACTS_FILE right?"
        ) from error
    try:
        return Contacts.model_validate(_parse(text, path))
    except ValidationError as error:
        faults = "\n".join(
            f"  {_place(fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_context=False)
        )
        raise UsageError(f"the contacts in {path} are not usable:\n{faults}") from None


def _parse(text: str, path: Path) -> object:
    if len(text) > MAX_BYTES:
        raise UsageError(f"the contacts in {path} have more than {MAX_BYTES} characters")
    try:
        return yaml.load(text, _OneOfEach)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UsageError(f"{path}{place}: this is no YAML ({error.problem})") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise UsageError(f"{path} is no YAML") from None


def _place(location: tuple[int | str, ...]) -> str:
    """Return a path as people write it, without the names of alternatives that pydantic adds."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    kinds = {".email", ".webhook"}
    plain = [
        part
        for index, part in enumerate(parts)
        if not (part in kinds and index > 0 and parts[index - 1].startswith("["))
    ]
    return "".join(plain).lstrip(".") or "the file"


class _OneOfEach(yaml.SafeLoader):
    """Refuses what YAML takes silently: a name that stands twice, of which the last one wins."""

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"{key.value!r} stands here a second time", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)
