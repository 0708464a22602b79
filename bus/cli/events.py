"""`bus events`: what is on a topic, without consuming it."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.output import AsJson, json_text, print_json, text_of

if TYPE_CHECKING:
    from bus.consuming.records import Rejected
    from bus.events import Event
    from bus.settings import Settings
    from bus.topics import Topic

SOURCE = re.compile(r"[a-z0-9.-]{1,100}/[0-9a-f-]{36}")
"""A source as the bus writes it. In a rejected record anything may stand in its place."""

app = typer.Typer(help="Look at the events of a topic.", no_args_is_help=True)

TopicName = Annotated[str, typer.Argument(metavar="TOPIC", help="Its name in the catalogue.")]
FromBeginning = Annotated[
    bool, typer.Option("--from-beginning", help="Begin at the log's start, not at its end.")
]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="End after so many records.")
]
Reveal = Annotated[
    bool,
    typer.Option(
        "--reveal",
        help="DANGEROUS: print payloads and the keys of custody events. They are personal data.",
    ),
]


@app.callback()
def _events() -> None:
    """Look at the events of a topic."""


@app.command()
def tail(
    topic: TopicName,
    from_beginning: FromBeginning = False,
    limit: Limit = None,
    reveal: Reveal = False,
    as_json: AsJson = False,
) -> None:
    """Print a topic's records as they arrive, until interrupted: one a line.

    No group is joined and nothing is committed. A record that no group could apply is shown with
    its reason. Payloads are left out, and of custody events the family too.

        bus events tail dhs.custody-event.v1 --from-beginning --limit 20 --json
    """
    from bus.settings import load_settings
    from bus.topics import find_topic

    asyncio.run(
        _tail(
            load_settings(),
            find_topic(topic),
            limit,
            from_beginning=from_beginning,
            reveal=reveal,
            as_json=as_json,
        )
    )


async def _tail(
    settings: Settings,
    topic: Topic,
    limit: int | None,
    *,
    from_beginning: bool,
    reveal: bool,
    as_json: bool,
) -> None:
    from bus.consuming.records import Rejected
    from bus.consuming.tailing import tail as records_of
    from bus.simulation import refuse_real_cluster

    await refuse_real_cluster(settings)
    shown = 0
    async with aclosing(records_of(settings, topic, from_beginning=from_beginning)) as records:
        async for record in records:
            if isinstance(record, Rejected):
                row = rejected_row(record)
            else:
                row = event_row(record, topic, reveal=reveal)
            print_json(row) if as_json else typer.echo(line_of(row))
            shown += 1
            if shown == limit:
                return


def event_row(event: Event, topic: Topic, *, reveal: bool) -> dict[str, object]:
    """Return an event's attributes; who it is about and what it says only if revealed."""
    from bus.topics import CUSTODY_EVENT

    row: dict[str, object] = {
        "outcome": "EVENT",
        "topic": event.topic,
        "partition": event.partition,
        "offset": event.offset,
        "appended_at": event.appended_at,
        "id": event.id,
        "source": event.source,
        "sequence": event.sequence,
        "type": event.type,
        "time": event.time,
        "recorded_time": event.recorded_time,
        "mode": event.mode,
        "mode_is_sound": event.mode_is_sound,
        "dataschema": event.dataschema,
        "correlation_id": event.correlation_id,
        "causation_id": event.causation_id,
        "faults": [{"path": fault.path, "rule": fault.rule} for fault in event.faults],
    }
    if reveal or topic.content is not CUSTODY_EVENT:
        row["subject"] = event.subject
    if reveal:
        row["data"] = plain_data(event, topic)
    return row


def plain_data(event: Event, topic: Topic) -> dict[str, object]:
    """Return the payload as JSON has it."""
    from bus.codec.plain import to_plain
    from bus.codec.schemas import packaged

    return dict(to_plain(packaged().latest(topic.schema), event.data))


def rejected_row(rejected: Rejected) -> dict[str, object]:
    """Return why a record is no event, with what of it could be read."""
    from bus.consuming.records import appended_at

    return {
        "outcome": "REJECTED",
        "topic": rejected.partition.topic,
        "partition": rejected.partition.number,
        "offset": rejected.record.offset,
        "appended_at": appended_at(rejected.record),
        "id": rejected.event_id,
        "source": rejected.source if SOURCE.fullmatch(rejected.source or "") else None,
        "sequence": rejected.sequence,
        "mode": rejected.mode,
        "reason": rejected.reason,
        "detail": rejected.detail,
    }


def line_of(row: dict[str, object]) -> str:
    """Return a record as one line for people."""
    parts = [
        text_of(row["appended_at"]),
        f"{row['partition']}/{row['offset']}",
        text_of(row["mode"]),
        f"{text_of(row['source'])}#{text_of(row['sequence'])}",
        text_of(row["id"]),
    ]
    if row["outcome"] == "REJECTED":
        parts.append(f"REJECTED {row['reason']}: {row['detail']}")
    elif "subject" in row:
        parts.append(text_of(row["subject"]))
    if row.get("faults"):
        parts.append(f"faults {json_text(row['faults'])}")
    if "data" in row:
        parts.append(json_text(row["data"]))
    return "  ".join(parts)
