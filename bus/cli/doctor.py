"""`bus doctor`: what is wrong with the bus, and what mends it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import asdict

import typer

from bus.cli.exits import ExitCode
from bus.cli.output import AsJson, note, print_rows


def doctor(as_json: AsJson = False) -> None:
    """Look at broker, topics, schemas, databases, clocks, disks and groups; change nothing.

    Exit 1 if anything is wrong, with what would mend it.

        bus doctor
    """
    from bus.doctor import State, examine
    from bus.settings import load_settings

    checks = asyncio.run(examine(load_settings()))
    wrong = [each for each in checks if each.state is State.WRONG]
    print_rows(
        [asdict(each) for each in checks],
        columns=["what", "state", "found"],
        as_json=as_json,
        if_none="Nothing was looked at.",
    )
    if not as_json:
        _print_advice({each.what: each.mend for each in wrong})
        counts = Counter(each.state.value.lower() for each in checks)
        note(", ".join(f"{count} {state}" for state, count in counts.items()))
    if wrong:
        raise typer.Exit(ExitCode.FAULT)


def _print_advice(advice: dict[str, str | None]) -> None:
    if advice:
        typer.echo("\nWhat to do:")
    for what, mend in advice.items():
        typer.echo(f"  {what}: {mend}")
