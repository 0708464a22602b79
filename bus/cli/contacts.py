"""`bus contacts`: which office is reached by which channels, and whether they work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.exits import ExitCode
from bus.cli.output import AsJson, print_rows

if TYPE_CHECKING:
    from bus.channels.directory import Directory
    from bus.channels.message import Message

app = typer.Typer(
    help="Which office is reached by which channels, and whether they work.",
    no_args_is_help=True,
)

Office = Annotated[str, typer.Argument(metavar="OFFICE", help='Such as "hhs.orr.intake".')]


@app.command()
def check(as_json: AsJson = False) -> None:
    """Read the file of BUS_CONTACTS_FILE with its secrets, and list each office's channels.

    Nobody is written to. Exit 2 with a line for each fault; no address is shown.

        bus contacts check
    """
    rows = [
        {"office": office, "order": number, "channel": channel.name.partition(" ")[2]}
        for office, channels in sorted(_directory().items())
        for number, channel in enumerate(channels, 1)
    ]
    print_rows(rows, columns=("office", "order", "channel"), as_json=as_json, if_none="")


@app.command("try")
def try_channels(office: Office, as_json: AsJson = False) -> None:
    """Send a TEST message to an office over each of its channels. Exit 1 if one fails.

    bus contacts try hhs.orr.intake
    """
    from bus.errors import UnknownNameError

    directory = _directory()
    if office not in directory:
        raise UnknownNameError(
            f"the contacts name no office {office!r}; they name: {', '.join(sorted(directory))}"
        )
    rows = asyncio.run(_try(directory, office))
    print_rows(rows, columns=("channel", "outcome", "reason"), as_json=as_json, if_none="")
    if any(row["outcome"] != "DELIVERED" for row in rows):
        raise typer.Exit(ExitCode.FAULT)


async def _try(directory: Directory, office: str) -> list[dict[str, object]]:
    message = _trial(office)
    rows: list[dict[str, object]] = []
    for channel in directory[office]:
        result = await channel.deliver(message)
        rows.append(
            {"channel": channel.name, "outcome": result.outcome.value, "reason": result.reason}
        )
    return rows


def _trial(office: str) -> Message:
    from datetime import UTC, datetime

    from bus.channels.message import Message, MessageKind
    from bus.channels.wording import trial
    from bus.events import Mode, new_event_id

    return Message(
        message_id=new_event_id(),
        kind=MessageKind.TRIAL,
        mode=Mode.TEST,
        office=office,
        policy_id=None,
        at=datetime.now(UTC),
        words=trial(office),
    )


def _directory() -> Directory:
    from datetime import UTC, datetime

    from bus.channels.directory import load_directory
    from bus.errors import UsageError
    from bus.settings import load_settings

    directory = load_directory(load_settings(), lambda: datetime.now(UTC))
    if directory is None:
        raise UsageError(
            "BUS_CONTACTS_FILE isn't set, so nobody is written to: let it name a file of contacts"
        )
    return directory
