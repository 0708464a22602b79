"""`bus audit`: is every offset and every published number accounted for?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.exits import ExitCode
from bus.cli.groups import owner_of
from bus.cli.output import AsJson, Row, note, print_json, print_table
from bus.errors import UnavailableError

if TYPE_CHECKING:
    from bus.audit.auditing import Audit
    from bus.audit.faults import Fault

MAX_RANGES_SHOWN = 5

Group = Annotated[
    str | None, typer.Option("--group", help="Only this group, and its owner's outbox or spool.")
]

ACCOUNT_COLUMNS = (
    "group",
    "topic",
    "partition",
    "account",
    "first_offset",
    "next_offset",
    "applied",
    "duplicates",
    "dead_lettered",
    "held",
    "gaps",
    "unread",
)
STREAM_COLUMNS = ("owner", "topic", "source", "last_sequence", "unsent")


def audit(group: Group = None, as_json: AsJson = False) -> None:
    """Prove that every offset that a group passed has exactly one standing.

    For each account: next_offset - first_offset = applied + duplicates + dead_lettered
    + held + gaps,
    where each is a number of rows, and the rows cover those offsets one by one. A closed account
    is one that an operator's reset ended. Unread is what is left up to the log's end. Of each
    outbox and spool: the numbers from 1 to the last are all there; unsent is what Kafka hasn't
    confirmed.

    Exit 1 if anything is unexplained, 5 if a database or, without a fault, the broker is away.

        bus audit --group hhs-intake
    """
    from bus.audit.auditing import run_audit
    from bus.settings import load_settings
    from bus.simulation import refuse_real_cluster
    from bus.topics import OWNERS

    owners = OWNERS if group is None else (owner_of(group),)
    settings = load_settings()
    asyncio.run(refuse_real_cluster(settings))
    found = asyncio.run(run_audit(settings, owners))
    if as_json:
        print_json(plain_audit(found))
    else:
        _print_audit(found)
    if not found.is_sound:
        raise typer.Exit(ExitCode.FAULT)
    if found.broker_fault is not None:
        raise UnavailableError(f"what is unread is unknown: {found.broker_fault}")


def plain_audit(found: Audit) -> dict[str, object]:
    """Return the audit as JSON has it."""
    return {
        "is_sound": found.is_sound,
        "accounts": account_rows(found),
        "outboxes": stream_rows(found),
        "unclaimed": unclaimed_rows(found),
        "faults": [
            {
                "kind": fault.kind,
                "place": fault.place,
                "detail": fault.detail,
                "ranges": [list(each) for each in fault.ranges],
            }
            for fault in found.faults
        ],
    }


def account_rows(found: Audit) -> list[Row]:
    """Return a row for each account."""
    return [
        {
            "group": each.group,
            "topic": each.topic,
            "partition": each.partition,
            "account": each.number,
            "is_open": each.is_open,
            "first_offset": each.first_offset,
            "next_offset": each.next_offset,
            "applied": each.applied,
            "duplicates": each.duplicates,
            "dead_lettered": each.dead_lettered,
            "held": each.held,
            "gaps": each.gaps,
            "unread": found.unread_of(each),
        }
        for each in found.accounts
    ]


def is_untouched(row: Row) -> bool:
    """Tell whether a partition has had no record since its account began."""
    return row.get("first_offset") == row.get("next_offset") and row["unread"] == 0


def unclaimed_rows(found: Audit) -> list[Row]:
    """Return a row for each partition that the group never claimed, of topics that it reads."""
    claimed = {(each.group, each.topic, each.partition) for each in found.accounts}
    return [
        {
            "group": each.group,
            "topic": each.partition.topic,
            "partition": each.partition.number,
            "unread": each.count,
        }
        for each in found.unread or []
        if (each.group, *each.partition) not in claimed
    ]


def stream_rows(found: Audit) -> list[Row]:
    """Return a row for each source and topic of each outbox and spool."""
    return [
        {
            "owner": each.owner,
            "topic": each.topic,
            "source": each.source,
            "last_sequence": each.last_sequence,
            "confirmed_sequence": each.confirmed_sequence,
            "unsent": each.unsent,
        }
        for each in found.streams
    ]


def _print_audit(found: Audit) -> None:
    rows = [*account_rows(found), *unclaimed_rows(found)]
    lively = [row for row in rows if not is_untouched(row)]
    _print_part(ACCOUNT_COLUMNS, lively)
    if len(lively) < len(rows):
        typer.echo(f"Left out: {len(rows) - len(lively)} accounts without a record so far.\n")
    _print_part(STREAM_COLUMNS, stream_rows(found))
    for fault in found.faults:
        typer.echo(_line_of(fault))
    if found.is_sound:
        typer.echo(
            f"Every offset of {len(found.accounts)} accounts and every number of "
            f"{len(found.streams)} streams of outboxes and spools is explained."
        )
    else:
        note(f"{len(found.faults)} faults: not everything is explained.")


def _print_part(columns: Sequence[str], rows: Sequence[Row]) -> None:
    if rows:
        print_table(columns, [[row.get(column) for column in columns] for row in rows])
        typer.echo("")


def _line_of(fault: Fault) -> str:
    shown = [
        str(lower) if upper == lower + 1 else f"{lower} to {upper - 1}"
        for lower, upper in fault.ranges[:MAX_RANGES_SHOWN]
    ]
    if len(fault.ranges) > MAX_RANGES_SHOWN:
        shown.append(f"{len(fault.ranges) - MAX_RANGES_SHOWN} more ranges")
    numbers = f": {', '.join(shown)}" if shown else ""
    return f"{fault.kind}  {fault.place}: {fault.detail}{numbers}"
