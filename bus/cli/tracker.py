"""`bus tracker`: make what the tracker derives anew, from the topics."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from bus.cli.arguments import Yes
from bus.cli.output import AsJson, confirm, print_record

if TYPE_CHECKING:
    from bus.settings import Settings
    from bus.tracker.rebuilding import Rebuilt

app = typer.Typer(help="The tracker: make what it derives anew.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Take no options: a command follows."""


@app.command()
def rebuild(yes: Yes = False, as_json: AsJson = False) -> None:
    """Make facts, states and findings anew from the topics. Nothing is published.

    Dead letters, positions and recorded answers stay. Stop the tracker first; a crash in between
    leaves everything as it was. What differs from what was told last is listed: a clearance may by
    time alone.

        bus tracker rebuild --yes
    """
    from bus.settings import load_settings

    confirm("Make everything that the tracker derived anew?", yes=yes)
    rebuilt = asyncio.run(_rebuild(load_settings()))
    print_record(
        {
            "events": rebuilt.events,
            "facts": rebuilt.facts,
            "clearances_that_differ": list(rebuilt.clearances),
            "findings_that_differ": list(rebuilt.findings),
        },
        as_json=as_json,
    )


async def _rebuild(settings: Settings) -> Rebuilt:
    from bus.codec.schemas import packaged
    from bus.tracker.rebuilding import rebuild as make_anew
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as connection:
        return await make_anew(connection, settings, settings.clock(), packaged())
