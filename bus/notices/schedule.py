"""What falls due by time alone, and when: pure, from what is known of a policy.

Of an office that owes a decision: reminders after half and after four fifths of its time, the
end of that time, and the steps of its ladder, whenever the terms begin to climb it. Once it has
decided, or the policy has ended, or its seat is filled by others, none of it is due any more. Of
the policy: each moment at which its state changes although nothing new is said.

Whoever keeps these actions replaces them whenever a fact comes, and carries each out once: the
same cause has the same id for ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from bus.events import Mode
from bus.notices.assessment import Assessment, OfficeState
from bus.notices.clearance import Clearance, Judgement
from bus.notices.facts import Stage
from bus.notices.states import Force

_NAMESPACE = UUID("2f0c9e43-6d1e-5c57-9d2b-6b1f8a1b9a5e")
"""Of action ids. Never change it: every action that was carried out would come back."""

REMINDER_PERCENTS = (50, 80)
"""After how much of the time to answer an office is reminded."""

INSTANT = timedelta(microseconds=1)
"""The smallest step of time: intervals are half-open, so just before a moment is this long ago."""


class DueKind(StrEnum):
    """What falls due."""

    REMINDER = "REMINDER"
    OVERDUE = "OVERDUE"
    LADDER_STEP = "LADDER_STEP"
    IN_FORCE = "IN_FORCE"
    STAYED = "STAYED"
    STAY_ENDED = "STAY_ENDED"
    ENDED = "ENDED"
    REVISION_GOVERNS = "REVISION_GOVERNS"
    STATE_CHANGES = "STATE_CHANGES"  # nothing of the above: a flag or a reason


OF_OFFICES = frozenset({DueKind.REMINDER, DueKind.OVERDUE, DueKind.LADDER_STEP})
"""The kinds that are about an office's silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAction:
    """One thing that time alone causes.

    Of OF_OFFICES, `office` is the silent one and `tells` the one that is written to; `number` is
    the percent of a reminder, or the step of a ladder, from 1; `returned_with` is the revision by
    which a text came back that had been changed away: to that, a new answer is owed.
    """

    kind: DueKind
    due_at: datetime
    policy_id: str
    mode: Mode
    revision: int
    material_digest: str
    office: str | None = None
    tells: str | None = None
    number: int | None = None
    returned_with: int | None = None

    @property
    def action_id(self) -> UUID:
        """Made of the kind and the cause: the same silence is told once, whenever it falls due."""
        about = [self.kind, self.mode, self.policy_id]
        if self.office is None:
            cause = [*about, self.revision, self.due_at.isoformat()]
        else:
            again = [] if self.returned_with is None else [self.returned_with]
            cause = [*about, self.material_digest, self.office, self.tells, self.number, *again]
        return uuid5(_NAMESPACE, json.dumps(cause))


def due_actions(judgement: Judgement) -> tuple[DueAction, ...]:
    """Return everything that time causes by what is known now, past and to come, by due time."""
    actions = [*_of_the_policy(judgement), *_of_offices(judgement)]
    return tuple(sorted(actions, key=lambda each: (each.due_at, each.kind, each.action_id)))


def owed(judgement: Judgement) -> Assessment | None:
    """Return the text on which offices owe a decision: the newest final one, else the newest."""
    newest = [judgement.assessments[each.number] for each in judgement.dossier.revisions]
    final = [each for each in newest if each.notice.stage is Stage.FINAL]
    return next(reversed(final or newest), None)


def owing(judgement: Judgement) -> list[OfficeState]:
    """Return the offices that owe a decision: silent, and in a seat that isn't filled."""
    assessment = owed(judgement)
    if assessment is None:
        return []
    needed = {o.office for s in assessment.seats if not s.is_filled for o in s.offices}
    return [each for each in assessment.offices if each.decision is None and each.office in needed]


def outruns(action: DueAction, others: Iterable[DueAction], now: datetime) -> bool:
    """Tell whether a reminder has come so late that a later word to the office is due as well."""
    return action.kind is DueKind.REMINDER and any(
        other.office == action.office
        and other.material_digest == action.material_digest
        and action.due_at < other.due_at <= now
        for other in others
        if other.kind in (DueKind.REMINDER, DueKind.OVERDUE)
    )


def _of_offices(judgement: Judgement) -> Iterator[DueAction]:
    assessment = owed(judgement)
    if assessment is None:
        return
    for state in owing(judgement):
        for action in _of_office(judgement, assessment, state):
            if judgement.force(action.due_at) is not Force.ENDED:
                yield action


def _of_office(
    judgement: Judgement, assessment: Assessment, state: OfficeState
) -> Iterator[DueAction]:
    if state.delivered_at is None or state.due_at is None:
        return
    silence = DueAction(
        kind=DueKind.OVERDUE,
        due_at=state.due_at,
        policy_id=judgement.dossier.policy_id,
        mode=assessment.notice.mode,
        revision=assessment.revision.number,
        material_digest=assessment.notice.material_digest,
        office=state.office,
        tells=state.office,
        returned_with=judgement.dossier.text_of(assessment.notice).returned_with,
    )
    time_to_answer = state.due_at - state.delivered_at
    for percent in REMINDER_PERCENTS:
        moment = state.delivered_at + time_to_answer * percent / 100
        if moment < state.due_at:
            yield replace(silence, kind=DueKind.REMINDER, due_at=moment, number=percent)
    yield silence
    for step, turn in enumerate(assessment.terms.climb(state.office, state.delivered_at), 1):
        yield replace(
            silence, kind=DueKind.LADDER_STEP, due_at=turn.at, tells=turn.office, number=step
        )


def _of_the_policy(judgement: Judgement) -> Iterator[DueAction]:
    """Yield an action for each moment at which the state is another one than just before."""
    for moment in sorted(judgement.turning_points):
        before, state = judgement.at(moment - INSTANT), judgement.at(moment)
        assessment = judgement.governing(moment)
        if assessment is None or what_shows(before) == what_shows(state):
            continue
        yield DueAction(
            kind=_kind_of_change(before, state),
            due_at=moment,
            policy_id=state.policy_id,
            mode=assessment.notice.mode,
            revision=assessment.revision.number,
            material_digest=assessment.notice.material_digest,
        )


def what_shows(state: Clearance) -> tuple[object, ...]:
    """Return what of a clearance time may change: all but the moment itself."""
    overdue = tuple(office.office for office in state.offices if office.is_overdue(state.at))
    return replace(state, at=state.known_at, changes_at=None), overdue


_BY_FORCE: Mapping[Force | None, DueKind] = {
    Force.IN_FORCE: DueKind.IN_FORCE,
    Force.ENDED: DueKind.ENDED,
    Force.STAYED: DueKind.STAYED,
}


def _kind_of_change(before: Clearance, state: Clearance) -> DueKind:
    if before.force is not state.force:
        if before.force is Force.STAYED and state.force is not Force.ENDED:
            return DueKind.STAY_ENDED
        return _BY_FORCE.get(state.force, DueKind.STATE_CHANGES)
    if before.revision != state.revision:
        return DueKind.REVISION_GOVERNS
    return DueKind.STATE_CHANGES
