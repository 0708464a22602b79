"""What somebody must look at.

    UNANNOUNCED_POLICY        a custody event acts on a policy of which there is no notice, or
                              before the day that its notice names: NO_NOTICE, NOT_YET
    CITED_NOT_CLEAR           a custody event acts on a policy that wasn't clear; the reason says
                              why: NOT_ANNOUNCED, STAYED, SUPERSEDED, CANCELLED, EXPIRED,
                              OUT_OF_SCOPE, EXERCISE
    OBSERVED_POLICY           an office saw a policy that nobody announced
    LATE_NOTICE               the notice's recorded time leaves less than the lead time, or a
                              delivery came too late; the reason says by whose doing:
                              SHORT_BY_SENDER, SHORT_BY_ADDRESSEE, SHORT_BY_BUS
    EMERGENCY_NOTICE          a notice claims an emergency basis for a shorter lead time; the
                              reason says what voids the claim
    IN_FORCE_NOT_ANNOUNCED    at some fact, the governing revision is in force and not announced
    OBJECTION                 an office objected to a policy that was in force
    PROCEEDED_OVER_OBJECTION  the issuer proceeds although a seat rejected
    COMPELLED                 a court compels what isn't clear
    MISSING_CITATION          a separation, or an adult's referral for prosecution, cites neither
                              a policy nor an individual determination with its ground
    PRACTICE_SHIFT            what a sector does has changed, and no policy says so
    OVERDUE                   an office's time to answer is over
    CHANNEL_FAILED            an office couldn't be reached
    CONFLICT                  one identity has two contents
    DECISION_NUMBERS          an office's decision numbers have a hole
    VOID_NOTICE               a notice that counts for nothing; the reason says why
    VOID_ACKNOWLEDGEMENT      an acknowledgement that fills no seat; the reason says why
    VOID_COORDINATION         a statement that has no effect; the reason says why
    MODE_UNSOUND              a mode is missing, contradictory, or not the policy's own
    EXERCISE_OUTSIDE_WINDOW   an exercise's custody event outside a declared window

A finding says what was known when it was opened, so nothing that comes later takes it back. Of a
custody event that cites a policy, it says besides what is against it by all that is known by now
(`reason_now`): an announcement that follows is one after the fact.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from bus.events import Mode

_NAMESPACE = UUID("c4fc118b-b594-57e4-a87d-8763db75a006")
"""Of finding ids: uuid5 of NAMESPACE_URL and "urn:interagency-bus:finding".

Never change it: every published finding would come back under a new id.
"""


class FindingKind(StrEnum):
    """The kinds of finding that the announcement rules make."""

    UNANNOUNCED_POLICY = "UNANNOUNCED_POLICY"
    LATE_NOTICE = "LATE_NOTICE"
    IN_FORCE_NOT_ANNOUNCED = "IN_FORCE_NOT_ANNOUNCED"
    MISSING_CITATION = "MISSING_CITATION"
    CONFLICT = "CONFLICT"
    MODE_UNSOUND = "MODE_UNSOUND"
    EMERGENCY_NOTICE = "EMERGENCY_NOTICE"
    OBJECTION = "OBJECTION"
    PROCEEDED_OVER_OBJECTION = "PROCEEDED_OVER_OBJECTION"
    COMPELLED = "COMPELLED"
    OBSERVED_POLICY = "OBSERVED_POLICY"
    CITED_NOT_CLEAR = "CITED_NOT_CLEAR"
    VOID_NOTICE = "VOID_NOTICE"
    VOID_ACKNOWLEDGEMENT = "VOID_ACKNOWLEDGEMENT"
    VOID_COORDINATION = "VOID_COORDINATION"
    DECISION_NUMBERS = "DECISION_NUMBERS"
    OVERDUE = "OVERDUE"
    CHANNEL_FAILED = "CHANNEL_FAILED"
    PRACTICE_SHIFT = "PRACTICE_SHIFT"
    EXERCISE_OUTSIDE_WINDOW = "EXERCISE_OUTSIDE_WINDOW"


class Severity(StrEnum):
    """How loudly a finding is told."""

    INFO = "INFO"
    WARNING = "WARNING"
    ALARM = "ALARM"


SEVERITIES = {
    FindingKind.UNANNOUNCED_POLICY: Severity.ALARM,
    FindingKind.LATE_NOTICE: Severity.WARNING,
    FindingKind.IN_FORCE_NOT_ANNOUNCED: Severity.ALARM,
    FindingKind.MISSING_CITATION: Severity.WARNING,
    FindingKind.CONFLICT: Severity.ALARM,
    FindingKind.MODE_UNSOUND: Severity.ALARM,
    FindingKind.EMERGENCY_NOTICE: Severity.WARNING,
    FindingKind.OBJECTION: Severity.ALARM,
    FindingKind.PROCEEDED_OVER_OBJECTION: Severity.ALARM,
    FindingKind.COMPELLED: Severity.ALARM,
    FindingKind.OBSERVED_POLICY: Severity.ALARM,
    FindingKind.CITED_NOT_CLEAR: Severity.ALARM,
    FindingKind.VOID_NOTICE: Severity.WARNING,
    FindingKind.VOID_ACKNOWLEDGEMENT: Severity.WARNING,
    FindingKind.VOID_COORDINATION: Severity.WARNING,
    FindingKind.DECISION_NUMBERS: Severity.WARNING,
    FindingKind.OVERDUE: Severity.ALARM,
    FindingKind.CHANNEL_FAILED: Severity.WARNING,
    FindingKind.PRACTICE_SHIFT: Severity.ALARM,
    FindingKind.EXERCISE_OUTSIDE_WINDOW: Severity.WARNING,
}


def finding_id_of(kind: FindingKind, mode: Mode, cause: tuple[str | int, ...]) -> UUID:
    """Return the id of the finding of this kind, mode and cause."""
    return uuid5(_NAMESPACE, json.dumps([kind, mode, *cause]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something found.

    `event_id` and `source` are of the record that showed it; `facts` names every record that
    it rests on; `office` is the one that it is about. `reason` is a code that says which of its
    kind it is. `cause` goes into the id alone.
    """

    kind: FindingKind
    cause: tuple[str | int, ...]
    mode: Mode
    opened_at: datetime
    facts: tuple[str, ...]
    reason: str | None = None
    policy_id: str | None = None
    office: str | None = None
    source: str | None = None
    event_id: UUID | None = None

    @property
    def finding_id(self) -> UUID:
        """Made of kind, mode and cause: the same cause makes one finding."""
        return finding_id_of(self.kind, self.mode, self.cause)

    @property
    def severity(self) -> Severity:
        """An exercise alarms nobody."""
        return SEVERITIES[self.kind] if self.mode is Mode.ACTUAL else Severity.INFO
