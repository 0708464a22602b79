"""`bus demo`: play a scenario on a real Kafka and a real Postgres, and verify it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.exits import ExitCode
from bus.cli.output import AsJson, note, print_json

if TYPE_CHECKING:
    from bus.scenarios import Telling
    from bus.scenarios.playing import Played
    from bus.scenarios.stage import Line

Name = Annotated[str, typer.Option("--scenario", help="Which scenario to play.")]


def demo(scenario: Name = "golden", as_json: AsJson = False) -> None:
    """Play the golden scenario on the local stack, and verify what came of it.

    Starts the local stack, unless it is up; each telling gets topics, a database and a clock of
    its own, and all of it is removed at the end. Exit 1 if any expectation isn't met.

        bus demo --json
    """
    from bus.local.settings import load_local_settings
    from bus.local.stack import Stack
    from bus.scenarios import load_scenario
    from bus.scenarios.playing import play

    wanted = load_scenario(scenario)
    stack = Stack(load_local_settings().dir, say=note)
    note("Starting Kafka and Postgres…")
    addresses = stack.up()
    try:
        began = silent if as_json else show_title
        show = silent if as_json else show_line
        played = asyncio.run(play(wanted, addresses, stack.directory / "scenarios", began, show))
    finally:
        if addresses.started:
            stack.down()
    if as_json:
        print_json(plain_report(played))
    else:
        print_verdict(played)
    if not all(each.is_met for each in played):
        raise typer.Exit(ExitCode.FAULT)


def silent(_: object) -> None:
    """Show nothing: the report comes whole at the end."""


def show_title(telling: Telling) -> None:
    """Begin a telling's timeline."""
    typer.echo(f"\n{telling.title}\n{'─' * len(telling.title)}")


def show_line(line: Line) -> None:
    """Print one line of the timeline: date, what it is, text, and how long it took."""
    marks = {"TOLD": "•", "DONE": "→", "EXPECTED": "✓" if line.is_met else "✗"}
    date = f"{line.at:%Y-%m-%d}" if line.kind == "TOLD" else " " * 10
    took = f"  ({line.seconds:.2f} s)" if line.seconds is not None else ""
    typer.echo(f"{date}  {marks[line.kind]} {line.text}{took}")


def print_verdict(played: Sequence[Played]) -> None:
    """Say whether all was as it had to be."""
    lines = [line for each in played for line in each.lines if line.kind == "EXPECTED"]
    met = sum(line.is_met for line in lines)
    typer.echo(f"\n{met} of {len(lines)} expectations were met.")


def plain_report(played: Sequence[Played]) -> dict[str, object]:
    """Return the timelines as data."""
    return {
        "is_met": all(each.is_met for each in played),
        "tellings": [
            {
                "name": each.telling.name,
                "title": each.telling.title,
                "is_met": each.is_met,
                "lines": [asdict(line) for line in each.lines],
            }
            for each in played
        ],
    }
