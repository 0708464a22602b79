"""The ladder of an alarm: whom to turn to, and when, while no office has taken it.

It is the one that an agreement names, of those that were in force when the alarm was opened,
between the agency whose ladder is climbed and the one that the alarm is about, whatever kinds of
instrument it covers: of an alarm without a notice, nobody knows which. Where none names one, it is
the built-in one, whose steps in HHS are those that were agreed on, if any were.

Pure, like everything that falls due by time alone. An alarm that was taken or resolved turns to
nobody any more. An exercise's alarm climbs as a real one does, and only an exercise's disposition
stops it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from bus.events import Mode
from bus.notices.agreement import DEFAULT_STEPS, LAST_STEP, Span, agency_steps, default_ladder
from bus.notices.durations import Calendar
from bus.notices.facts import AgreementFact, Ladder
from bus.notices.findings import SEVERITIES, FindingKind, Severity
from bus.notices.life import FindingState
from bus.notices.observations import agencies_to_tell
from bus.notices.versions import in_force
from bus.topics import agency_of

_NAMESPACE = UUID("b0a5b6f4-5b0e-5a0b-9a57-3c1de1f7c2d8")
"""Of action ids. Never change it: every step that was taken would be taken again."""

CALENDAR = Calendar.in_zone("America/New_York")
"""An alarm may have no notice that names a zone, so its days are those of the agencies' seat."""

HHS = "hhs"
"""Whose offices the built-in steps turn to, whatever agency an alarm is about."""

CLIMBING = frozenset(kind for kind, how in SEVERITIES.items() if how is Severity.ALARM) - {
    FindingKind.OVERDUE,  # the silent office's own ladder is climbed, and its decision ends that
    FindingKind.MODE_UNSOUND,  # one for each event: nobody is written to for each of a million
}
"""The kinds of finding that climb a ladder while nobody takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What of a finding its ladder depends on.

    `about` is the office or agency that it is about, `reporter` the agency whose record showed it,
    `policy_id` the policy, where one is known.
    """

    finding_id: UUID
    kind: FindingKind
    mode: Mode
    state: FindingState
    opened_at: datetime
    about: str | None
    reporter: str | None
    policy_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStep:
    """From `due_at` on the office `tells` is turned to; `number` counts from 1."""

    finding_id: UUID
    tells: str
    due_at: datetime
    number: int

    @property
    def action_id(self) -> UUID:
        """Made of the cause: an office is turned to once about one finding."""
        return uuid5(_NAMESPACE, json.dumps([str(self.finding_id), self.tells]))


def steps_of(alarm: Alarm, agreements: Sequence[AgreementFact] = ()) -> tuple[LadderStep, ...]:
    """Return whom this alarm turns to, past and to come, by due time; `agreements` are all.

    An office that stands on two ladders is turned to once, at the earlier of its moments.
    """
    if alarm.state is not FindingState.OPEN or alarm.kind not in CLIMBING:
        return ()
    due: dict[str, datetime] = {}
    for climber in _climbers(alarm):
        for office, after in _ladder_of(climber, alarm, agreements):
            moment = after.after(alarm.opened_at)
            due[office] = min(moment, due.get(office, moment))
    in_order = sorted(due.items(), key=lambda each: (each[1], each[0]))
    return tuple(
        LadderStep(finding_id=alarm.finding_id, tells=office, due_at=moment, number=number)
        for number, (office, moment) in enumerate(in_order, 1)
    )


def _climbers(alarm: Alarm) -> tuple[str, ...]:
    """Return whose ladders are climbed: an observation's are those of both agencies."""
    about = alarm.about or HHS
    if alarm.kind is FindingKind.OBSERVED_POLICY:
        return agencies_to_tell(about, alarm.reporter)
    return (about,)


def _ladder_of(
    climber: str, alarm: Alarm, agreements: Sequence[AgreementFact]
) -> list[tuple[str, Span]]:
    """Return the ladder of an office; of an agency, those of all its offices together.

    Where none was agreed on, the agency's own steps, and then HHS's: those that were agreed on, or
    the built-in ones. Whatever was agreed on, it ends outside of the chain that may be silent.
    """
    agreed = list(_agreed_steps(climber, climber, alarm, agreements))
    if agreed:
        return _ending_outside(agreed)
    own = _in_calendar(agency_steps(climber))
    hhs = [] if agency_of(climber) == HHS else _agreed_steps(HHS, climber, alarm, agreements)
    agreed = list(hhs)
    return [*own, *(_ending_outside(agreed) or _in_calendar(default_ladder(climber)))]


def _agreed_steps(
    of: str, climber: str, alarm: Alarm, agreements: Iterable[AgreementFact]
) -> Iterator[tuple[str, Span]]:
    """Yield the steps that were agreed on for this office or agency; nobody is told of itself."""
    if alarm.about is None:
        return
    parties = {agency_of(of), agency_of(climber), agency_of(alarm.policy_id or alarm.about)}
    for agreement in in_force(alarm.opened_at, alarm.mode, agreements):
        if not parties <= agreement.parties:
            continue
        calendar = Calendar.in_zone(agreement.time_zone, agreement.holidays)
        for office, ladder in agreement.ladders:
            if of in (office, agency_of(office)):
                steps = ((tells, Span(after, calendar)) for tells, after in ladder)
                yield from (step for step in steps if step[0] != climber)


def _ending_outside(agreed: list[tuple[str, Span]]) -> list[tuple[str, Span]]:
    """Return these steps, with the built-in last one if they lack it; none where there are none."""
    if not agreed or any(office == LAST_STEP for office, _ in agreed):
        return agreed
    return [*agreed, *(step for step in _in_calendar(DEFAULT_STEPS) if step[0] == LAST_STEP)]


def _in_calendar(ladder: Ladder) -> list[tuple[str, Span]]:
    return [(office, Span(after, CALENDAR)) for office, after in ladder]
