"""What is said about a policy after its announcement: it ends, is stayed, goes on, is compelled.

Each function returns the record to publish, or raises UsageError where that would have no
effect, with what would have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from bus.errors import UsageError
from bus.notices.assessment import Assessment
from bus.notices.detector.statements import OBJECTIONS
from bus.notices.facts import CancelCause, CoordinationFact, CoordinationKind
from bus.notices.states import Code
from bus.notices.stays import stays_of, why_void
from bus.offices.known_policy import KnownPolicy, as_fact
from bus.offices.observing import Officer, Step
from bus.storage.connections import Connection
from bus.topics import COORDINATION, agency_of, topics_of


def step_on(
    known: KnownPolicy, officer: Officer, kind: CoordinationKind, body: dict[str, object]
) -> Step:
    """Return a statement about the policy, in the policy's own mode."""
    return Step(officer=officer, kind=kind, body=body, policy_id=known.policy_id, mode=known.mode)


def require_issuer(known: KnownPolicy, officer: Officer, what: str) -> None:
    """Raise UsageError where another agency than the policy's own would speak."""
    issuer = agency_of(known.policy_id)
    if officer.owner != issuer:
        raise UsageError(
            f"only {issuer} can {what}, and {officer.office} is an office of {officer.owner}: "
            f"let an office of {issuer} do it"
        )


def cancellation(
    known: KnownPolicy, officer: Officer, cause: CancelCause, since: str | None
) -> Step:
    """End the policy for ever, by its issuer. An earlier end than the recorded one is an effect."""
    require_issuer(known, officer, f"cancel {known.policy_id}")
    begins = known.moment(since)
    earlier = next((each for each in known.dossier.cancellations if each.holds_at(begins)), None)
    if earlier is not None:
        ended = f" from {earlier.since.isoformat()}" if earlier.since else ""
        raise UsageError(
            f"{earlier.office} has cancelled {known.policy_id}{ended} already: only an earlier "
            "--from would change anything"
        )
    body: dict[str, object] = {"cause": cause.value, "from": begins}
    return step_on(known, officer, CoordinationKind.CANCEL, body)


@dataclass(frozen=True, slots=True)
class Case:
    """The court case that a stay or a compulsion comes from."""

    court: str
    docket: str

    def __post_init__(self) -> None:
        if not (self.court.strip() and self.docket.strip()):
            raise UsageError("name the court with --court and its docket number with --docket")

    @property
    def body(self) -> dict[str, object]:
        """The fields by which a record names it."""
        return {"court": self.court, "docket": self.docket}


def stay(
    known: KnownPolicy, officer: Officer, case: Case, scope: str | None, since: str | None
) -> Step:
    """Record a court's stay: by whichever agency has the order. All of the policy is stayed."""
    body = {**case.body, "scope": scope, "from": known.moment(since)}
    return step_on(known, officer, CoordinationKind.STAY, body)


def lifting(
    known: KnownPolicy,
    officer: Officer,
    stay_id: UUID,
    approver: tuple[str, str],
    since: str | None,
) -> Step:
    """Lift a stay, by two officers of the agency that recorded it."""
    role, officer_id = approver
    body: dict[str, object] = {
        "stay_id": str(stay_id),
        "from": known.moment(since),
        "approved_by": {"role": role, "id": officer_id},
    }
    step = step_on(known, officer, CoordinationKind.LIFT_STAY, body)
    _refuse_void_lifting(as_fact(step, known), stay_id, known)
    return step


def _refuse_void_lifting(lift: CoordinationFact, stay_id: UUID, known: KnownPolicy) -> None:
    match why_void(lift, known.dossier):
        case None:
            return
        case Code.OTHER_AGENCY:
            stays = known.dossier.of_kind(CoordinationKind.STAY)
            owner = next(each.owner for each in stays if each.coordination_id == stay_id)
            raise UsageError(
                f"stay {stay_id} was recorded by {owner}, and only {owner} can lift it: let two "
                f"officers of {owner} do it"
            )
        case Code.ONE_OFFICER:
            raise UsageError(
                "lifting a stay takes two officers: name another one with --approved-by"
            )
        case Code.STAY_LIFTED:
            raise UsageError(_lifted(known, stay_id))
        case _:
            raise UsageError(
                f"{known.policy_id} has no stay {stay_id} that this could lift: `bus timeline "
                f"{known.policy_id}` shows its stays"
            )


def _lifted(known: KnownPolicy, stay_id: UUID) -> str:
    lifted_at = next(
        each.lifted_at
        for each in stays_of(known.dossier)
        if each.stay.coordination_id == stay_id and each.lifted_at
    )
    return (
        f"stay {stay_id} was lifted from {lifted_at.isoformat()} on, and the first lifting "
        "counts: another stay takes a `bus policy stay` of its own"
    )


POLICY_OF_STAY = """
SELECT policy_id FROM fact
WHERE topic = ANY(%s) AND data ->> 'kind' = 'STAY' AND data ->> 'coordination_id' = %s
"""


async def policy_of_stay(tracker: Connection, stay_id: UUID) -> str | None:
    """Return the policy that this stay is about; None where the tracker knows no such stay."""
    topics = [topic.name for topic in topics_of(COORDINATION)]
    cursor = await tracker.execute(POLICY_OF_STAY, [topics, str(stay_id)])
    row = await cursor.fetchone()
    return None if row is None else str(row[0])


def proceeding(known: KnownPolicy, officer: Officer, revision: int | None, reason: str) -> Step:
    """Go on although an office objects, by the issuer. The gate stays as it is."""
    require_issuer(known, officer, f"proceed with {known.policy_id}")
    revisions = known.judgement.assessments
    number = max(revisions) if revision is None else revision
    if number not in revisions:
        listed = ", ".join(map(str, sorted(revisions)))
        raise UsageError(f"{known.policy_id} has no revision {number}; it has {listed}")
    if not objecting_offices(revisions[number]):
        raise UsageError(_nobody_objects(known, number))
    body: dict[str, object] = {"revision": number, "reason": reason}
    return step_on(known, officer, CoordinationKind.PROCEED_OVER_OBJECTION, body)


def objecting_offices(assessment: Assessment) -> list[str]:
    """Return the offices that stand against a revision, by name."""
    offices = {reason.office for reason in assessment.reasons if reason.code in OBJECTIONS}
    return sorted(filter(None, offices))


def _nobody_objects(known: KnownPolicy, number: int) -> str:
    others = [
        each.revision.number
        for each in known.judgement.assessments.values()
        if objecting_offices(each)
    ]
    instead = (
        f"an office objects to revision {others[-1]}: name it with --revision {others[-1]}"
        if others
        else f"`bus clearance {known.policy_id}` shows whose answer is missing"
    )
    return f"no office objects to revision {number}; {instead}"


def compulsion(known: KnownPolicy, officer: Officer, case: Case, reason: str) -> Step:
    """Record that a court compels the policy. The gate stays as it is."""
    body: dict[str, object] = {**case.body, "reason": reason}
    return step_on(known, officer, CoordinationKind.COMPELLED, body)
