"""`bus notice`: announce a policy, and see what was announced."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import InMode, PolicyId, read_notice, require_policy_id
from bus.cli.notice_changes import diff, update
from bus.cli.notice_drafts import approve, draft, drafts
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
from bus.events import Mode

if TYPE_CHECKING:
    from bus.codec.definitions import Json
    from bus.notices.assessment import Assessment
    from bus.notices.facts import AcknowledgementFact
    from bus.offices.announcing import Announcement
    from bus.offices.overview import Policy
    from bus.publishing.entries import Published
    from bus.settings import Settings

app = typer.Typer(
    help="Notices: announce a policy, and see what was announced.", no_args_is_help=True
)

OptionalFile = Annotated[
    typer.FileBinaryRead | None,
    typer.Argument(metavar="FILE|-", help="The notice as one JSON object; - is stdin."),
]
FromDraft = Annotated[
    str | None, typer.Option("--draft", metavar="DRAFT_ID", help="An approved draft, not a file.")
]

LIST_COLUMNS = (
    "policy_id",
    "revision",
    "mode",
    "effective_at",
    "record",
    "answer",
    "lead",
    "force",
    "announced",
    "clear",
    "title",
)


for command in (draft, approve, drafts, update, diff):
    app.command()(command)


@app.command()
def publish(
    file: OptionalFile = None,
    draft_id: FromDraft = None,
    mode: InMode = None,
    as_json: AsJson = False,
) -> None:
    """Publish the next revision of a policy's notice: a file, or an approved draft.

    The file holds the fields of PolicyNotice (`bus schemas show PolicyNotice`) in plain JSON. Left
    out, `revision` is the next one and `replaces_digest` that of the last. A late notice is
    published too, with a warning. Exit 2, and nothing is published, if anything is wrong with it.

        bus notice publish notice.json
    """
    from bus.errors import UsageError
    from bus.settings import load_settings

    if (file is None) == (draft_id is None):
        raise UsageError("name either a FILE or, with --draft, an approved draft")
    if file is not None:
        done = _publish(load_settings(), read_notice(file), mode)
    else:
        done = _publish_draft(load_settings(), str(draft_id))
    announcement, published = asyncio.run(done)
    for warning in announcement.warnings:
        note(f"warning: {warning}")
    print_record(announcement_row(announcement, published, as_json=as_json), as_json=as_json)


@app.command("list")
def list_notices(as_json: AsJson = False) -> None:
    """List the policies of which there are notices, with the state of each now.

    bus notice list
    """
    from bus.settings import load_settings

    rows = [policy_row(each) for each in asyncio.run(_policies(load_settings()))]
    print_rows(rows, columns=LIST_COLUMNS, as_json=as_json, if_none="There is no notice.")


@app.command()
def show(policy_id: PolicyId, as_json: AsJson = False) -> None:
    """Show a policy: its revisions, what each office decided, and where it stands now.

    Exit 4 if there is no notice of it.

        bus notice show doj/2018/zero-tolerance
    """
    from bus.cli.clearance import print_reasons, print_seats
    from bus.settings import load_settings

    require_policy_id(policy_id)
    policy = asyncio.run(find_policy_of(load_settings(), policy_id))
    if policy is None:
        end_unknown(no_notice_of(policy_id), as_json=as_json)
    if as_json:
        print_json(full_row(policy))
        return
    print_record(policy_row(policy), as_json=False)
    print_seats(policy.clearance)
    _print_revisions(policy)
    _print_decisions(policy)
    print_reasons(policy.clearance.reasons)


def no_notice_of(policy_id: str) -> str:
    """Return what to tell of a policy that nobody has announced."""
    return f"there is no notice of {policy_id}; `bus notice list` shows those that are known"


async def _publish(
    settings: Settings, content: Json, mode: Mode | None
) -> tuple[Announcement, Published]:
    from bus.codec.schemas import packaged
    from bus.offices.announcing import announce
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await announce(settings, tracker, content, mode, packaged())


async def _publish_draft(settings: Settings, draft_id: str) -> tuple[Announcement, Published]:
    from bus.codec.schemas import packaged
    from bus.offices.drafting import DraftId, publish_draft
    from bus.tracker.session import tracker_session

    parsed = DraftId.parse(draft_id)
    async with tracker_session(settings) as tracker:
        return await publish_draft(settings, tracker, parsed, packaged())


async def _policies(settings: Settings) -> list[Policy]:
    from bus.codec.schemas import packaged
    from bus.offices.overview import announced_policies
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await announced_policies(tracker, settings.clock().now(), packaged())


async def find_policy_of(settings: Settings, policy_id: str) -> Policy | None:
    """Return what is known of a policy, or None where there is no notice of it."""
    from bus.codec.schemas import packaged
    from bus.offices.overview import find_policy
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as tracker:
        return await find_policy(tracker, policy_id, settings.clock().now(), packaged())


def announcement_row(announcement: Announcement, published: Published, *, as_json: bool) -> Row:
    """Return what was published, and what it means for the lead time."""
    notice, terms = announcement.notice, announcement.terms
    row = {
        "policy_id": notice.policy_id,
        "revision": notice.revision,
        "material_digest": notice.material_digest,
        "replaces_digest": notice.replaces_digest,
        "mode": notice.mode,
        "event_id": published.event_id,
        "topic": published.topic,
        "source": published.source,
        "sequence": published.sequence,
        "effective_at": notice.effective_at,
        "days_ahead": round(announcement.lead.total_seconds() / 86400, 1),
        "lead_time": str(terms.lead_time),
        "must_accept": list(terms.offices),
    }
    return row | {"warnings": list(announcement.warnings)} if as_json else row


def policy_row(policy: Policy) -> Row:
    """Return a policy with its state."""
    from bus.tracker.views import dimensions_of

    state = policy.clearance
    assessment = policy.judgement.governing(state.at)
    notice = assessment.notice if assessment else None
    return {
        "policy_id": state.policy_id,
        "title": policy.title,
        **dimensions_of(state),
        "clear": state.clear,
        "stage": notice.stage if notice else None,
        "effective_at": notice.effective_at if notice else None,
        "delivered_at": state.delivered_at,
        "due_at": state.due_at,
        "overdue": state.overdue,
    }


def full_row(policy: Policy) -> Row:
    """Return all that is known of a policy."""
    from bus.tracker.views import clearance_view

    return {
        "policy_id": policy.clearance.policy_id,
        "clearance": clearance_view(policy.clearance),
        "revisions": [
            {**revision_row(each), "notice": policy.rows[each.notice.event_id].data}
            for each in policy.judgement.assessments.values()
        ],
        "decisions": [decision_row(each) for each in policy.judgement.dossier.acknowledgements],
    }


def revision_row(assessment: Assessment) -> Row:
    """Return one revision, judged."""
    notice = assessment.notice
    return {
        "revision": notice.revision,
        "stage": notice.stage,
        "material_digest": notice.material_digest,
        "event_id": notice.event_id,
        "recorded_at": notice.recorded_at,
        "effective_at": notice.effective_at,
        "record": assessment.record,
        "answer": assessment.answer,
        "lead": assessment.lead,
        "announced": assessment.announced,
    }


def decision_row(fact: AcknowledgementFact) -> Row:
    """Return one decision of an office."""
    return {
        "office": fact.deciding_office,
        "decision_no": fact.decision_no,
        "decision": fact.decision,
        "revision": fact.revision,
        "material_digest": fact.material_digest,
        "waives_lead_time": fact.waives_lead_time,
        "officer_id": fact.officer_id,
        "recorded_at": fact.recorded_at,
        "event_id": fact.event_id,
    }


def _print_revisions(policy: Policy) -> None:
    columns = ("revision", "stage", "effective_at", "record", "answer", "lead", "material_digest")
    rows = [revision_row(each) for each in policy.judgement.assessments.values()]
    typer.echo("")
    print_table(columns, [[row[column] for column in columns] for row in rows])


def _print_decisions(policy: Policy) -> None:
    columns = ("office", "decision_no", "decision", "revision", "officer_id", "recorded_at")
    rows = [decision_row(each) for each in policy.judgement.dossier.acknowledgements]
    if rows:
        typer.echo("")
        print_table(columns, [[row[column] for column in columns] for row in rows])
