"""`bus topics`: the catalogue, and what a broker has of it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from bus.cli.exits import ExitCode
from bus.cli.output import AsJson, print_json, print_rows
from bus.settings import load_settings
from bus.topic_admin import create_topics, find_drift
from bus.topics import Topic, catalogue

app = typer.Typer(
    help="The topics of the bus: who writes and reads each, and whether the broker agrees.",
    no_args_is_help=True,
)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """Show every topic of the catalogue. Asks no broker.

    bus topics list --json
    """
    print_rows(
        [_row(topic) for topic in catalogue().values()],
        columns=["topic", "writer", "readers", "key", "schema", "partitions"],
        as_json=as_json,
        if_none="The catalogue is empty.",
    )


@app.command()
def apply(as_json: AsJson = False) -> None:
    """Create the topics that are missing on the broker. Changes none that exists.

    bus topics apply
    """
    settings = load_settings()
    created = create_topics(settings.bootstrap, settings.names, list(catalogue().values()))
    if as_json:
        print_json({"created": created})
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
    print_rows(
        [asdict(each) for each in drift],
        columns=["topic", "what", "wanted", "found"],
        as_json=as_json,
        if_none=f"All {len(catalogue())} topics are as the catalogue says.",
    )
    if drift:
        raise typer.Exit(ExitCode.FAULT)


def _row(topic: Topic) -> dict[str, object]:
    return {
        "topic": topic.name,
        "writer": topic.owner,
        "readers": sorted(topic.readers),
        "key": ", else ".join(topic.content.key_fields),
        "schema": topic.schema,
        "type": topic.event_type,
        "partitions": topic.content.partitions,
    }
