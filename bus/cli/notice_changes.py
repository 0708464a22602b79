"""`bus notice update | diff`: the next text of a policy, and what differs between two."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import InMode, NoticeFile, PolicyId, read_notice, require_policy_id
from bus.cli.output import AsJson, end_unknown, note, print_json, print_record, print_table
from bus.events import Mode

if TYPE_CHECKING:
    from bus.codec.definitions import Json
    from bus.offices.changing import Update
    from bus.settings import Settings

Older = Annotated[int, typer.Argument(metavar="A", min=1, help="One revision.")]
Newer = Annotated[int, typer.Argument(metavar="B", min=1, help="Another one.")]


def update(file: NoticeFile, mode: InMode = None, as_json: AsJson = False) -> None:
    """Publish the next revision of a policy, and tell whose answers it voids.

    A material change voids every acceptance of the text before; the revision in force stays in
    force until the new one is announced. A change of title or contacts keeps them.

        bus notice update notice.json
    """
    from bus.cli.notice import announcement_row
    from bus.settings import load_settings

    content = read_notice(file)
    done = asyncio.run(_update(load_settings(), content, mode))
    for warning in done.announcement.warnings:
        note(f"warning: {warning}")
    row = {
        **announcement_row(done.announcement, done.published, as_json=as_json),
        "change": "MATERIAL" if done.is_material else "EDITORIAL",
        "voided_acceptances": list(done.voided),
    }
    print_record(row, as_json=as_json)


def diff(policy_id: PolicyId, a: Older, b: Newer, as_json: AsJson = False) -> None:
    """Show what differs between two revisions, field by field. Exit 4 if there is no notice.

    bus notice diff doj/2018/zero-tolerance 1 2
    """
    from bus.cli.notice import find_policy_of, no_notice_of
    from bus.offices.changing import changes_between, revision_of
    from bus.settings import load_settings

    require_policy_id(policy_id)
    policy = asyncio.run(find_policy_of(load_settings(), policy_id))
    if policy is None:
        end_unknown(no_notice_of(policy_id), as_json=as_json)
    found = changes_between(revision_of(policy, a), revision_of(policy, b))
    if as_json:
        rows = [
            {"path": each.path, "before": each.before, "after": each.after}
            | {"is_material": each.is_material}
            for each in found
        ]
        print_json({"policy_id": policy_id, "a": a, "b": b, "changes": rows})
    elif not found:
        typer.echo("The texts are the same.")
    else:
        lines = [[e.path, e.before, e.after, "yes" if e.is_material else "no"] for e in found]
        print_table(("field", f"revision {a}", f"revision {b}", "material"), lines)


async def _update(settings: Settings, content: Json, mode: Mode | None) -> Update:
    from bus.codec.schemas import packaged
    from bus.offices.changing import update as publish_update
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await publish_update(settings, tracker, content, mode, packaged())
