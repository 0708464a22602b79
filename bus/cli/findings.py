"""`bus findings`: what the tracker found to be wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.output import AsJson, Row, print_rows
from bus.events import Mode
from bus.notices.findings import FindingKind

if TYPE_CHECKING:
    from bus.settings import Settings
    from bus.tracker.finding_list import FindingFilter

app = typer.Typer(
    help="What the tracker found to be wrong: each cause once, with the facts that show it.",
    no_args_is_help=True,
)

COLUMNS = ("opened_at", "severity", "kind", "mode", "state", "policy_id", "office", "event_id")

Policy = Annotated[
    str | None, typer.Option("--policy", metavar="POLICY_ID", help="Only about this policy.")
]
Kind = Annotated[FindingKind | None, typer.Option("--kind", help="Only of this kind.")]
InMode = Annotated[Mode | None, typer.Option("--mode", help="Only in this mode.")]
Everything = Annotated[bool, typer.Option("--all", help="Resolved ones too.")]


@app.command("list")
def list_findings(
    policy: Policy = None,
    kind: Kind = None,
    mode: InMode = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """List findings in the order in which they were opened. Exit 0, also when there are some.

    bus findings list --policy doj/2018/zero-tolerance --mode ACTUAL
    """
    from bus.settings import load_settings
    from bus.tracker.finding_list import FindingFilter

    wanted = FindingFilter(policy, kind, mode, with_resolved=everything)
    rows = asyncio.run(_list(load_settings(), wanted))
    print_rows(rows, columns=COLUMNS, as_json=as_json, if_none="There is no such finding.")


async def _list(settings: Settings, wanted: FindingFilter) -> list[Row]:
    from bus.tracker.finding_list import list_findings as read_findings
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as connection:
        return [each.payload for each in await read_findings(connection, wanted)]
