"""`bus publish`: events from lines of JSON."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from bus.cli.exits import ExitCode
from bus.cli.output import AsJson, note, print_json
from bus.codec.schemas import packaged
from bus.errors import FieldFault, InvalidEventError
from bus.publishing.confirmation import wait_until_confirmed
from bus.publishing.entries import Published
from bus.publishing.lines import FaultyLine, SoundLine, read_lines
from bus.publishing.sessions import PublishingSession, open_session
from bus.settings import DAY_SECONDS, Settings, load_settings
from bus.simulation import refuse_real_cluster

BATCH_EVENTS = 1000

File = Annotated[
    typer.FileBinaryRead, typer.Argument(metavar="FILE|-", help="One event a line; - is stdin.")
]
KeepGoing = Annotated[
    bool, typer.Option("--keep-going", help="Publish the sound lines even if others aren't.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until Kafka has every event.")]
Timeout = Annotated[
    float,
    typer.Option(
        min=0.1, max=DAY_SECONDS, metavar="SECONDS", help="How long --wait waits at most."
    ),
]


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a line: the owner in whose store it is, and its place there."""

    line: int
    owner: str
    published: Published


def publish(
    file: File,
    keep_going: KeepGoing = False,
    wait: Wait = False,
    timeout: Timeout = 60.0,
    as_json: AsJson = False,
) -> None:
    """Publish the events of a file, one a line: all of them, or none.

    A line is {"topic", "source", "type", "subject", "mode", "data"}; type and subject may be
    left out. The whole file is checked before anything is stored. Exit 1 with --keep-going if a
    line was left out, 2 if the file was refused, 5 if --wait took too long.

        bus publish events.ndjson --wait
    """
    lines = list(read_lines(file, packaged()))
    faulty = [line for line in lines if isinstance(line, FaultyLine)]
    if faulty and not keep_going:
        raise InvalidEventError(file.name, _located(faulty))
    for line in faulty:
        _print_faults(line, as_json)
    sound = [line for line in lines if isinstance(line, SoundLine)]
    asyncio.run(_publish(load_settings(), sound, timeout if wait else None, as_json))
    if faulty:
        raise typer.Exit(ExitCode.FAULT)


async def _publish(
    settings: Settings, lines: Sequence[SoundLine], timeout: float | None, as_json: bool
) -> None:
    await refuse_real_cluster(settings)
    async with AsyncExitStack() as opened:
        sessions = {}
        for owner in sorted({line.owner for line in lines}):
            sessions[owner] = await open_session(settings, owner)
            opened.push_async_callback(sessions[owner].close)
        stored = await _store(sessions, lines)
        for each in sorted(stored, key=lambda each: each.line):
            _print_stored(each, as_json)
        if timeout is not None:
            await _wait(sessions, stored, timeout)


async def _store(
    sessions: dict[str, PublishingSession], lines: Sequence[SoundLine]
) -> list[Stored]:
    """Store every line, in one transaction for each owner that all commit at the end.

    Topics and sources are taken in sorted order, so that two such commands never deadlock.
    """
    stored: list[Stored] = []
    async with AsyncExitStack() as transactions:
        for owner, session in sessions.items():
            await transactions.enter_async_context(session.transaction())
            own = sorted(
                (line for line in lines if line.owner == owner),
                key=lambda line: (line.draft.topic, line.draft.system or owner),
            )
            for start in range(0, len(own), BATCH_EVENTS):
                batch = own[start : start + BATCH_EVENTS]
                published = await session.publish([line.draft for line in batch])
                stored += [
                    Stored(line.number, owner, each)
                    for line, each in zip(batch, published, strict=True)
                ]
    return stored


async def _wait(
    sessions: dict[str, PublishingSession], stored: Sequence[Stored], timeout: float
) -> None:
    """Wait until Kafka has them, with a progress bar on a terminal."""
    deadline = time.monotonic() + timeout
    by_owner: dict[str, list[Published]] = defaultdict(list)
    for each in stored:
        by_owner[each.owner].append(each.published)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for owner, published in by_owner.items():
            task = progress.add_task(f"{owner} to Kafka", total=len(published))

            def report(done: int, task: TaskID = task) -> None:
                progress.update(task, completed=done)

            await wait_until_confirmed(
                sessions[owner], owner, published, deadline=deadline, report=report
            )


def _located(lines: Sequence[FaultyLine]) -> list[FieldFault]:
    """Name the line in each path."""
    return [
        FieldFault(f"line {line.number}: {fault.path}", fault.rule, fault.hint)
        for line in lines
        for fault in line.faults
    ]


def _print_faults(line: FaultyLine, as_json: bool) -> None:
    if as_json:
        print_json({"line": line.number, "faults": [asdict(fault) for fault in line.faults]})
    else:
        for fault in _located([line]):
            note(str(fault))


def _print_stored(stored: Stored, as_json: bool) -> None:
    published = stored.published
    if as_json:
        print_json({"line": stored.line} | asdict(published))
    else:
        typer.echo(f"{published.event_id} {published.topic} {published.sequence}")
