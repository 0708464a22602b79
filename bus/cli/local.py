"""`bus local`: real Kafka and Postgres on this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from bus.cli.exits import ExitCode
from bus.cli.output import AsJson, note, print_json
from bus.local.settings import load_local_settings
from bus.local.stack import MAX_BROKERS, Addresses, Server, Stack

app = typer.Typer(
    help="Real Kafka and Postgres on this machine, for the demo, the tests and for trying things.",
    no_args_is_help=True,
)

Port = Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")]

Brokers = Annotated[
    int | None,
    typer.Option(min=1, max=MAX_BROKERS, help="How many; a stack keeps its number until a reset."),
]


def _say(message: str) -> None:
    note(f"{message} …")


def _stack(brokers: int | None = None) -> Stack:
    return Stack(load_local_settings().dir, brokers, say=_say)


def _names(servers: tuple[Server, ...]) -> str:
    return " and ".join(server.capitalize() for server in servers)


def _print_addresses(addresses: Addresses) -> None:
    typer.echo(f"BUS_BOOTSTRAP={addresses.bootstrap}")
    typer.echo(f"BUS_DATABASE_URL={addresses.database_url}")
    typer.echo(f"BUS_LOCAL_CLUSTER_ID={addresses.cluster_id}")


@app.command()
def up(
    brokers: Brokers = None,
    kafka_port: Port = None,
    postgres_port: Port = None,
    as_json: AsJson = False,
) -> None:
    """Start what isn't running, wait until all answer, and print the addresses.

    The servers stay up when the command ends. The lines that it prints are settings of the bus:

        export $(bus local up)
    """
    settings = load_local_settings()
    addresses = _stack(brokers).up(
        settings.kafka_port if kafka_port is None else kafka_port,
        settings.postgres_port if postgres_port is None else postgres_port,
    )
    if as_json:
        print_json(asdict(addresses))
        return
    if not addresses.started:
        note("Kafka and Postgres are already up.")
    _print_addresses(addresses)


@app.command()
def fetch(as_json: AsJson = False) -> None:
    """Fetch Kafka's jars now, so that a later `up` needs no network.

    bus local fetch
    """
    stack = _stack()
    stack.fetch()
    if as_json:
        print_json({"jars": str(stack.jars)})
    else:
        typer.echo(f"Kafka's jars are in {stack.jars}.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show whether the servers answer, and where. Exit 5 unless all do.

    bus local status --json
    """
    found = _stack().status()
    if as_json:
        named = {"directory": str(found.directory), "kafka": found.kafka, "is_up": found.is_up}
        print_json(asdict(found) | named)
    else:
        if len(found.brokers) > 1:
            typer.echo("\n".join(f"Broker {n}  {one}" for n, one in enumerate(found.brokers, 1)))
        typer.echo(f"Kafka     {found.kafka}\nPostgres  {found.postgres}")
        if found.addresses is not None and found.is_up:
            _print_addresses(found.addresses)
    if not found.is_up:
        raise typer.Exit(ExitCode.UNAVAILABLE)


@app.command()
def down(as_json: AsJson = False) -> None:
    """Stop every server cleanly. Their data stays for the next `up`.

    bus local down
    """
    stopped = _stack().down()
    if as_json:
        print_json({"stopped": stopped})
    else:
        typer.echo(f"{_names(stopped)} stopped." if stopped else "Nothing was running.")


@app.command()
def reset(
    jars: Annotated[bool, typer.Option("--jars", help="Kafka's downloaded jars too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop every server and remove all their data and logs.

    bus local reset --jars
    """
    stack = _stack()
    stack.reset(with_jars=jars)
    if as_json:
        print_json({"removed": str(stack.directory), "jars": jars})
    else:
        typer.echo(f"The local stack in {stack.directory} is removed.")
