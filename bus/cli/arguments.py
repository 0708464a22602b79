"""Arguments that several commands take, and what is refused of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from bus.errors import UnknownNameError, UsageError

PolicyId = Annotated[str, typer.Argument(metavar="POLICY_ID", help='Such as "doj/2018/policy".')]
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


def parse_officer(option: str, text: str, *, example: str) -> tuple[str, str]:
    """Return the role and the id of ROLE:ID; raise UsageError for anything else."""
    role, _, identifier = text.partition(":")
    if not role.strip() or not identifier.strip():
        raise UsageError(f"write {option} as ROLE:ID, such as {example}")
    return role, identifier


def known_name(name: str | None, what: str, names: Sequence[str]) -> str | None:
    """Return the name, or None where none is given; raise UnknownNameError for another one."""
    if name is not None and name not in names:
        raise UnknownNameError(f"there is no {what} {name!r}; there are: {', '.join(names)}")
    return name
