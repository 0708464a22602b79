"""What each kind of coordination states: one class for each body of a record.

Text that only people read (descriptions, reasons, answers in words) stays in the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bus.events import Payload
from bus.notices.facts.origin import officer_id


class CancelCause(StrEnum):
    """Why a policy is cancelled."""

    MISTAKEN = "MISTAKEN"
    RESCINDED = "RESCINDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A second officer approves the text of a revision."""

    revision: int
    material_digest: str

    @classmethod
    def from_body(cls, body: Payload) -> Approval:
        return cls(revision=body["revision"], material_digest=body["material_digest"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """The issuer ends the policy. `cause` is None where it couldn't be read."""

    cause: CancelCause | None
    since: datetime

    @classmethod
    def from_body(cls, body: Payload) -> Cancel:
        cause = body["cause"]
        return cls(cause=CancelCause(cause) if cause else None, since=body["from"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A court stays the policy."""

    since: datetime

    @classmethod
    def from_body(cls, body: Payload) -> Stay:
        return cls(since=body["from"])


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftStay:
    """A stay ends, by two officers: the record's own and this approver."""

    stay_id: UUID
    since: datetime
    approver_id: str

    @classmethod
    def from_body(cls, body: Payload) -> LiftStay:
        return cls(
            stay_id=UUID(str(body["stay_id"])),
            since=body["from"],
            approver_id=officer_id(body["approved_by"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseWindow:
    """An exercise runs from `starts_at` until `ends_at`, exclusive."""

    starts_at: datetime
    ends_at: datetime

    @classmethod
    def from_body(cls, body: Payload) -> ExerciseWindow:
        return cls(starts_at=body["from"], ends_at=body["to"])


class Answer(StrEnum):
    """How a condition was answered."""

    AGREED = "AGREED"
    ANSWERED = "ANSWERED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionAnswer:
    """The issuer answers a condition of an office's acceptance.

    `answer` is None where it couldn't be read: then nothing is agreed.
    """

    office: str
    condition_id: str
    answer: Answer | None

    @classmethod
    def from_body(cls, body: Payload) -> ConditionAnswer:
        answer = body["answer"]
        return cls(
            office=body["office"],
            condition_id=body["condition_id"],
            answer=Answer(answer) if answer else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """The record's office lets another decide, until `until`, exclusive.

    Where that isn't after `since`, it lets the other decide no longer.
    """

    to_office: str
    since: datetime
    until: datetime | None

    @property
    def is_revocation(self) -> bool:
        return self.until is not None and self.until <= self.since

    @classmethod
    def from_body(cls, body: Payload) -> Delegation:
        return cls(to_office=body["to_office"], since=body["from"], until=body.get("to"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """An office saw a policy that seems to be of `agency`, which may be one of its offices."""

    agency: str
    channel: str | None
    seen_at: datetime | None

    @classmethod
    def from_body(cls, body: Payload) -> Observation:
        return cls(agency=body["agency"], channel=body["channel"], seen_at=body.get("seen_at"))


class Outcome(StrEnum):
    """What became of an observation or a finding."""

    TAKEN = "TAKEN"
    RESOLVED = "RESOLVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What became of the observation or finding `of`.

    `outcome` is None where it couldn't be read: then nothing has become of it.
    """

    of: UUID
    outcome: Outcome | None
    reference: str | None

    @classmethod
    def from_body(cls, body: Payload) -> Disposition:
        outcome = body["outcome"]
        return cls(
            of=UUID(str(body["of"])),
            outcome=Outcome(outcome) if outcome else None,
            reference=body.get("reference"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProceedOverObjection:
    """The issuer proceeds with a revision although an office rejected it."""

    revision: int

    @classmethod
    def from_body(cls, body: Payload) -> ProceedOverObjection:
        return cls(revision=body["revision"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Compelled:
    """A court compels the issuer."""

    @classmethod
    def from_body(cls, _: Payload) -> Compelled:
        return cls()


Statement = (
    Approval
    | Cancel
    | Stay
    | LiftStay
    | ExerciseWindow
    | ConditionAnswer
    | Delegation
    | Observation
    | Disposition
    | ProceedOverObjection
    | Compelled
)

STATEMENTS: dict[str, type[Statement]] = {
    "APPROVAL": Approval,
    "CANCEL": Cancel,
    "STAY": Stay,
    "LIFT_STAY": LiftStay,
    "EXERCISE_WINDOW": ExerciseWindow,
    "CONDITION_ANSWER": ConditionAnswer,
    "DELEGATION": Delegation,
    "OBSERVATION": Observation,
    "DISPOSITION": Disposition,
    "PROCEED_OVER_OBJECTION": ProceedOverObjection,
    "COMPELLED": Compelled,
}
"""The class of each kind's statement."""
