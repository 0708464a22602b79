"""Coordination: cancellations, stays, and all that is said beside notices and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bus.events import Event, Payload
from bus.notices.facts.origin import Fact, Origin, is_own_entry, officer_id, recording_office
from bus.notices.facts.statements import STATEMENTS, Cancel, Statement, Stay
from bus.topics import agency_of


class CoordinationKind(StrEnum):
    """What a coordination record does."""

    APPROVAL = "APPROVAL"
    CANCEL = "CANCEL"
    STAY = "STAY"
    LIFT_STAY = "LIFT_STAY"
    EXERCISE_WINDOW = "EXERCISE_WINDOW"
    CONDITION_ANSWER = "CONDITION_ANSWER"
    DELEGATION = "DELEGATION"
    OBSERVATION = "OBSERVATION"
    DISPOSITION = "DISPOSITION"
    PROCEED_OVER_OBJECTION = "PROCEED_OVER_OBJECTION"
    COMPELLED = "COMPELLED"

    @property
    def is_of_a_policy(self) -> bool:
        """Whether it says nothing unless it names one policy; it may then close that one's gate.

        Directly, or by contradicting what else is said under its coordination_id.
        """
        return self not in (
            CoordinationKind.EXERCISE_WINDOW,
            CoordinationKind.OBSERVATION,
            CoordinationKind.DISPOSITION,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationFact(Fact):
    """One step of coordination beside notices and answers.

    `statement` is what its kind states; None where a record of a kind that closes a gate lacks
    it. `recorded_by` is the office that wrote the record for another that can't use the bus.
    """

    coordination_id: UUID
    policy_id: str | None
    office: str
    officer_id: str
    kind: CoordinationKind
    statement: Statement | None = None
    recorded_by: str | None = None

    @classmethod
    def from_event(cls, event: Event, recorded_at: datetime) -> CoordinationFact:
        return cls.from_payload(Origin.from_event(event, recorded_at), event.data)

    @classmethod
    def from_payload(cls, origin: Origin, data: Payload) -> CoordinationFact:
        kind = CoordinationKind(data["kind"])
        body = data.get(kind.lower())
        return cls(
            origin=origin,
            coordination_id=UUID(str(data["coordination_id"])),
            policy_id=data.get("policy_id"),
            office=data["office"],
            officer_id=officer_id(data["officer"]),
            kind=kind,
            statement=STATEMENTS[kind].from_body(body) if body else None,
            recorded_by=recording_office(data),
        )

    @property
    def since(self) -> datetime | None:
        """From when a CANCEL or a STAY holds.

        Where such a record doesn't say, it is None, and the record holds always: what closes a
        gate is read generously.
        """
        return self.statement.since if isinstance(self.statement, Cancel | Stay) else None

    @property
    def is_authorised(self) -> bool:
        return self.owner == agency_of(self.office)

    @property
    def is_by_issuer(self) -> bool:
        """Whether the agency says it that the policy is of."""
        return self.policy_id is not None and self.owner == agency_of(self.policy_id)

    @property
    def is_own_entry(self) -> bool:
        """Whether no other agency's liaison recorded it."""
        return is_own_entry(self.owner, self.recorded_by)

    @property
    def is_sound(self) -> bool:
        """Whether it may help to clear anything."""
        is_whole = self.statement is not None and not self.origin.faults
        return self.mode_is_sound and is_whole and self.is_own_entry

    @property
    def content(self) -> tuple[object, ...]:
        """What it says: two contents under one coordination_id contradict each other."""
        return (self.policy_id, self.office, self.kind, self.statement)

    def cancels(self, policy_id: str) -> bool:
        """Whether it cancels that policy: only the agency that issued a policy can."""
        return (
            self.kind is CoordinationKind.CANCEL
            and self.policy_id == policy_id
            and self.is_authorised
            and self.owner == agency_of(policy_id)
        )

    def holds_at(self, at: datetime) -> bool:
        """Whether a CANCEL or STAY has begun."""
        return self.since is None or self.since <= at
