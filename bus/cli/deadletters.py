"""`bus deadletters`: the records that could not be applied."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import parse_id
from bus.cli.deadletter_choice import Group, Key, ReasonCode, Since, TopicName, Until, filter_of
from bus.cli.deadletter_correction import correct, find_letter
from bus.cli.deadletter_requests import discard, redrive
from bus.cli.groups import consuming_owners
from bus.cli.output import (
    AsJson,
    Row,
    end_unknown,
    note,
    print_json,
    print_record,
    print_rows,
    print_table,
)

if TYPE_CHECKING:
    from bus.deadletters.letters import DeadLetter, Filter, ParkedRecord
    from bus.settings import Settings

app = typer.Typer(help="The records that could not be applied.", no_args_is_help=True)
app.command("redrive")(redrive)
app.command("discard")(discard)
app.command("correct")(correct)

State = Annotated[
    str | None,
    typer.Option("--state", help="RETRYING, OPEN, REDRIVING, RESOLVED or DISCARDED."),
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many at most, newest first.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As the list and the dlq topics name it.")]
Reveal = Annotated[
    bool,
    typer.Option(
        "--reveal", help="DANGEROUS: print the record itself, as hex. It may hold personal data."
    ),
]

COLUMNS = (
    "dead_letter_id",
    "group",
    "topic",
    "partition",
    "offset",
    "kind",
    "reason",
    "state",
    "attempts",
    "due_at",
    "held",
    "first_seen",
)
OUR_HEADERS = ("ce_", "content-type", "__dlq.")


@app.command("list")
def show_all(
    group: Group = None,
    state: State = None,
    reason: ReasonCode = None,
    topic: TopicName = None,
    *,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Print dead letters, newest first: where each record stands, and why it was not applied.

    bus deadletters list --group hhs-intake --state OPEN
    """
    from bus.settings import load_settings

    chosen = filter_of(
        group=group, state=state, reason=reason, topic=topic, key=key, since=since, until=until
    )
    letters = asyncio.run(_list(load_settings(), chosen, limit))
    rows = [letter_row(each) for each in letters]
    print_rows(rows, columns=COLUMNS, as_json=as_json, if_none="No dead letters.")
    if len(rows) == limit and not as_json:
        note(f"These are the newest {limit}; --limit shows more.")


@app.command()
def show(dead_letter_id: Id, reveal: Reveal = False, as_json: AsJson = False) -> None:
    """Print a dead letter's story, and how large the parts of its record are.

    Exit 4 if there is none of that id.

        bus deadletters show 019a2f6e-7d3b-7c4e-9f1a-2b3c4d5e6f70
    """
    from bus.settings import load_settings

    found = asyncio.run(find_letter(load_settings(), parse_id(dead_letter_id)))
    if found is None:
        end_unknown(f"there is no dead letter {dead_letter_id}", as_json=as_json)
    letter, record = found
    if as_json:
        print_json({**letter_row(letter), "record": record_row(record, reveal=reveal)})
        return
    print_record(letter_row(letter), as_json=False)
    _print_parked(record, reveal=reveal)


def letter_row(letter: DeadLetter) -> dict[str, object]:
    """Return a dead letter's story as a record."""
    return asdict(letter)


def record_row(record: ParkedRecord, *, reveal: bool) -> Row:
    """Return the sizes of a record's parts; the parts themselves, as hex, only if revealed."""
    return {
        "key": _part(record.key, reveal=reveal),
        "value": _part(record.value, reveal=reveal),
        "headers": [
            {"name": header_name(name, reveal=reveal), **_part(value, reveal=reveal)}
            for name, value in record.headers
        ],
    }


def header_name(name: str, *, reveal: bool) -> str:
    """Return a header's name; one that isn't ours only if revealed: anything may stand in it."""
    if reveal or name.startswith(OUR_HEADERS):
        return name.encode("ascii", "backslashreplace").decode()
    return "another header"


def _part(part: bytes | None, *, reveal: bool) -> dict[str, object]:
    size = {"bytes": None if part is None else len(part)}
    return {**size, "hex": None if part is None else part.hex()} if reveal else {**size}


def _print_parked(record: ParkedRecord, *, reveal: bool) -> None:
    parts = [
        ("key", record.key),
        ("value", record.value),
        *((header_name(name, reveal=reveal), value) for name, value in record.headers),
    ]
    columns = ("part", "bytes", "hex") if reveal else ("part", "bytes")
    typer.echo("")
    print_table(
        columns,
        [[name, *_part(part, reveal=reveal).values()] for name, part in parts],
    )


async def _list(settings: Settings, chosen: Filter, limit: int) -> list[DeadLetter]:
    from bus.deadletters.letters import list_dead_letters
    from bus.simulation import refuse_real_cluster
    from bus.storage.connections import owner_session

    await refuse_real_cluster(settings)
    letters: list[DeadLetter] = []
    for owner in consuming_owners(chosen.group):
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            letters += await list_dead_letters(connection, chosen, limit)
    letters.sort(key=lambda letter: letter.first_seen, reverse=True)
    return letters[:limit]
