"""Preparing a notice: one officer drafts it, another approves that very text, then it is published.

A draft is its agency's own, in its own schema; nobody else sees it. Publishing a file that names
both officers needs no draft: this is for those who don't sit at one desk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from bus.codec.definitions import Json
from bus.codec.schemas import SchemaStore
from bus.errors import UnknownNameError, UsageError
from bus.events import new_event_id
from bus.notices.digest import content_digest
from bus.notices.history import History
from bus.offices.announcing import (
    Announcement,
    announce_within,
    facts_of,
    on_record,
    policy_id_of,
    prepare,
)
from bus.publishing.entries import Published
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.topics import AGENCIES, agency_of


class Signature(NamedTuple):
    """Who signs: a role, and the opaque id that the agency gives."""

    role: str
    officer_id: str

    def is_by_same(self, other: Signature) -> bool:
        """Whether one officer signed both; ids that differ only in case are one."""
        return self.officer_id.casefold() == other.officer_id.casefold()


@dataclass(frozen=True, slots=True)
class DraftId:
    """Whose draft, and which: written "doj-<uuid>"."""

    owner: str
    number: UUID

    def __str__(self) -> str:
        return f"{self.owner}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> DraftId:
        """Read the id of a draft; raise UsageError if it is none."""
        owner, _, number = text.partition("-")
        try:
            if owner in AGENCIES:
                return cls(owner, UUID(number))
        except ValueError:
            pass
        raise UsageError(f"{text!r} is no draft's id: `bus notice drafts AGENCY` lists them")


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A draft as it is stored. `digest` is of its whole content."""

    draft_id: DraftId
    policy_id: str
    content: Mapping[str, Json]
    digest: str
    drafter: Signature
    drafted_at: datetime
    approver: Signature | None
    approved_digest: str | None
    event_id: UUID | None

    @property
    def state(self) -> str:
        """Where it stands. An approval is of one text: a change takes it away."""
        if self.event_id is not None:
            return "PUBLISHED"
        if self.approved_digest is None:
            return "DRAFT"
        return "APPROVED" if self.approved_digest == self.digest else "CHANGED_SINCE_APPROVAL"


COLUMNS = (
    "draft_id, policy_id, content, digest, drafter_role, drafter_id, drafted_at,"
    " approver_role, approver_id, approved_digest, event_id"
)

READ = f"SELECT {COLUMNS} FROM notice_draft WHERE draft_id = %s FOR UPDATE"

LIST = f"SELECT {COLUMNS} FROM notice_draft ORDER BY drafted_at DESC, draft_id LIMIT 1000"

PUT = """
INSERT INTO notice_draft (
    draft_id, policy_id, content, digest, drafter_role, drafter_id, drafted_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (draft_id) DO UPDATE SET
    policy_id = excluded.policy_id, content = excluded.content, digest = excluded.digest,
    drafter_role = excluded.drafter_role, drafter_id = excluded.drafter_id,
    drafted_at = excluded.drafted_at
"""

APPROVE = """
UPDATE notice_draft
SET approver_role = %s, approver_id = %s, approved_digest = digest, approved_at = %s
WHERE draft_id = %s
"""

MARK_PUBLISHED = "UPDATE notice_draft SET event_id = %s, published_at = %s WHERE draft_id = %s"

PENDING: dict[str, Json] = {"role": "approver", "id": "pending"}
"""Stands for the approver while a draft is checked."""


async def save_draft(
    settings: Settings,
    tracker: Connection,
    content: Json,
    *,
    drafter: Signature,
    schemas: SchemaStore,
    replaced: DraftId | None = None,
) -> tuple[DraftId, Announcement]:
    """Store a draft, or another text of one; return its id, and what its sender should know.

    Raises InvalidEventError with every fault that would keep it from being published, UsageError
    where it would contradict what is on record.
    """
    policy_id = policy_id_of(content, schemas)
    owner, now = agency_of(policy_id), settings.clock().now()
    draft_id = replaced or DraftId(owner, new_event_id())
    if draft_id.owner != owner:
        raise UsageError(f"{draft_id} is a draft of {draft_id.owner}, {policy_id} is {owner}'s")
    plain = signed(content, drafter, None)
    facts = await facts_of(tracker, policy_id, schemas)
    announcement = check(policy_id, plain, facts, now, schemas)
    row = (draft_id.number, policy_id, json.dumps(plain), content_digest(plain))
    url = settings.database_url_of(owner)
    async with owner_session(url, owner) as connection, connection.transaction():
        if replaced is not None:
            _refuse_published(await read_draft(connection, replaced))
        await connection.execute(PUT, [*row, *drafter, now])
    return draft_id, announcement


