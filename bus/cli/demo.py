"""`bus demo`: play a scenario on a real Kafka and a real Postgres, and verify it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.exits import ExitCode
from bus.cli.output import AsJson, Row, note, print_json, print_rows

if TYPE_CHECKING:
    from bus.scenarios import Scenario, Telling
    from bus.scenarios.playing import Played
    from bus.scenarios.stage import Line

Name = Annotated[str, typer.Argument(metavar="NAME", help="Which scenario.")]
Listed = Annotated[bool, typer.Option("--list", help="List the scenarios, and play none.")]
AsPage = Annotated[
    bool, typer.Option("--page", help="Print the scenario as a page to read, and don't play it.")
]


def demo(
    scenario: Name = "golden",
    listed: Listed = False,
    as_page: AsPage = False,
    as_json: AsJson = False,
) -> None:
    """Play a scenario on the local stack, the golden one by default, and verify what came of it.

    Starts the local stack, unless it is up; each telling gets topics, a database and a clock of
    its own, and all of it is removed at the end. Exit 1 if any expectation isn't met.

        bus demo hawaii --json
    """
    from bus.errors import UsageError
    from bus.scenarios import load_scenario

    if listed and as_page:
        raise UsageError("say one of --list and --page")
    if listed:
        list_scenarios(as_json=as_json)
    elif as_page:
        print_page(load_scenario(scenario), as_json=as_json)
    else:
        play_scenario(load_scenario(scenario), as_json=as_json)


def list_scenarios(*, as_json: bool) -> None:
    """Print every scenario, by name."""
    from bus.scenarios import load_scenarios

    rows: list[Row] = [{"name": each.name, "title": each.title} for each in load_scenarios()]
    print_rows(rows, columns=("name", "title"), as_json=as_json, if_none="There is none.")


def print_page(scenario: Scenario, *, as_json: bool) -> None:
    """Print the pages of the scenario's stories; raise UsageError where it has none."""
    from bus.errors import UsageError
    from bus.scenarios.page import page_of
    from bus.scenarios.story import Story

    pages = [page_of(each) for each in scenario.tellings if isinstance(each, Story)]
    if not pages:
        raise UsageError(
            f"{scenario.name} has no page of this kind: play it, `bus demo {scenario.name}`"
        )
    if as_json:
        print_json({"name": scenario.name, "pages": pages})
    else:
        typer.echo("\n".join(pages), nl=False)


def play_scenario(scenario: Scenario, *, as_json: bool) -> None:
    """Play a scenario on the local stack; exit 1 if any expectation isn't met."""
    from bus.local.settings import load_local_settings
    from bus.local.stack import Stack
    from bus.scenarios.playing import play

    stack = Stack(load_local_settings().dir, say=note)
    note("Starting Kafka and Postgres…")
    addresses = stack.up()
    try:
        began = silent if as_json else show_title
        show = silent if as_json else show_line
        played = asyncio.run(play(scenario, addresses, stack.directory / "scenarios", began, show))
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
