"""`bus exercise`: declare when an agency exercises."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bus.cli.arguments import parse_moment, require_policy_id
from bus.cli.observe import Office, OfficerOption, officer_of, publish_step, step_row
from bus.cli.output import AsJson, print_record
from bus.events import Mode

app = typer.Typer(help="Exercises: declare when an agency holds one.", no_args_is_help=True)

Begin = Annotated[str, typer.Option("--from", metavar="T", help="From when; UTC if no offset.")]
End = Annotated[str, typer.Option("--to", metavar="T", help="Until when, exclusive.")]
Policy = Annotated[
    str | None, typer.Option("--policy", metavar="POLICY_ID", help="Only what cites this policy.")
]


@app.callback()
def _root() -> None:
    """Take no options: a command follows."""


@app.command()
def declare(  # noqa: PLR0917 - typer calls it by name
    office: Office,
    officer: OfficerOption,
    begin: Begin,
    end: End,
    policy: Policy = None,
    as_json: AsJson = False,
) -> None:
    """Declare, beforehand, when the office's agency exercises.

    Its custody events of mode EXERCISE outside of every window, or told before the window was,
    are handled as real and flagged.

        bus exercise declare --office dhs.plcy --officer planner:d-2
            --from 2026-03-02T08:00Z --to 2026-03-02T18:00Z
    """
    from bus.notices.facts import CoordinationKind
    from bus.offices.observing import Step
    from bus.settings import load_settings

    if policy is not None:
        require_policy_id(policy)
    step = Step(
        officer=officer_of(office, officer),
        kind=CoordinationKind.EXERCISE_WINDOW,
        body={"from": parse_moment("--from", begin), "to": parse_moment("--to", end)},
        policy_id=policy,
        mode=Mode.EXERCISE,
    )
    print_record(step_row(step, asyncio.run(publish_step(load_settings(), step))), as_json=as_json)
