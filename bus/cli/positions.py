"""`bus positions`: how far each group has come, and an operator's reset."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import Yes, parse_officer
from bus.cli.groups import consuming_owners, owner_of
from bus.cli.output import AsJson, Row, confirm, note, print_record, print_rows

if TYPE_CHECKING:
    from bus.consuming.claims import LogBounds
    from bus.consuming.positions import StoredPosition
    from bus.consuming.records import Partition
    from bus.consuming.resetting import Reset, ResetRequest
    from bus.settings import Settings

app = typer.Typer(
    help="How far each group has come, and an operator's reset.", no_args_is_help=True
)

OnlyGroup = Annotated[str | None, typer.Option("--group", help="Only this group.")]
Group = Annotated[str, typer.Argument(metavar="GROUP", help="The group, such as hhs-intake.")]
TopicName = Annotated[str, typer.Argument(metavar="TOPIC", help="Its name in the catalogue.")]
Number = Annotated[int, typer.Argument(metavar="PARTITION", min=0)]
To = Annotated[
    str, typer.Option("--to", metavar="OFFSET|beginning|end", help="Where to go on from.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever audits it later.")]
Actor = Annotated[
    str, typer.Option("--actor", metavar="ROLE:ID", help="Who does it, such as operator:o-4.")
]

COLUMNS = (
    "group",
    "topic",
    "partition",
    "account",
    "next_offset",
    "log_start",
    "log_end",
    "unread",
    "epoch",
    "updated_at",
    "obstacle",
)


@app.command("list")
def show(group: OnlyGroup = None, as_json: AsJson = False) -> None:
    """Print where each group stands in each partition, and what is unread up to the log's end.

    With an obstacle, no worker goes on before a reset. The epoch grows with every claim.

        bus positions list --group tracker
    """
    from bus.settings import load_settings

    rows = asyncio.run(_position_rows(load_settings(), group))
    print_rows(
        rows, columns=COLUMNS, as_json=as_json, if_none="No group has claimed a partition yet."
    )


@app.command()
def reset(
    group: Group,
    topic: TopicName,
    partition: Number,
    *,
    to: To,
    reason: Reason,
    actor: Actor,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let a group go on from another offset of a partition; services may run meanwhile.

    Going back, records are read again: what was applied stays applied once. Going forward, what
    is skipped is lost to the group, and becomes a gap with a finding. A topic that was created
    anew needs a reset before its group reads it. The account so far is closed and stays.

        bus positions reset hhs-intake dhs.custody-event.v1 3 --to beginning \\
            --reason "topic created anew" --actor operator:o-4
    """
    from bus.consuming.records import Partition
    from bus.consuming.resetting import ResetRequest
    from bus.settings import load_settings

    parse_officer("--actor", actor, example="operator:o-4")
    request = ResetRequest(group, Partition(topic, partition), to, actor, reason)
    done = asyncio.run(_reset(load_settings(), request, yes=yes))
    print_record(reset_row(done), as_json=as_json)


async def _position_rows(settings: Settings, group: str | None) -> list[Row]:
    from bus.consuming.positions import read_positions
    from bus.simulation import refuse_real_cluster
    from bus.storage.connections import owner_session

    await refuse_real_cluster(settings)
    positions: list[StoredPosition] = []
    for owner in consuming_owners(group):
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            positions += await read_positions(connection)
    positions = [each for each in positions if group in (None, each.group)]
    bounds = await _bounds(settings, {each.partition.topic for each in positions})
    return [position_row(each, bounds.get(each.partition)) for each in positions]


def position_row(position: StoredPosition, bounds: LogBounds | None) -> Row:
    """Return a position as a row; of a log that the broker doesn't have, only what is stored."""
    row: dict[str, object] = {
        "group": position.group,
        "topic": position.partition.topic,
        "partition": position.partition.number,
        "account": position.account_number,
        "first_offset": position.first_offset,
        "next_offset": position.next_offset,
        "epoch": position.epoch,
        "updated_at": position.updated_at,
        "log_start": None,
        "log_end": None,
        "unread": None,
        "obstacle": "TOPIC_MISSING",
    }
    if bounds is not None:
        row |= {
            "log_start": bounds.start,
            "log_end": bounds.end,
            "unread": position.unread(bounds),
            "obstacle": position.obstacle(bounds),
        }
    return row


async def _bounds(settings: Settings, topics: set[str]) -> dict[Partition, LogBounds]:
    from bus.consuming.log_bounds import read_log_bounds

    return await asyncio.to_thread(read_log_bounds, settings.bootstrap, settings.names, topics)


async def _reset(settings: Settings, request: ResetRequest, *, yes: bool) -> Reset:
    from bus.codec.schemas import packaged
    from bus.consuming.resetting import preview_reset, reset_position
    from bus.publishing.outbox import Outbox
    from bus.simulation import refuse_real_cluster
    from bus.storage.connections import owner_session
    from bus.topics import find_topic

    find_topic(request.partition.topic)
    owner = owner_of(request.group)
    await refuse_real_cluster(settings)
    bounds = (await _bounds(settings, {request.partition.topic})).get(request.partition)
    clock = settings.clock()
    async with owner_session(settings.database_url_of(owner), owner) as connection:
        if not yes:
            describe_reset(request, await preview_reset(connection, request, bounds))
        confirm(f"Reset {request.place}?", yes=yes)
        outbox = Outbox(owner, clock, packaged())
        return await reset_position(connection, request, bounds, outbox, clock)


def describe_reset(request: ResetRequest, reset: Reset) -> None:
    """Tell a person what would happen, before it does."""
    note(f"{request.place} stands at offset {reset.position.next_offset}.")
    if reset.position.topic_id != reset.topic_id:
        note("The topic was created anew; it is read as a new log.")
    for gap in reset.gaps:
        note(f"Offsets {gap.from_offset} to {gap.to_offset - 1} will never be read: {gap.reason}.")
    note(f"It will go on from offset {reset.next_offset}.")


def reset_row(reset: Reset) -> dict[str, object]:
    """Return what a reset did, as a record."""
    return {
        "group": reset.position.group,
        "topic": reset.position.partition.topic,
        "partition": reset.position.partition.number,
        "closed_account": reset.position.account_number,
        "closed_next_offset": reset.position.next_offset,
        "account": reset.account_number,
        "first_offset": reset.first_offset,
        "next_offset": reset.next_offset,
        "gaps": [
            {"from_offset": gap.from_offset, "to_offset": gap.to_offset, "reason": gap.reason}
            for gap in reset.gaps
        ],
    }
