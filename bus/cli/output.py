"""What commands print: for people, or as JSON with `--json`. One place decides how.

Results go to stdout, everything else to stderr. Tables have no colours and no frames where
stdout isn't a terminal, and are never cut there. Times are RFC 3339 in UTC.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, NoReturn
from uuid import UUID

import typer

from bus.cli.exits import ExitCode
from bus.errors import FieldFault, UsageError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

_UNCUT = 100_000

Row = Mapping[str, object]
"""One line of a table, or one object of JSON: values by column name."""


def print_rows(rows: Sequence[Row], *, columns: Sequence[str], as_json: bool, if_none: str) -> None:
    """Print a list: a JSON array of whole rows, or a table of these columns.

    People read `if_none` where there is no row.
    """
    if as_json:
        print_json(rows)
    elif rows:
        print_table(columns, [[row.get(column) for column in columns] for row in rows])
    else:
        typer.echo(if_none)


def print_record(record: Row, *, as_json: bool) -> None:
    """Print one thing: a JSON object, or a line for each of its values that isn't None."""
    if as_json:
        print_json(record)
        return
    shown = {name: value for name, value in record.items() if value is not None}
    width = max((len(name) for name in shown), default=0)
    for name, value in shown.items():
        typer.echo(f"{name.replace('_', ' ').ljust(width)}  {text_of(value)}")


def print_json(value: object) -> None:
    """Print one JSON document on one line: also an element of a stream of such lines."""
    typer.echo(json_text(value))


def json_text(value: object) -> str:
    """Return the value as JSON on one line."""
    return json.dumps(value, default=plain, ensure_ascii=False)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under the columns' names, as wide as they are unless a person looks."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names = [column.replace("_", " ") for column in columns]
    table = Table(*names, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(text_of(value)) for value in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _UNCUT  # the table takes as much of it as its widest rows need
    with console.capture() as printed:
        console.print(table)
    lines = printed.get().splitlines()
    typer.echo("\n".join(line.rstrip() for line in lines))


def text_of(value: object) -> str:
    """Return a value as people read it, on one line.

    What a terminal would obey instead of show comes out as an escape: a record may hold anything.
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(text_of(each) for each in value) or "-"
    if isinstance(value, Mapping):
        return json_text(value)
    text = str(plain(value)) if isinstance(value, datetime) else str(value)
    return text if text.isprintable() else escaped(text)


def escaped(text: str) -> str:
    """Return the text with an escape for each character that isn't printable."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def plain(value: object) -> object:
    """Return what JSON has no type for in the form in which it is written."""
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, UUID | Decimal | date):
        return str(value)
    raise TypeError(f"a command prints no {type(value).__name__}")


def time_text(moment: datetime) -> str:
    """Return a time as RFC 3339 in UTC: whole seconds where it has no smaller part.

    One at the calendar's edge that has no UTC keeps its offset.
    """
    try:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return moment.isoformat()


def note(message: str) -> None:
    """Tell a person something on stderr that isn't part of the result."""
    typer.echo(message, err=True)


def print_error(
    kind: str,
    message: str,
    exit_code: int,
    *,
    faults: Sequence[FieldFault] = (),
    as_json: bool,
) -> None:
    """Tell on stderr what went wrong: text that begins with "error:", or one JSON object.

    The message names the faults of fields already; in JSON they stand there one by one as well.
    """
    if as_json:
        content: dict[str, object] = {"error": kind, "message": message, "exit_code": exit_code}
        if faults:
            content["faults"] = [asdict(fault) for fault in faults]
        typer.echo(json_text(content), err=True)
    else:
        typer.echo(f"error: {message}", err=True)


def end_unknown(message: str, *, as_json: bool) -> NoReturn:
    """End the command with exit code 4: what was asked for is nowhere known."""
    print_error("Unknown", message, ExitCode.UNKNOWN, as_json=as_json)
    raise typer.Exit(ExitCode.UNKNOWN)


def confirm(question: str, *, yes: bool) -> None:
    """Ask a person before something binding is done; a script says `--yes` beforehand.

    Raises UsageError where there is nobody to ask, and Abort when the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to confirm this: say --yes, or run it in a terminal")
    typer.confirm(question, abort=True, err=True)
