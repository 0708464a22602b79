"""`bus topics`: the catalogue, and what a broker has of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bus.settings import load_settings
from bus.topic_admin import create_topics, find_drift
from bus.topics import Topic, catalogue

app = typer.Typer(
    help="The topics of the bus: who writes and reads each, and whether the broker agrees.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """Show every topic of the catalogue. Asks no broker.

    bus topics list --json
    """
    topics = list(catalogue().values())
    if as_json:
        typer.echo(json.dumps([_plain(topic) for topic in topics]))
    else:
        Console().print(_table(topics))


@app.command()
def apply(as_json: AsJson = False) -> None:
    """Create the topics that are missing on the broker. Changes none that exists.

    bus topics apply
    """
    settings = load_settings()
    created = create_topics(settings.bootstrap, settings.names, list(catalogue().values()))
    if as_json:
        typer.echo(json.dumps({"created": created}))
    elif created:
        typer.echo("\n".join(f"created {name}" for name in created))
    else:
        typer.echo("Every topic exists already.")


@app.command()
def check(as_json: AsJson = False) -> None:
    """Print where the broker differs from the catalogue; exit 1 if it does.

    bus topics check
    """
    settings = load_settings()
    drift = find_drift(settings.bootstrap, settings.names)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in drift]))
    else:
        for each in drift:
            typer.echo(f"{each.topic}: {each.what} is {each.found}, wanted {each.wanted}")
        if not drift:
            typer.echo(f"All {len(catalogue())} topics are as the catalogue says.")
    if drift:
        raise typer.Exit(1)


def _plain(topic: Topic) -> dict[str, object]:
    return {
        "topic": topic.name,
        "writer": topic.owner,
        "readers": sorted(topic.readers),
        "key": list(topic.content.key_fields),
        "schema": topic.schema,
        "type": topic.event_type,
        "partitions": topic.content.partitions,
        "is_fact": topic.content.is_fact,
    }


def _table(topics: Sequence[Topic]) -> Table:
    table = Table("topic", "writer", "readers", "key", "schema", "partitions", box=None)
    for topic in topics:
        table.add_row(
            topic.name,
            topic.owner,
            ", ".join(sorted(topic.readers)),
            ", else ".join(topic.content.key_fields),
            topic.schema.rpartition(".")[2],
            str(topic.content.partitions),
        )
    return table
