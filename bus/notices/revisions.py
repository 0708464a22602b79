"""A policy's revisions: what each one says, and which of them governs at a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bus.events import Mode
from bus.notices.facts import NoticeFact
from bus.notices.history import History


@dataclass(frozen=True, slots=True)
class Revision:
    """The notices recorded under one revision number, in the log's order.

    A notice that was published again with the same content is no second content.
    """

    number: int
    notices: tuple[NoticeFact, ...]
    replaced_at: datetime | None

    @property
    def notice(self) -> NoticeFact:
        """The notice that was recorded first: it is what the revision says."""
        return self.notices[0]

    @property
    def contents(self) -> tuple[NoticeFact, ...]:
        """The first notice of each different content."""
        first: dict[str, NoticeFact] = {}
        for notice in self.notices:
            first.setdefault(notice.content, notice)
        return tuple(first.values())

    @property
    def is_contradictory(self) -> bool:
        """Whether one identity has two contents."""
        return len(self.contents) > 1

    def is_candidate(self, at: datetime) -> bool:
        """Whether it has come into effect: nothing had replaced it before it did."""
        effective_at = self.notice.effective_at
        return effective_at <= at and not self.is_replaced_before(effective_at)

    def is_replaced_before(self, moment: datetime) -> bool:
        return self.replaced_at is not None and self.replaced_at < moment


def authorised_notices_of(policy_id: str, history: History) -> tuple[NoticeFact, ...]:
    """Return the policy's notices that its own agency published, in whatever mode."""
    return tuple(n for n in history.notices if n.policy_id == policy_id and n.is_authorised)


def notices_of(policy_id: str, history: History) -> tuple[NoticeFact, ...]:
    """Return the policy's notices in its own mode; the others don't count.

    A policy has one mode for ever: that of its first notice with a sound mode. While it has
    none of those, it is ACTUAL.
    """
    notices = authorised_notices_of(policy_id, history)
    modes = (notice.mode for notice in notices if notice.mode_is_sound)
    mode = next(modes, Mode.ACTUAL)
    return tuple(notice for notice in notices if notice.mode is mode)


def revisions_of(notices: Iterable[NoticeFact]) -> tuple[Revision, ...]:
    """Return the revisions in ascending order; `notices` are one policy's, in the log's order.

    A revision is replaced when a higher one is first recorded.
    """
    by_number = sorted(notices, key=lambda notice: notice.revision)
    groups = [(n, tuple(g)) for n, g in groupby(by_number, key=lambda notice: notice.revision)]
    revisions: list[Revision] = []
    replaced_at: datetime | None = None
    for number, group in reversed(groups):
        revisions.append(Revision(number, group, replaced_at))
        recorded_at = group[0].recorded_at
        replaced_at = recorded_at if replaced_at is None else min(recorded_at, replaced_at)
    return tuple(reversed(revisions))


def governing(
    revisions: Sequence[Revision], at: datetime, is_announced: Callable[[Revision], bool]
) -> Revision:
    """Return the revision that governs at a moment; `revisions` are ascending, at least one.

    The highest announced candidate; else the highest candidate; else the highest revision. So
    an update never closes the gate of a revision in force.
    """
    candidates = [revision for revision in revisions if revision.is_candidate(at)]
    announced = [revision for revision in candidates if is_announced(revision)]
    return (announced or candidates or revisions)[-1]
