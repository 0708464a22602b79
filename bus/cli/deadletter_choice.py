"""Which dead letters a command is about: the options that several commands take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import known_name, parse_id, parse_moment
from bus.cli.groups import owner_of
from bus.errors import UsageError

if TYPE_CHECKING:
    from bus.deadletters.letters import Filter

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="As the list shows them.")]
Group = Annotated[str | None, typer.Option("--group", help="Only this group's.")]
ReasonCode = Annotated[
    str | None, typer.Option("--reason", help="Only of this reason, such as UNDECODABLE.")
]
TopicName = Annotated[str | None, typer.Option("--topic", help="Only records of this topic.")]
Key = Annotated[str | None, typer.Option("--key", help="Only records of this key.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="T", help="Only what first failed from then on.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="T", help="Only what first failed before then.")
]


def filter_of(
    *,
    group: str | None = None,
    state: str | None = None,
    reason: str | None = None,
    topic: str | None = None,
    key: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Filter:
    """Return what the options mean; raise UsageError, with what there is, for another name."""
    from bus.deadletters.letters import STATES, Filter
    from bus.reasons import Reason
    from bus.topics import find_topic

    if group is not None:
        owner_of(group)
    return Filter(
        group=group,
        state=known_name(state, "state", STATES),
        reason=known_name(reason, "reason", [each.value for each in Reason]),
        topic=None if topic is None else find_topic(topic).name,
        key=key,
        since=parse_moment("--since", since),
        until=parse_moment("--until", until),
    )


def choose(ids: list[str] | None, chosen: Filter, *, everything: bool = False) -> Filter:
    """Return which dead letters are meant: those named, or all open records that are chosen.

    Raises UsageError where neither is, or both are.
    """
    from dataclasses import replace

    from bus.consuming.parking import LetterKind, LetterState
    from bus.deadletters.letters import Filter

    has_options = bool(chosen.condition) or everything
    if ids and has_options:
        raise UsageError("name dead letters by ID, or choose them by options, but not both")
    if ids:
        return Filter(ids=list(dict.fromkeys(parse_id(each) for each in ids)))
    if not has_options:
        raise UsageError("say which dead letters: by ID, by options such as --reason, or --all")
    return replace(chosen, state=LetterState.OPEN.value, kind=LetterKind.RECORD.value)
