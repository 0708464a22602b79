"""`bus breaker`: stop a group by hand, or let it go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import parse_officer, require_reason
from bus.cli.groups import consuming_owners, owner_of
from bus.cli.output import AsJson, Row, print_record, print_rows

if TYPE_CHECKING:
    from bus.deadletters.breakers import Breaker
    from bus.settings import Settings
    from bus.storage.connections import Connection

    Change = Callable[[Connection], Awaitable[Breaker]]

app = typer.Typer(
    help="The breaker of each group: it stops a group whose records fail too often.",
    no_args_is_help=True,
)

OnlyGroup = Annotated[str | None, typer.Option("--group", help="Only this group's.")]
Group = Annotated[str, typer.Argument(metavar="GROUP", help="The group, such as hhs-intake.")]
Officer = Annotated[
    str, typer.Option("--officer", metavar="ROLE:ID", help="Who, such as operator:o-4; no name.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever audits it later.")]
Minutes = Annotated[
    float | None,
    typer.Option(
        "--for",
        metavar="MINUTES",
        min=0.1,
        help="DANGEROUS: so long it stays closed, and whatever fails becomes a dead letter.",
    ),
]

COLUMNS = (
    "group",
    "state",
    "openings",
    "trial_at",
    "overridden_until",
    "changed_by",
    "changed_at",
    "reason",
)


@app.command("list")
def show(group: OnlyGroup = None, as_json: AsJson = False) -> None:
    """Print the breaker of each group, and why it stands so.

    CLOSED is as it should be. OPEN: nothing is consumed; at trial_at one worker tries a few
    records (HALF_OPEN), and closes it if they go well. Without trial_at it waits for an operator.

        bus breaker list
    """
    from bus.settings import load_settings

    rows = asyncio.run(_rows(load_settings(), group))
    print_rows(rows, columns=COLUMNS, as_json=as_json, if_none="There is no group.")


@app.command("open")
def stop(group: Group, *, officer: Officer, reason: Reason, as_json: AsJson = False) -> None:
    """Stop a group: its workers consume nothing until an operator closes the breaker.

    Nothing is lost meanwhile; what comes is consumed afterwards.

        bus breaker open tracker --officer operator:o-4 --reason "wrong release of the tracker"
    """
    from bus.deadletters.breakers import open_breaker

    check(officer, reason)
    change = partial(open_breaker, group=group, officer=officer, reason=reason)
    print_record(apply(group, change), as_json=as_json)


@app.command()
def close(
    group: Group,
    *,
    officer: Officer,
    reason: Reason,
    minutes: Minutes = None,
    as_json: AsJson = False,
) -> None:
    """Let a group go on at once. With --for, its breaker can't open for so many minutes.

    bus breaker close tracker --officer operator:o-4 --reason "old records, known bad" --for 30
    """
    from bus.deadletters.breakers import close_breaker

    check(officer, reason)
    seconds = None if minutes is None else minutes * 60
    change = partial(close_breaker, group=group, officer=officer, reason=reason, seconds=seconds)
    print_record(apply(group, change), as_json=as_json)


def check(officer: str, reason: str) -> None:
    """Raise UsageError unless an officer and a reason are named."""
    parse_officer("--officer", officer, example="operator:o-4")
    require_reason(reason)


def apply(group: str, change: Change) -> Row:
    """Change a group's breaker, and return how it stands then."""
    from bus.settings import load_settings

    return asdict(asyncio.run(_apply(load_settings(), group, change)))


async def _rows(settings: Settings, group: str | None) -> list[Row]:
    from bus.deadletters.breakers import read_breakers
    from bus.simulation import refuse_real_cluster
    from bus.storage.connections import owner_session
    from bus.topics import GROUPS

    await refuse_real_cluster(settings)
    rows: list[Row] = []
    for owner in consuming_owners(group):
        groups = [each for each, of in GROUPS.items() if of == owner and group in (None, each)]
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            rows += [asdict(each) for each in await read_breakers(connection, groups)]
    return rows


async def _apply(settings: Settings, group: str, change: Change) -> Breaker:
    from bus.simulation import refuse_real_cluster
    from bus.storage.connections import owner_session

    owner = owner_of(group)
    await refuse_real_cluster(settings)
    async with owner_session(settings.database_url_of(owner), owner) as connection:
        return await change(connection)
