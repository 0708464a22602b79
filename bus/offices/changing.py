"""What differs between two texts of a policy, and what that means for the answers given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bus.codec.definitions import Json
from bus.codec.schemas import SchemaStore
from bus.errors import UnknownNameError, UsageError
from bus.events import Mode
from bus.notices.decisions import is_voided
from bus.notices.digest import HISTORY_FIELDS, is_editorial
from bus.notices.facts import Decision
from bus.notices.history import History
from bus.notices.texts import Text, texts_of
from bus.offices.announcing import Announcement, announce, facts_of, policy_id_of
from bus.offices.overview import Policy
from bus.publishing.entries import Published
from bus.settings import Settings
from bus.storage.connections import Connection


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs. `is_material` says whether acceptances bind to it."""

    path: str
    before: Json
    after: Json
    is_material: bool


def changes_between(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[Change]:
    """Return what differs between two notices in plain JSON, but how the text came about.

    What is left out, null and empty is one and the same, as in the digest.
    """
    names = sorted((old.keys() | new.keys()) - HISTORY_FIELDS)
    return [change for name in names for change in _changes(name, old.get(name), new.get(name))]


def _changes(path: str, old: Json, new: Json) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            yield from _changes(f"{path}.{name}", old.get(name), new.get(name))
    elif _said(old) != _said(new):
        yield Change(path, old, new, not is_editorial(path))


def _said(value: Json) -> Json:
    """Return what a value says: an empty list says as little as null."""
    return None if value == [] else value


def revision_of(policy: Policy, number: int) -> Mapping[str, Json]:
    """Return a revision in plain JSON. Raises UnknownNameError."""
    found = policy.judgement.assessments.get(number)
    if found is None:
        listed = ", ".join(map(str, sorted(policy.judgement.assessments)))
        raise UnknownNameError(
            f"{policy.clearance.policy_id} has no revision {number}; it has {listed}"
        )
    return policy.rows[found.notice.event_id].data


@dataclass(frozen=True, slots=True)
class Update:
    """The next revision, published: what it changes, and whose acceptances it voids."""

    announcement: Announcement
    published: Published
    is_material: bool
    voided: tuple[str, ...]


async def update(
    settings: Settings,
    tracker: Connection,
    content: Json,
    mode: Mode | None,
    schemas: SchemaStore,
) -> Update:
    """Publish the next revision of a policy that has one. Raises as `announce` does."""
    policy_id = policy_id_of(content, schemas)
    facts = await facts_of(tracker, policy_id, schemas)
    notices = [each for each in facts.notices if each.policy_id == policy_id]
    if not notices:
        raise UsageError(
            f"there is no notice of {policy_id} to update: publish the first with "
            "`bus notice publish`"
        )
    text = max(texts_of(notices), key=lambda each: max(each.revisions))
    announcement, published = await announce(settings, tracker, content, mode, schemas)
    is_material = announcement.notice.material_digest != text.digest
    voided = accepting(facts, policy_id, text) if is_material else ()
    return Update(announcement, published, is_material, voided)


def accepting(facts: History, policy_id: str, text: Text) -> tuple[str, ...]:
    """Return the offices whose last decision on a text accepts it, by name."""
    last: dict[str, tuple[int, Decision]] = {}
    for fact in facts.acknowledgements:
        is_of_policy = fact.policy_id == policy_id and fact.is_authorised
        if is_of_policy and fact.material_digest == text.digest and not is_voided(fact, text):
            said = (fact.decision_no, fact.decision)
            last[fact.deciding_office] = max(last.get(fact.deciding_office, said), said)
    return tuple(sorted(o for o, (_, decision) in last.items() if decision is Decision.ACCEPT))
