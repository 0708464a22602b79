"""`bus sequences`: numbers that were never read, and what two officers may decide about them."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import Yes, parse_officer, require_reason
from bus.cli.output import AsJson, Row, confirm, print_record, print_rows
from bus.errors import UsageError

if TYPE_CHECKING:
    from bus.settings import Settings
    from bus.tracker.settling import Settlement

app = typer.Typer(
    help="Sequence numbers that are missing: while one is, every gate is closed.",
    no_args_is_help=True,
)

Source = Annotated[str, typer.Argument(metavar="SOURCE", help="The ce_source, as the list has it.")]
TopicName = Annotated[str, typer.Argument(metavar="TOPIC", help="The topic.")]
Officer = Annotated[
    str, typer.Option("--officer", metavar="ROLE:ID", help="Who decides it; no name.")
]
Approver = Annotated[
    str, typer.Option("--approver", metavar="ROLE:ID", help="Who approves it: another officer.")
]
Why = Annotated[str, typer.Option("--reason", help="Why, for whoever audits it later.")]
Settled = Annotated[bool, typer.Option("--settled", help="What was settled, instead.")]

MISSING_COLUMNS = ("source", "topic", "first", "last", "noticed_at")
SETTLED_COLUMNS = ("source", "topic", "first", "last", "settled_by", "approved_by", "reason")


@app.command("list")
def show(settled: Settled = False, as_json: AsJson = False) -> None:
    """Print the numbers that were never read although higher ones were.

    Some may still be on their way; the gate waits ten seconds for them.

        bus sequences list
    """
    from bus.settings import load_settings

    rows = asyncio.run(_rows(load_settings(), settled=settled))
    columns = SETTLED_COLUMNS if settled else MISSING_COLUMNS
    print_rows(rows, columns=columns, as_json=as_json, if_none="No number is missing.")


@app.command()
def settle(
    source: Source,
    topic: TopicName,
    *,
    officer: Officer,
    approver: Approver,
    reason: Why,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let the missing numbers of a source count as read, because no event of them will come.

    Ask its agency first: an event that is lost may have withdrawn an acceptance. If the source is
    one of its stores, its events belong on the topic. Exit 2 where none is missing.

        bus sequences settle doj.nobody/1f2e doj.policy-notice.v1 --officer operator:o-4
            --approver supervisor:s-2 --reason "a vendor's test; DOJ has no such store"
    """
    from bus.settings import load_settings
    from bus.topics import find_topic
    from bus.tracker.settling import Settlement

    check(officer, approver, reason)
    confirm(f"Let every missing number of {source} on {topic} count as read?", yes=yes)
    settings = load_settings()
    now = settings.clock().now()
    settlement = Settlement(source, find_topic(topic).name, officer, approver, reason.strip(), now)
    numbers = asyncio.run(_settle(settings, settlement))
    print_record({**asdict(settlement), "numbers": numbers}, as_json=as_json)


def check(officer: str, approver: str, reason: str) -> None:
    """Raise UsageError unless two officers and a reason are named."""
    from bus.deadletters.requests import officer_id

    parse_officer("--officer", officer, example="operator:o-4")
    parse_officer("--approver", approver, example="supervisor:s-2")
    if officer_id(officer) == officer_id(approver):
        raise UsageError("another officer has to approve it: --approver has the id of --officer")
    require_reason(reason)


async def _rows(settings: Settings, *, settled: bool) -> list[Row]:
    from bus.simulation import refuse_real_cluster
    from bus.storage.connections import owner_session
    from bus.tracker.settling import list_missing, list_settled

    await refuse_real_cluster(settings)
    async with owner_session(settings.database_url_of("bus"), "bus") as connection:
        if settled:
            return [asdict(each) for each in await list_settled(connection)]
        return [asdict(each) for each in await list_missing(connection)]


async def _settle(settings: Settings, settlement: Settlement) -> int:
    from bus.simulation import refuse_real_cluster
    from bus.storage.connections import owner_session
    from bus.tracker.settling import settle as settle_numbers

    await refuse_real_cluster(settings)
    async with owner_session(settings.database_url_of("bus"), "bus") as connection:
        return await settle_numbers(connection, settlement)
