"""`bus policy supersede | baseline`: notices of policies that begin in a way of their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import InMode, NoticeFile, read_notice, require_policy_id
from bus.cli.output import AsJson, end_unknown, note, print_record

if TYPE_CHECKING:
    from bus.codec.definitions import Json
    from bus.events import Mode
    from bus.offices.announcing import Announcement
    from bus.offices.succeeding import Successor
    from bus.publishing.entries import Published
    from bus.settings import Settings

Of = Annotated[str, typer.Option("--of", metavar="POLICY_ID", help="The older policy.")]


def supersede(file: NoticeFile, of: Of, mode: InMode = None, as_json: AsJson = False) -> None:
    """Publish a newer policy that takes the place of an older one of the same agency.

    The older one ends when the newer one takes effect. Exit 2 where it would end nothing, or
    anything is wrong with the notice; 4 if there is no notice of the older one.

        bus policy supersede notice.json --of doj/2018/zero-tolerance
    """
    from bus.cli.notice import no_notice_of
    from bus.offices.succeeding import Successor
    from bus.settings import load_settings

    require_policy_id(of)
    successor = Successor(content=read_notice(file), of=of, mode=mode)
    done = asyncio.run(_supersede(load_settings(), successor))
    if done is None:
        end_unknown(no_notice_of(of), as_json=as_json)
    _print(*done, as_json=as_json)


def baseline(file: NoticeFile, mode: InMode = None, as_json: AsJson = False) -> None:
    """Publish the notice of a practice that was in force before the agencies agreed to announce.

    The file needs no `instrument`. Each seat has to accept it and waive the lead time. Exit 2 if
    it isn't in force yet, or anything is wrong with the notice.

        bus policy baseline notice.json
    """
    from bus.settings import load_settings

    content = read_notice(file)
    _print(*asyncio.run(_baseline(load_settings(), content, mode)), as_json=as_json)


def _print(announcement: Announcement, published: Published, *, as_json: bool) -> None:
    from bus.cli.notice import announcement_row

    for warning in announcement.warnings:
        note(f"warning: {warning}")
    row = {
        **announcement_row(announcement, published, as_json=as_json),
        "instrument": announcement.notice.instrument,
        "supersedes": announcement.notice.supersedes,
    }
    print_record(row, as_json=as_json)


async def _supersede(
    settings: Settings, successor: Successor
) -> tuple[Announcement, Published] | None:
    from bus.codec.schemas import packaged
    from bus.offices.succeeding import supersede as publish_successor
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await publish_successor(settings, tracker, successor, packaged())


async def _baseline(
    settings: Settings, content: Json, mode: Mode | None
) -> tuple[Announcement, Published]:
    from bus.codec.schemas import packaged
    from bus.offices.baseline import declare_baseline
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await declare_baseline(settings, tracker, content, mode, packaged())
