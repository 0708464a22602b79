"""`bus deadletters correct`: publish the event that corrects another one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from bus.cli.arguments import parse_id
from bus.cli.groups import consuming_owners
from bus.cli.output import AsJson, end_unknown, note, print_record

if TYPE_CHECKING:
    from bus.deadletters.letters import DeadLetter, ParkedRecord
    from bus.publishing.entries import Published
    from bus.publishing.lines import SoundLine
    from bus.settings import Settings

Id = Annotated[str, typer.Argument(metavar="ID", help="Of the dead letter, as the list shows it.")]
File = Annotated[
    typer.FileBinaryRead,
    typer.Argument(metavar="FILE|-", help="One event, as `bus publish` takes it; - is stdin."),
]


def correct(dead_letter_id: Id, file: File, as_json: AsJson = False) -> None:
    """Publish the event that corrects the one of a dead letter, on one's own agency's topic.

    The line is one of `bus publish`, on a topic of the same content, with the same key. The event
    that was wrong is named in it (causationid, and corrects in a custody event) by itself. Where
    fields were wrong, each group closes its dead letter when it applies the correction. Exit 1 if
    there is nothing to correct, 2 if the line was refused, 4 if there is no such dead letter.

        bus deadletters correct 019a2f6e-7d3b-7c4e-9f1a-2b3c4d5e6f70 corrected.ndjson
    """
    from bus.codec.schemas import packaged
    from bus.deadletters.correcting import read_correction, what_follows
    from bus.settings import load_settings

    settings = load_settings()
    found = asyncio.run(find_letter(settings, parse_id(dead_letter_id)))
    if found is None:
        end_unknown(f"there is no dead letter {dead_letter_id}", as_json=as_json)
    letter, record = found
    line = read_correction(file.read(), letter, record, packaged())
    published = asyncio.run(_publish(settings, line))
    print_record(
        {
            "event_id": published.event_id,
            "topic": published.topic,
            "source": published.source,
            "sequence": published.sequence,
            "corrects": letter.event_id,
            "dead_letter_id": letter.dead_letter_id,
        },
        as_json=as_json,
    )
    if not as_json:
        note(what_follows(letter))


async def find_letter(
    settings: Settings, dead_letter_id: UUID
) -> tuple[DeadLetter, ParkedRecord] | None:
    """Return the dead letter of this id with its record, whichever owner has it."""
    from bus.deadletters.letters import find_dead_letter
    from bus.simulation import refuse_real_cluster
    from bus.storage.connections import owner_session

    await refuse_real_cluster(settings)
    for owner in consuming_owners(None):
        async with owner_session(settings.database_url_of(owner), owner) as connection:
            found = await find_dead_letter(connection, dead_letter_id)
        if found is not None:
            return found
    return None


async def _publish(settings: Settings, line: SoundLine) -> Published:
    from bus.publishing.sessions import open_session

    session = await open_session(settings, line.owner)
    try:
        async with session.transaction():
            return (await session.publish([line.draft]))[0]
    finally:
        await session.close()
