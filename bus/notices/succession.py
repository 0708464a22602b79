"""Which newer policies replace an older one, and from when.

The old policy is in force until the new one is. Whether the new one was announced doesn't
matter here: its agency has said that the old one no longer applies. Once the new one has taken
effect, the old one stays ended: whoever wants it back announces it under a new policy_id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bus.events import Mode
from bus.notices.facts import CoordinationFact, NoticeFact, Stage
from bus.notices.history import History
from bus.notices.revisions import authorised_notices_of, revisions_of
from bus.topics import agency_of


@dataclass(frozen=True, slots=True)
class Succession:
    """The notice by which a newer policy replaces this one, and the moment from which it does."""

    notice: NoticeFact
    since: datetime


def successions_of(policy_id: str, known: History, mode: Mode | None) -> tuple[Succession, ...]:
    """Return the successions of a policy of this mode, by the log's order of their notices."""
    found = [
        Succession(notice, notice.effective_at)
        for successor in sorted(_successors(policy_id, known))
        for notice in _notices_come_into_effect(successor, known, mode)
        if notice.supersedes == policy_id
    ]
    return tuple(sorted(found, key=lambda succession: succession.notice.place))


def _successors(policy_id: str, known: History) -> set[str]:
    """Return the policies that claim to be newer: only its own agency's can replace a policy."""
    return {
        notice.policy_id
        for notice in known.notices
        if notice.supersedes == policy_id != notice.policy_id
        and agency_of(notice.policy_id) == agency_of(policy_id)
    }


def _notices_come_into_effect(
    policy_id: str, known: History, mode: Mode | None
) -> Iterator[NoticeFact]:
    """Yield final notices that nothing replaced or cancelled before they took effect.

    Here a cancellation opens a gate, that of the older policy: only a sound one counts, and only
    one that was on record before the notice took effect. A later one rewrites no past, whatever
    moment it names. Of a revision with two contents, each may have come into effect.
    """
    notices = [n for n in authorised_notices_of(policy_id, known) if n.mode is mode]
    cancels = [c for c in known.coordination if c.cancels(policy_id) and c.mode is mode]
    for revision in revisions_of(notices):
        for notice in revision.contents:
            begins = not revision.is_replaced_before(notice.effective_at)
            is_cancelled = any(_keeps_from_effect(cancel, notice) for cancel in cancels)
            if notice.stage is Stage.FINAL and begins and not is_cancelled:
                yield notice


def _keeps_from_effect(cancel: CoordinationFact, notice: NoticeFact) -> bool:
    return (
        cancel.is_sound
        and cancel.recorded_at < notice.effective_at
        and cancel.holds_at(notice.effective_at)
    )
