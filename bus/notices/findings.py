"""What somebody must look at.

    UNANNOUNCED_POLICY       a custody event acts on a policy of which there is no notice, or
                             before the day that its notice names
    LATE_NOTICE              the notice's recorded time leaves less than the lead time, or a
                             delivery came too late
    IN_FORCE_NOT_ANNOUNCED   at some fact, the governing revision is in force and not announced
    MISSING_CITATION         a separation, or an adult's referral for prosecution, cites neither
                             a policy nor an individual determination with its ground
    CONFLICT                 one identity has two contents
    MODE_UNSOUND             a mode is missing, contradictory, or not the policy's own

A finding says what was known when it was opened, so nothing that comes later takes it back: a
notice that follows the first citation is a notice after the fact.
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
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something found.

    `event_id` and `source` are of the record that showed it; `facts` names every record that
    it rests on; `office` is the one that it is about. `cause` goes into the id alone.
    """

    kind: FindingKind
    cause: tuple[str | int, ...]
    mode: Mode
    opened_at: datetime
    facts: tuple[str, ...]
    policy_id: str | None = None
    office: str | None = None
    source: str | None = None
    event_id: UUID | None = None

    @property
    def finding_id(self) -> UUID:
        """Made of kind, mode and cause: the same cause makes one finding."""
        return uuid5(_NAMESPACE, json.dumps([self.kind, self.mode, *self.cause]))

    @property
    def severity(self) -> Severity:
        """An exercise alarms nobody."""
        return SEVERITIES[self.kind] if self.mode is Mode.ACTUAL else Severity.INFO
