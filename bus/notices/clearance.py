"""The clearance of a policy: its five dimensions at a moment, and why.

`judge` does the work that doesn't depend on the moment asked about, `Judgement.at` the rest, so
that many moments can be asked about one state of knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bus.events import Mode
from bus.notices.assessment import (
    Assessment,
    OfficeState,
    SeatState,
    assess,
    offices_of,
    open_dead_letters,
)
from bus.notices.dossier import Dossier, open_dossier
from bus.notices.facts import CoordinationKind, Scope
from bus.notices.force import force_at, turning_points
from bus.notices.history import History
from bus.notices.revisions import governing
from bus.notices.states import AnswerState, Code, Force, Lead, Reason, RecordState


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """The derived state of a policy at `at`, by what had been recorded at `known_at`.

    `clear` is what the facts say; only a gate knows besides whether they are all there. While
    no notice is readable, `revision` to `mode` are None. `scope` is what the governing notice
    applies to. `changes_at` is the next moment at which time alone may change this state, None
    where nothing is to come.
    """

    policy_id: str
    at: datetime
    known_at: datetime
    record: RecordState
    revision: int | None = None
    material_digest: str | None = None
    answer: AnswerState | None = None
    lead: Lead | None = None
    force: Force | None = None
    mode: Mode | None = None
    announced: bool = False
    clear: bool = False
    reasons: tuple[Reason, ...] = ()
    seats: tuple[SeatState, ...] = ()
    scope: Scope | None = None
    changes_at: datetime | None = None

    @property
    def offices(self) -> tuple[OfficeState, ...]:
        """Every office of a required seat, once, by name."""
        return offices_of(self.seats)

    @property
    def delivered_at(self) -> datetime | None:
        """When the text had reached every required office; None until it has."""
        moments = [office.delivered_at for office in self.offices]
        known = [moment for moment in moments if moment is not None]
        return max(known) if known and len(known) == len(moments) else None

    @property
    def due_at(self) -> datetime | None:
        """When the first office that hasn't decided yet must have."""
        due = [o.due_at for o in self.offices if o.decision is None and o.due_at is not None]
        return min(due, default=None)

    @property
    def overdue(self) -> bool:
        """Whether any office is."""
        return any(office.is_overdue(self.at) for office in self.offices)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What is known of a policy, judged: each of its revisions, and what time may still do."""

    dossier: Dossier
    assessments: Mapping[int, Assessment]

    def governing(self, at: datetime) -> Assessment | None:
        """Return the assessment of the revision that governs; None without a notice."""
        if not self.dossier.revisions:
            return None
        revision = governing(
            self.dossier.revisions, at, lambda each: self.assessments[each.number].announced
        )
        return self.assessments[revision.number]

    def asked_about(self, at: datetime) -> list[Assessment]:
        """Return the newest revision and the one that governs: answers to others come too late."""
        if not self.assessments:
            return []
        newest, governing = self.assessments[max(self.assessments)], self.governing(at)
        return [newest] if governing in (None, newest) else [newest, governing]

    def force(self, at: datetime) -> Force | None:
        """Return the force dimension alone."""
        assessment = self.governing(at)
        return force_at(at, assessment.notice, self.dossier)[0] if assessment else None

    def at(self, at: datetime) -> Clearance:
        """Return the clearance at a moment."""
        assessment = self.governing(at)
        if assessment is None:
            return self._without_notice(at)
        force, force_reasons = force_at(at, assessment.notice, self.dossier)
        mode = self.dossier.mode
        clear = assessment.announced and force is Force.IN_FORCE and mode is Mode.ACTUAL
        return Clearance(
            policy_id=self.dossier.policy_id,
            at=at,
            known_at=self.dossier.known_at,
            record=assessment.record,
            revision=assessment.revision.number,
            material_digest=assessment.notice.material_digest,
            answer=assessment.answer,
            lead=assessment.lead,
            force=force,
            mode=mode,
            announced=assessment.announced,
            clear=clear,
            reasons=(*assessment.reasons, *force_reasons, *self._side_reasons()),
            seats=assessment.seats,
            scope=assessment.notice.scope,
            changes_at=self._next_change(at),
        )

    def _without_notice(self, at: datetime) -> Clearance:
        unreadable = open_dead_letters(self.dossier)
        return Clearance(
            policy_id=self.dossier.policy_id,
            at=at,
            known_at=self.dossier.known_at,
            record=RecordState.UNREADABLE if unreadable else RecordState.UNKNOWN,
            reasons=(
                *unreadable,
                Reason(Code.NO_NOTICE),
                *self._observations(),
                *self._liaisons(),
            ),
        )

    def _observations(self) -> Iterator[Reason]:
        """Yield what offices have seen of a policy that nobody announced."""
        for fact in self.dossier.observations:
            yield Reason(Code.OBSERVED, str(fact.event_id), fact.office)

    def _side_reasons(self) -> Iterator[Reason]:
        """Yield what is shown beside the dimensions: a mode, and acts without clearance."""
        yield from self._liaisons()
        if self.dossier.mode is not Mode.ACTUAL:
            yield Reason(Code.MODE_NOT_ACTUAL, str(self.dossier.notices[0].event_id))
        for kind, code in _ACTS_WITHOUT_CLEARANCE.items():
            for fact in self.dossier.of_kind(kind):
                if kind is CoordinationKind.PROCEED_OVER_OBJECTION and not fact.is_by_issuer:
                    continue
                yield Reason(code, str(fact.event_id), fact.office)

    def _liaisons(self) -> Iterator[Reason]:
        """Yield who recorded notices of this policy for the office that issued it."""
        for notice in (*self.dossier.notices, *self.dossier.reports):
            if notice.recorded_by is not None:
                fact = str(notice.event_id)
                yield Reason(Code.RECORDED_BY_LIAISON, fact, notice.recorded_by)

    @cached_property
    def turning_points(self) -> frozenset[datetime]:
        """Every moment at which time alone may change the state."""
        moments = turning_points(self.dossier)
        for assessment in self.assessments.values():
            for seat in assessment.seats:
                moments |= {o.due_at for o in seat.offices if o.due_at and o.decision is None}
        return frozenset(moments)

    def _next_change(self, at: datetime) -> datetime | None:
        return min((moment for moment in self.turning_points if moment > at), default=None)


_ACTS_WITHOUT_CLEARANCE = {
    CoordinationKind.PROCEED_OVER_OBJECTION: Code.PROCEEDED_OVER_OBJECTION,
    CoordinationKind.COMPELLED: Code.COMPELLED,
}


def judge(policy_id: str, history: History, known_at: datetime) -> Judgement:
    """Judge all that had been recorded of a policy at `known_at`."""
    dossier = open_dossier(policy_id, history, known_at)
    assessments = {each.number: assess(each, dossier) for each in dossier.revisions}
    return Judgement(dossier=dossier, assessments=assessments)


def derive(policy_id: str, history: History, *, at: datetime, known_at: datetime) -> Clearance:
    """Return the clearance of a policy at `at`, by what had been recorded at `known_at`."""
    return judge(policy_id, history, known_at).at(at)
