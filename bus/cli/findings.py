"""`bus findings`: what was found to be wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import known_name
from bus.cli.output import AsJson, Row, print_rows
from bus.events import Mode

if TYPE_CHECKING:
    from bus.settings import Settings
    from bus.tracker.finding_list import FindingFilter

app = typer.Typer(
    help="What was found to be wrong: each cause once, with the facts that show it.",
    no_args_is_help=True,
)

COLUMNS = ("opened_at", "severity", "kind", "mode", "state", "policy_id", "office", "event_id")

Policy = Annotated[
    str | None, typer.Option("--policy", metavar="POLICY_ID", help="Only about this policy.")
]
Kind = Annotated[
    str | None, typer.Option("--kind", help="Only of this kind, such as UNANNOUNCED_POLICY.")
]
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

    They are the tracker's, and each group's own: OFFSET_GAP, records that it never read.

        bus findings list --policy doj/2018/zero-tolerance --mode ACTUAL
    """
    from bus.settings import load_settings
    from bus.tracker.finding_list import KINDS, FindingFilter

    wanted = FindingFilter(policy, known_name(kind, "kind", KINDS), mode, with_resolved=everything)
    rows = asyncio.run(_list(load_settings(), wanted))
    print_rows(rows, columns=COLUMNS, as_json=as_json, if_none="There is no such finding.")


async def _list(settings: Settings, wanted: FindingFilter) -> list[Row]:
    from bus.tracker.finding_list import list_findings as read_findings

    return [each.payload for each in await read_findings(settings, wanted)]
