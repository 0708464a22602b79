"""`bus notice draft | approve | drafts`: a notice that two officers prepare."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import NoticeFile, known_name, parse_officer, read_notice
from bus.cli.output import AsJson, Row, note, print_record, print_rows
from bus.topics import AGENCIES

if TYPE_CHECKING:
    from bus.codec.definitions import Json
    from bus.notices.facts import NoticeFact
    from bus.offices.announcing import Announcement
    from bus.offices.drafting import DraftId, NoticeDraft, Signature
    from bus.settings import Settings

Officer = Annotated[
    str, typer.Option("--officer", metavar="ROLE:ID", help="Who, such as drafter:d-1; no name.")
]
Replaced = Annotated[
    str | None, typer.Option("--replace", metavar="DRAFT_ID", help="Another text of this draft.")
]
Draft = Annotated[str, typer.Argument(metavar="DRAFT_ID", help="As `bus notice draft` told it.")]
Agency = Annotated[str, typer.Argument(metavar="AGENCY", help="Whose: doj, dhs or hhs.")]

COLUMNS = ("draft_id", "policy_id", "state", "drafted_by", "approved_by", "drafted_at")


def draft(
    file: NoticeFile, officer: Officer, replace: Replaced = None, as_json: AsJson = False
) -> None:
    """Store a notice as a draft: nobody but its own agency sees it.

    It is checked as if it were published now. Another officer approves it, then it is published.
    A change voids the approval.

        bus notice draft notice.json --officer drafter:d-1
    """
    from bus.settings import load_settings

    drafter = signature(officer)
    content = read_notice(file)
    draft_id, announcement = asyncio.run(_draft(load_settings(), content, drafter, replace))
    for warning in announcement.warnings:
        note(f"warning: {warning}")
    notice: NoticeFact = announcement.notice
    print_record(
        {
            "draft_id": str(draft_id),
            "policy_id": notice.policy_id,
            "revision": notice.revision,
            "material_digest": notice.material_digest,
        },
        as_json=as_json,
    )
    note(f"next, by another officer: bus notice approve {draft_id} --officer ROLE:ID")


def approve(draft_id: Draft, officer: Officer, as_json: AsJson = False) -> None:
    """Approve the text that a draft has now. Its drafter can't.

    bus notice approve doj-019a0000-0000-7000-8000-000000000001 --officer approver:a-2
    """
    from bus.offices.drafting import DraftId, approve_draft
    from bus.settings import load_settings

    parsed, approver = DraftId.parse(draft_id), signature(officer)
    approved = asyncio.run(approve_draft(load_settings(), parsed, approver))
    print_record(draft_row(approved), as_json=as_json)
    note(f"next: bus notice publish --draft {draft_id}")


def drafts(agency: Agency, as_json: AsJson = False) -> None:
    """List an agency's drafts, the newest first.

    bus notice drafts doj
    """
    from bus.offices.drafting import list_drafts
    from bus.settings import load_settings

    known_name(agency, "agency", AGENCIES)
    found = asyncio.run(list_drafts(load_settings(), agency))
    rows = [draft_row(each) for each in found]
    print_rows(rows, columns=COLUMNS, as_json=as_json, if_none="There is no draft.")


def signature(officer: str) -> Signature:
    """Return who signs; raise UsageError for anything but ROLE:ID."""
    from bus.offices.drafting import Signature

    return Signature(*parse_officer("--officer", officer, example="drafter:d-1"))


def draft_row(found: NoticeDraft) -> Row:
    """Return a draft as it is shown."""
    return {
        "draft_id": str(found.draft_id),
        "policy_id": found.policy_id,
        "state": found.state,
        "digest": found.digest,
        "drafted_by": ":".join(found.drafter),
        "drafted_at": found.drafted_at,
        "approved_by": ":".join(found.approver) if found.approver else None,
        "event_id": found.event_id,
    }


async def _draft(
    settings: Settings, content: Json, drafter: Signature, replace: str | None
) -> tuple[DraftId, Announcement]:
    from bus.codec.schemas import packaged
    from bus.offices.drafting import DraftId, save_draft
    from bus.tracker.session import tracker_session

    replaced = DraftId.parse(replace) if replace is not None else None
    async with tracker_session(settings) as tracker:
        return await save_draft(
            settings, tracker, content, drafter=drafter, schemas=packaged(), replaced=replaced
        )
