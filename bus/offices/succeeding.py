"""A newer policy in the place of an older one: its notice says which one ends when it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bus.codec.definitions import Json
from bus.codec.schemas import SchemaStore
from bus.errors import UsageError
from bus.events import Mode
from bus.notices.facts import NoticeFact, Stage
from bus.notices.force import force_at
from bus.notices.states import Force
from bus.offices.announcing import Announcement, announce_within, facts_of, policy_id_of
from bus.offices.known_policy import KnownPolicy, know, own_statements
from bus.publishing.entries import Published
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.topics import agency_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """The notice of a newer policy as an officer gives it, and the policy that it replaces."""

    content: Json
    of: str
    mode: Mode | None = None

    @property
    def completed(self) -> Json:
        """The content, with what it replaces. Raises UsageError where it names another policy."""
        plain = dict(self.content) if isinstance(self.content, dict) else {}
        if plain.get("supersedes") not in (None, self.of):
            raise UsageError(
                f"the notice's own `supersedes` isn't {self.of}: leave one of them out"
            )
        return {**plain, "supersedes": self.of}


async def supersede(
    settings: Settings, tracker: Connection, successor: Successor, schemas: SchemaStore
) -> tuple[Announcement, Published] | None:
    """Publish a newer policy's notice; None where no notice of the older one is known.

    Raises as `announce` does, and UsageError where it would replace nothing; nothing is
    published then.
    """
    content = successor.completed
    policy_id = policy_id_of(content, schemas)
    owner, clock = agency_of(policy_id), settings.clock()
    facts = await facts_of(tracker, policy_id, schemas)
    url = settings.database_url_of(owner)
    async with owner_session(url, owner) as connection, connection.transaction():
        own = await own_statements(connection, owner, successor.of, schemas)
        old = await know(tracker, successor.of, own, clock.now(), schemas)
        if old is None:
            return None
        announcement, published = await announce_within(
            connection, facts, content, mode=successor.mode, clock=clock, schemas=schemas
        )
        refuse_void_succession(announcement.notice, old)  # takes the notice back with it
    warnings = (*announcement.warnings, *warnings_of_succession(announcement.notice, old))
    return replace(announcement, warnings=warnings), published


def refuse_void_succession(notice: NoticeFact, old: KnownPolicy) -> None:
    """Raise UsageError where the notice replaces nothing: another mode, or what ends before."""
    if notice.mode is not old.mode:
        raise UsageError(
            f"{old.policy_id} has mode {old.mode}, and a notice in mode {notice.mode} can't end "
            f"it: publish in mode {old.mode}"
        )
    dossier = old.dossier
    others = [each for each in dossier.successions if each.notice.policy_id != notice.policy_id]
    governing = old.judgement.governing(notice.effective_at)
    if governing is None:
        return
    without_own = replace(dossier, successions=tuple(others))
    force, _ = force_at(notice.effective_at, governing.notice, without_own)
    if force is Force.ENDED:
        raise UsageError(
            f"{old.policy_id} has ended by {notice.effective_at.isoformat()} already: announce "
            "this with `bus notice publish`, or let it take effect earlier"
        )


def warnings_of_succession(notice: NoticeFact, old: KnownPolicy) -> Iterator[str]:
    """Yield what the sender should know of the older policy's end."""
    if notice.stage is not Stage.FINAL:
        yield f"a proposal replaces nothing: {old.policy_id} goes on until a FINAL notice"
    else:
        yield (
            f"{old.policy_id} ends at {notice.effective_at.isoformat()}, whether this is "
            "announced by then or not"
        )
