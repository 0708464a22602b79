"""Arguments that several commands take, and what is refused of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, BinaryIO
from uuid import UUID

import typer

from bus.errors import UnknownNameError, UsageError
from bus.events import Mode

if TYPE_CHECKING:
    from bus.codec.definitions import Json

PolicyId = Annotated[str, typer.Argument(metavar="POLICY_ID", help='Such as "doj/2018/policy".')]
NoticeFile = Annotated[
    typer.FileBinaryRead,
    typer.Argument(metavar="FILE|-", help="The notice as one JSON object; - is stdin."),
]
InMode = Annotated[
    Mode | None, typer.Option("--mode", help="The notice's mode, where the file names none.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask: do it.")]


def require_policy_id(policy_id: str) -> None:
    """Raise UsageError where this can't be the id of a policy."""
    from bus.tracker.contents import is_policy_id

    if not is_policy_id(policy_id):
        raise UsageError(
            f"{policy_id!r} is no policy id: write agency/year/name, such as doj/2018/policy-name"
        )


def parse_id(text: str) -> UUID:
    """Return the id; raise UsageError if the text is none."""
    try:
        return UUID(text)
    except ValueError:
        raise UsageError(f"{text!r} is no id: give a UUID") from None


MAX_OFFICER_CHARACTERS = 64
"""As many as the schemas take of an officer's role."""


def parse_officer(option: str, text: str, *, example: str) -> tuple[str, str]:
    """Return the role and the id of ROLE:ID; raise UsageError for anything else."""
    role, _, identifier = (part.strip() for part in text.partition(":"))
    if not (0 < len(role) <= MAX_OFFICER_CHARACTERS and len(identifier) > 0):
        raise UsageError(
            f"write {option} as ROLE:ID, such as {example}; the role has at most "
            f"{MAX_OFFICER_CHARACTERS} characters"
        )
    return role, identifier


def require_reason(reason: str) -> str:
    """Return the reason of what an officer does; raise UsageError if it says nothing."""
    if not reason.strip():
        raise UsageError("say why with --reason: whoever audits it later reads nothing else")
    return reason.strip()


def parse_moment(option: str, text: str | None) -> datetime | None:
    """Return the moment, in UTC where it names no zone; raise UsageError if the text is none."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"write {option} as a time, such as 2026-03-01T12:00Z") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def known_name(name: str | None, what: str, names: Sequence[str]) -> str | None:
    """Return the name, or None where none is given; raise UnknownNameError for another one."""
    if name is not None and name not in names:
        raise UnknownNameError(f"there is no {what} {name!r}; there are: {', '.join(names)}")
    return name


def read_notice(file: BinaryIO) -> Json:
    """Return what the file holds; raise UsageError if it is no JSON."""
    import json

    try:
        content: Json = json.loads(file.read())
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(f"{file.name} is no JSON in UTF-8{where}: write one object") from error
    return content
