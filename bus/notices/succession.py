"""Which newer policies replace an older one, and from when.

The old policy is in force until the new one is. Whether the new one was announced doesn't
matter here: its agency has said that the old one no longer applies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bus.events import Mode
from bus.notices.facts import NoticeFact, Stage, agency_of
from bus.notices.history import History
from bus.notices.revisions import notices_of, revisions_of


@dataclass(frozen=True, slots=True)
class Succession:
    """The notice by which a newer policy replaces this one, and the moment from which it does."""

    notice: NoticeFact
    since: datetime


def successions_of(policy_id: str, known: History, mode: Mode | None) -> tuple[Succession, ...]:
    """Return the successions of a policy, by the log's order of their notices."""
    found = [
        Succession(notice, notice.effective_at)
        for successor in sorted(_successors(policy_id, known))
        for notice in _notices_come_into_effect(successor, known)
        if notice.supersedes == policy_id and notice.mode is mode
    ]
    return tuple(sorted(found, key=lambda succession: succession.notice.place))


def _successors(policy_id: str, known: History) -> set[str]:
    """Only an agency's own policies can replace its policy."""
    return {
        notice.policy_id
        for notice in known.notices
        if notice.supersedes == policy_id != notice.policy_id
        and agency_of(notice.policy_id) == agency_of(policy_id)
    }


def _notices_come_into_effect(policy_id: str, known: History) -> Iterator[NoticeFact]:
    """Yield final notices that nothing replaced or cancelled before they took effect."""
    cancels = [fact for fact in known.coordination if fact.cancels(policy_id)]
    for revision in revisions_of(notices_of(policy_id, known)):
        notice = revision.notice
        is_cancelled = any(
            cancel.holds_at(notice.effective_at) and cancel.mode is notice.mode
            for cancel in cancels
        )
        if (
            notice.stage is Stage.FINAL
            and revision.is_candidate(notice.effective_at)
            and not is_cancelled
        ):
            yield notice
