"""`bus schemas`: the schemas of this version, and whether they may be released."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from bus.cli.exits import ExitCode
from bus.cli.output import AsJson, note, print_json, print_rows, print_table
from bus.codec.definitions import symbols_of
from bus.codec.evolution import SchemaFault, check_schemas
from bus.codec.outline import Line, outline
from bus.codec.schemas import Schema, packaged, schema_files
from bus.errors import UnknownNameError, UsageError

app = typer.Typer(
    help="The Avro schemas of the bus, and the check before a new version is released.",
    no_args_is_help=True,
)

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
        print_json({"files": count, "faults": [asdict(fault) for fault in faults]})
    else:
        _print_verdict(count, faults)
    if faults:
        raise typer.Exit(ExitCode.FAULT)


def _existing(folder: Path | None) -> Traversable:
    if folder is None:
        return files("schemas")
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: name the one that holds the domains")
    return folder


def _print_verdict(count: int, faults: list[SchemaFault]) -> None:
    if not faults:
        typer.echo(f"{count} schema files checked, no fault.")
        return
    for fault in faults:
        typer.echo(str(fault))
    note(f"{count} schema files checked, {len(faults)} faults: not releasable.")


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """Print every released version with the fingerprint that stands in front of its values.

    bus schemas list --json
    """
    store = packaged()
    schemas = [schema for name in store.names() for schema in store.versions(name)]
    print_rows(
        [_summary(schema) for schema in schemas],
        columns=("name", "version", "fingerprint"),
        as_json=as_json,
        if_none="There is no schema.",
    )


def _summary(schema: Schema) -> dict[str, object]:
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
        print_json(schema.definition)
        return
    lines = outline(schema.definition)
    typer.echo(f"{schema.name}, version {schema.version}, {schema.fingerprint.hex()}")
    typer.echo(f"{schema.definition.get('doc')}\n")
    print_table(("field", "type", "", "meaning"), list(_field_rows(lines)))
    typer.echo()
    print_table(("enum", "symbol", "meaning"), list(_symbol_rows(lines)))


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


def _field_rows(lines: list[Line]) -> Iterator[list[str]]:
    for line in lines:
        if line.field is not None:
            need = "core" if line.attribute("core") else "optional" if line.is_nullable else ""
            yield [line.path, _type_of(line), need, str(line.attribute("doc"))]


def _type_of(line: Line) -> str:
    return str(line.type.get("logicalType") or _short(line) or line.kind)


def _short(line: Line) -> str:
    return (line.name or "").rpartition(".")[2]


def _symbol_rows(lines: list[Line]) -> Iterator[list[str]]:
    enums = {line.name: line for line in lines if line.kind == "enum"}
    for line in enums.values():
        docs = line.type.get("symbolDocs")
        for symbol in symbols_of(line.type, line.path):
            yield [_short(line), symbol, str(docs.get(symbol) if isinstance(docs, dict) else "")]