def signed(content: Json, drafter: Signature, approver: Signature | None) -> dict[str, Json]:
    """Return the content with who drafted and approved it, whatever the file says of them."""
    plain = dict(content) if isinstance(content, dict) else {}
    plain["drafted_by"] = {"role": drafter.role, "id": drafter.officer_id}
    plain["approved_by"] = (
        {"role": approver.role, "id": approver.officer_id} if approver is not None else None
    )
    return plain


def check(
    policy_id: str, plain: dict[str, Json], facts: History, now: datetime, schemas: SchemaStore
) -> Announcement:
    """Tell what would be announced if a second officer approved it now."""
    known = on_record(policy_id, facts, (), schemas)
    return prepare({**plain, "approved_by": PENDING}, None, known, now, schemas)


async def approve_draft(settings: Settings, draft_id: DraftId, approver: Signature) -> NoticeDraft:
    """Approve the text that the draft has now. Raises UsageError for its drafter."""
    async with (
        owner_session(settings.database_url_of(draft_id.owner), draft_id.owner) as connection,
        connection.transaction(),
    ):
        draft = await read_draft(connection, draft_id)
        _refuse_published(draft)
        if approver.is_by_same(draft.drafter):
            raise UsageError("this officer drafted the notice: let another one approve it")
        now = settings.clock().now()
        await connection.execute(APPROVE, [*approver, now, draft_id.number])
        return await read_draft(connection, draft_id)


async def publish_draft(
    settings: Settings, tracker: Connection, draft_id: DraftId, schemas: SchemaStore
) -> tuple[Announcement, Published]:
    """Publish an approved draft, once. Raises UsageError where nobody approved this text."""
    owner = draft_id.owner
    async with (
        owner_session(settings.database_url_of(owner), owner) as connection,
        connection.transaction(),
    ):
        draft = await read_draft(connection, draft_id)
        _refuse_published(draft)
        if draft.state != "APPROVED" or draft.approver is None:
            why = "nobody has approved it" if draft.state == "DRAFT" else "it has changed since"
            raise UsageError(f"{draft_id} isn't approved ({why}): `bus notice approve {draft_id}`")
        facts = await facts_of(tracker, draft.policy_id, schemas)
        content = signed(dict(draft.content), draft.drafter, draft.approver)
        clock = settings.clock()
        done = await announce_within(
            connection, facts, content, mode=None, clock=clock, schemas=schemas
        )
        await connection.execute(MARK_PUBLISHED, [done[1].event_id, clock.now(), draft_id.number])
        return done


async def list_drafts(settings: Settings, owner: str) -> list[NoticeDraft]:
    """Return an agency's drafts, the newest first, at most a thousand."""
    async with owner_session(settings.database_url_of(owner), owner) as connection:
        cursor = await connection.execute(LIST)
        return [_draft(owner, *row) for row in await cursor.fetchall()]


async def read_draft(connection: Connection, draft_id: DraftId) -> NoticeDraft:
    """Return a draft, locked until the transaction ends. Raises UnknownNameError."""
    cursor = await connection.execute(READ, [draft_id.number])
    row = await cursor.fetchone()
    if row is None:
        raise UnknownNameError(
            f"there is no draft {draft_id}: `bus notice drafts {draft_id.owner}` lists them"
        )
    return _draft(draft_id.owner, *row)


def _draft(  # noqa: PLR0917 - the columns of a row, in their order
    owner: str,
    number: UUID,
    policy_id: str,
    content: Mapping[str, Json],
    digest: str,
    drafter_role: str,
    drafter_id: str,
    drafted_at: datetime,
    approver_role: str | None,
    approver_id: str | None,
    approved_digest: str | None,
    event_id: UUID | None,
) -> NoticeDraft:
    approver = Signature(approver_role, approver_id) if approver_role and approver_id else None
    return NoticeDraft(
        draft_id=DraftId(owner, number),
        policy_id=policy_id,
        content=content,
        digest=digest,
        drafter=Signature(drafter_role, drafter_id),
        drafted_at=drafted_at,
        approver=approver,
        approved_digest=approved_digest,
        event_id=event_id,
    )


def _refuse_published(draft: NoticeDraft) -> None:
    if draft.event_id is not None:
        raise UsageError(
            f"{draft.draft_id} was published as event {draft.event_id}: "
            "`bus notice update` makes the next revision"
        )
