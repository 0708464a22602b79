"""`bus schemas`: the schemas of this version, and whether they may be released."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bus.codec.evolution import SchemaFault, check_schemas
from bus.codec.outline import Line, outline
from bus.codec.schemas import Schema, packaged, schema_files
from bus.errors import UnknownNameError, UsageError

app = typer.Typer(
    help="The Avro schemas of the bus, and the check before a new version is released.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Folder = Annotated[
    Path | None, typer.Argument(help="Where the schemas are; those of this version, when left out.")
]
Name = Annotated[str, typer.Argument(help="The record, such as CustodyEvent, or its full name.")]
Version = Annotated[
    int | None, typer.Option("--version", min=1, help="The newest one, when left out.")
]


@app.command()
def check(folder: Folder = None, as_json: AsJson = False) -> None:
    """Say whether these schemas may be released; exit 1 with a line for each fault.

    Each version must read what every earlier one wrote and be read by it, mean the same by it,
    and document every field and symbol.

        bus schemas check
    """
    where = _existing(folder)
    faults = check_schemas(where)
    count = len(schema_files(where))
    if as_json:
        typer.echo(json.dumps({"files": count, "faults": [asdict(fault) for fault in faults]}))
    else:
        _print_verdict(count, faults)
    if faults:
        raise typer.Exit(1)


def _existing(folder: Path | None) -> Traversable:
    if folder is None:
        return files("schemas")
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: name the one that holds the domains")
    return folder


def _print_verdict(count: int, faults: list[SchemaFault]) -> None:
    for fault in faults:
        typer.echo(str(fault))
    summary = f"{len(faults)} faults: not releasable." if faults else "no fault."
    typer.echo(f"{count} schema files checked, {summary}", err=bool(faults))


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """Print every released version with the fingerprint that stands in front of its values.

    bus schemas list --json
    """
    store = packaged()
    schemas = [schema for name in store.names() for schema in store.versions(name)]
    if as_json:
        typer.echo(json.dumps([_summary(schema) for schema in schemas]))
        return
    table = Table("record", "version", "fingerprint", box=None, pad_edge=False)
    for schema in schemas:
        table.add_row(schema.name, str(schema.version), schema.fingerprint.hex())
    Console().print(table)


def _summary(schema: Schema) -> dict[str, str | int]:
    return {
        "name": schema.name,
        "version": schema.version,
        "fingerprint": schema.fingerprint.hex(),
        "dataschema": schema.dataschema,
    }


@app.command()
def show(name: Name, version: Version = None, as_json: AsJson = False) -> None:
    """Print what a record consists of; with --json, the Avro schema itself.

    bus schemas show CustodyEvent
    """
    schema = _find(name, version)
    if as_json:
        typer.echo(json.dumps(schema.definition, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{schema.name}, version {schema.version}, {schema.fingerprint.hex()}")
    typer.echo(f"{schema.definition.get('doc')}\n")
    Console().print(_table(schema))


def _find(name: str, version: int | None) -> Schema:
    store = packaged()
    full = [one for one in store.names() if name in (one, one.rpartition(".")[2])]
    versions = store.versions(full[0] if full else name)
    if version is None:
        return versions[-1]
    for schema in versions:
        if schema.version == version:
            return schema
    newest = versions[-1].version
    raise UnknownNameError(f"{versions[-1].name} has no version {version}: it has 1 to {newest}")


def _table(schema: Schema) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("field", no_wrap=True)
    for heading in ("type", "", "meaning"):
        table.add_column(heading)
    for line in outline(schema.definition):
        if line.field is not None:
            core = "core" if line.attribute("core") else "optional" if line.is_nullable else ""
            table.add_row(line.path, _type_of(line), core, str(line.attribute("doc")))
    return table


def _type_of(line: Line) -> str:
    if line.kind == "enum":
        return " | ".join(str(symbol) for symbol in _symbols(line))
    logical = line.type.get("logicalType")
    return str(logical) if logical else line.kind


def _symbols(line: Line) -> list[object]:
    symbols = line.type.get("symbols")
    return list(symbols) if isinstance(symbols, list) else []
