"""A baseline: the notice of a practice that was in force before the agencies agreed to announce."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bus.codec.definitions import Json
from bus.codec.schemas import SchemaStore
from bus.errors import UsageError
from bus.events import Mode
from bus.notices.facts import BASELINE, AgreementFact, NoticeFact
from bus.offices.announcing import Announcement, announce_within, facts_of, policy_id_of
from bus.publishing.entries import Published
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.topics import agency_of

MUST_WAIVE = "it is in force already: each seat has to accept it with --waive-lead-time"


async def declare_baseline(
    settings: Settings,
    tracker: Connection,
    content: Json,
    mode: Mode | None,
    schemas: SchemaStore,
) -> tuple[Announcement, Published]:
    """Publish the notice of an old practice.

    Raises as `announce` does, and UsageError for what is no baseline; nothing is published then.
    """
    content = as_baseline(content)
    policy_id = policy_id_of(content, schemas)
    owner, clock = agency_of(policy_id), settings.clock()
    facts = await facts_of(tracker, policy_id, schemas)
    url = settings.database_url_of(owner)
    async with owner_session(url, owner) as connection, connection.transaction():
        announcement, published = await announce_within(
            connection, facts, content, mode=mode, clock=clock, schemas=schemas
        )
        # What is refused here is rolled back.
        refuse_no_baseline(announcement.notice, facts.notices, facts.agreements, clock.now())
    return replace(announcement, warnings=(*announcement.warnings, MUST_WAIVE)), published


def as_baseline(content: Json) -> Json:
    """Return the notice as a baseline; raise UsageError where it names another instrument."""
    plain = dict(content) if isinstance(content, dict) else {}
    if plain.get("instrument") not in (None, BASELINE):
        raise UsageError(
            "the notice's own `instrument` isn't BASELINE: leave it out of the file, or announce "
            "it with `bus notice publish`"
        )
    return {**plain, "instrument": BASELINE}


def refuse_no_baseline(
    notice: NoticeFact,
    earlier: Iterable[NoticeFact],
    agreements: Iterable[AgreementFact],
    now: datetime,
) -> None:
    """Raise UsageError for what is new, was announced otherwise, or claims an emergency."""
    if notice.effective_at >= now:
        raise UsageError(
            f"{notice.policy_id} isn't in force yet, so it is no baseline: announce it with "
            "`bus notice publish`"
        )
    for agreement in agreements:
        if _bound(notice, agreement):
            raise UsageError(
                f"{notice.policy_id} took effect under agreement {agreement.agreement_id}, so it "
                "is no baseline: announce it, late, with `bus notice publish`"
            )
    if any(each.policy_id == notice.policy_id and not each.is_baseline for each in earlier):
        raise UsageError(
            f"{notice.policy_id} was announced otherwise: `bus notice update` makes its next "
            "revision"
        )
    if notice.emergency is not None:
        raise UsageError("a baseline claims no emergency: leave `emergency` out of the file")


def _bound(notice: NoticeFact, agreement: AgreementFact) -> bool:
    """Whether the agency had agreed to announce such a policy when it took effect."""
    return (
        agreement.is_authorised
        and agreement.mode in (Mode.ACTUAL, notice.mode)
        and agency_of(notice.policy_id) in agreement.parties
        and agreement.is_in_force(notice.effective_at)
    )
