"""What an office tells beside notices and answers: observations, exercises, dispositions.

Each is a coordination record, published through the outbox of the office's own agency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from bus.codec.schemas import SchemaStore
from bus.errors import UsageError
from bus.events import Draft, Mode, new_event_id
from bus.notices.facts import CoordinationKind, Outcome
from bus.notices.life import OVERSEER, FindingState, may_dispose
from bus.publishing.entries import Published
from bus.publishing.outbox import Outbox
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.topics import AGENCIES, COORDINATION, agency_of
from bus.tracker.changes import StoredFinding
from bus.tracker.state_store import stored_findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Who speaks, for which office."""

    office: str
    role: str
    officer_id: str

    @property
    def owner(self) -> str:
        """The agency whose outbox it is published through. Raises UsageError for none."""
        owner = agency_of(self.office)
        if owner not in AGENCIES or owner == self.office:
            raise UsageError(
                f"{self.office!r} is no office: begin it with one of {', '.join(AGENCIES)}, such "
                "as hhs.orr.intake"
            )
        return owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One coordination record that is to be published."""

    officer: Officer
    kind: CoordinationKind
    body: dict[str, object]
    policy_id: str | None = None
    mode: Mode = Mode.ACTUAL
    coordination_id: UUID = field(default_factory=new_event_id)

    @property
    def draft(self) -> Draft:
        """The event."""
        return Draft(
            topic=f"{self.officer.owner}.{COORDINATION.name}.v1",
            mode=self.mode,
            data={
                "coordination_id": str(self.coordination_id),
                "policy_id": self.policy_id,
                "office": self.officer.office,
                "officer": {"role": self.officer.role, "id": self.officer.officer_id},
                "mode": self.mode.value,
                "kind": self.kind.value,
                self.kind.lower(): self.body,
            },
        )


async def tell_step(settings: Settings, step: Step, schemas: SchemaStore) -> Published:
    """Publish it. Raises InvalidEventError with every fault; nothing is published then."""
    owner = step.officer.owner
    url = settings.database_url_of(owner)
    async with owner_session(url, owner) as connection, connection.transaction():
        outbox = Outbox(owner, settings.clock(), schemas)
        (published,) = await outbox.publish(connection, [step.draft])
    return published


def observation_body(
    *, agency: str, channel: str, description: str, seen_at: datetime | None, where: str | None
) -> dict[str, object]:
    """Return the body of an observation."""
    return {
        "channel": channel,
        "agency": agency,
        "description": description,
        "seen_at": seen_at,
        "where": where,
    }


async def disposition_of(
    tracker: Connection,
    finding_id: UUID,
    outcome: Outcome,
    officer: Officer,
    reference: str | None,
) -> Step | None:
    """Return the record by which an office takes or resolves a finding; None if there is none.

    Raises UsageError where the disposition would be void, with who may or what is missing.
    """
    found = await stored_findings(tracker, [finding_id])
    if not found:
        return None
    _refuse_void(found[0], outcome, officer, reference)
    return Step(
        officer=officer,
        kind=CoordinationKind.DISPOSITION,
        body={"of": str(finding_id), "outcome": outcome.value, "reference": reference},
        policy_id=_text(found[0].payload["policy_id"]),
        mode=found[0].mode,
    )


def _refuse_void(
    finding: StoredFinding, outcome: Outcome, officer: Officer, reference: str | None
) -> None:
    if finding.is_withdrawn:
        raise UsageError(
            f"finding {finding.finding_id} was withdrawn: by all that is known it never held, and "
            "there is nothing to dispose of"
        )
    if finding.payload["state"] == FindingState.RESOLVED:
        raise UsageError(
            f"finding {finding.finding_id} was resolved by {finding.payload['resolved_by']}: "
            f"{finding.payload['reference']}"
        )
    if not may_dispose(officer.office, finding.about):
        whose = f"an office of {agency_of(finding.about)} or " if finding.about else ""
        raise UsageError(
            f"{officer.office} can't dispose of finding {finding.finding_id}: ask {whose}{OVERSEER}"
        )
    if outcome is Outcome.RESOLVED and not (reference or "").strip():
        raise UsageError("say with --reference where it can be read what was done")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
