"""Facts for tests, told briefly: days count from 2018-01-01, ids and offsets from one counter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from bus.events import Mode
from bus.notices.clearance import Clearance, derive
from bus.notices.durations import calendar_days, hours
from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    Answer,
    AnyFact,
    Cancel,
    CancelCause,
    CitationFact,
    ConditionAnswer,
    CoordinationFact,
    CoordinationKind,
    DeadLetterFact,
    Decision,
    Delegation,
    Disclosure,
    Disposition,
    Emergency,
    ExerciseWindow,
    ExpectedImpact,
    LiftStay,
    NoticeFact,
    Observation,
    Origin,
    Outcome,
    PartyApproval,
    Readiness,
    ReceiptFact,
    Scope,
    Seat,
    Stage,
    Statement,
    Stay,
    TextRead,
)
from bus.notices.history import History

POLICY = "doj/2018/zero-tolerance"
INTAKE = "hhs.orr.intake"
DIRECTOR = "hhs.orr.director"
OFFICES = (INTAKE, DIRECTOR)
TEXT_A = "a" * 64
TEXT_B = "b" * 64

_numbers = count(1)


def day(number: float) -> datetime:
    """Return a moment by its distance from the start of 2018."""
    return datetime(2018, 1, 1, tzinfo=UTC) + timedelta(days=number)


def origin(
    topic: str,
    recorded: float,
    *,
    mode: Mode = Mode.ACTUAL,
    sound: bool = True,
    faults: tuple[str, ...] = (),
    event_id: UUID | None = None,
    offset: int | None = None,
) -> Origin:
    number = next(_numbers)
    return Origin(
        event_id=event_id or UUID(int=number),
        source=f"{topic.partition('.')[0]}/store",
        topic=topic,
        partition=0,
        offset=number if offset is None else offset,
        sequence=number,
        recorded_at=day(recorded),
        mode=mode,
        mode_is_sound=sound,
        faults=faults,
    )


def notice(
    *,
    recorded: float = 0,
    effective: float = 60,
    revision: int = 1,
    text: str = TEXT_A,
    policy_id: str = POLICY,
    topic: str = "doj.policy-notice.v1",
    issuing_office: str = "doj.oag",
    content: str | None = None,
    stage: Stage = Stage.FINAL,
    drafter: str = "d-1",
    approver: str | None = "a-2",
    expires: float | None = None,
    emergency_ends: float | None = None,
    basis: str = "PUBLIC_HEALTH",
    instrument: str = "MEMORANDUM",
    disclosure: Disclosure = Disclosure.FULL,
    sealed: str | None = None,
    scope: Scope = Scope(),  # noqa: B008 - a frozen value
    recorded_by: str | None = None,
    supersedes: str | None = None,
    replaces: str | None = None,
    required: tuple[str, ...] = (),
    places_needed: int | None = None,
    per_week: int | None = None,
    needed_from: float | None = None,
    mode: Mode = Mode.ACTUAL,
    sound: bool = True,
    faults: tuple[str, ...] = (),
    offset: int | None = None,
) -> NoticeFact:
    starts_at = None if needed_from is None else day(needed_from)
    impact = ExpectedImpact(
        places_needed=places_needed, starts_at=starts_at, children_per_week=per_week
    )
    return NoticeFact(
        origin=origin(topic, recorded, mode=mode, sound=sound, faults=faults, offset=offset),
        policy_id=policy_id,
        revision=revision,
        stage=stage,
        instrument=instrument,
        issuing_office=issuing_office,
        material_digest=text,
        content=content or f"{text} as published",
        effective_at=day(effective),
        drafter_id=drafter,
        approver_id=approver,
        replaces_digest=replaces,
        expires_at=None if expires is None else day(expires),
        emergency=None
        if emergency_ends is None
        else Emergency(basis=basis, is_reasoned=True, ends_at=day(emergency_ends)),
        supersedes=supersedes,
        required_offices=required,
        expected_impact=impact,
        disclosure=disclosure,
        sealed_digest=sealed,
        scope=scope,
        recorded_by=recorded_by,
    )


def decision(
    office: str,
    what: Decision,
    *,
    recorded: float = 2,
    number: int = 1,
    revision: int = 1,
    text: str = TEXT_A,
    policy_id: str = POLICY,
    topic: str = "hhs.acknowledgement.v1",
    officer: str | None = None,
    conditions: tuple[str, ...] = (),
    waives: bool = False,
    read: TextRead = TextRead.READ,
    places: int | None = None,
    places_from: float | None = None,
    on_behalf_of: str | None = None,
    recorded_by: str | None = None,
    mode: Mode = Mode.ACTUAL,
    sound: bool = True,
    faults: tuple[str, ...] = (),
) -> AcknowledgementFact:
    """Return what an office decides, by an officer of its own unless one is named."""
    starts_at = None if places_from is None else day(places_from)
    return AcknowledgementFact(
        origin=origin(topic, recorded, mode=mode, sound=sound, faults=faults),
        policy_id=policy_id,
        revision=revision,
        material_digest=text,
        office=office,
        officer_id=officer or f"{office}-17",
        decision_no=number,
        decision=what,
        conditions=conditions,
        waives_lead_time=waives,
        text_read=read,
        readiness=None if places is None else Readiness(places=places, starts_at=starts_at),
        on_behalf_of=on_behalf_of,
        recorded_by=recorded_by,
    )


def accept(office: str = INTAKE, **details: object) -> AcknowledgementFact:
    return decision(office, Decision.ACCEPT, **details)  # type: ignore[arg-type]


def reject(office: str = INTAKE, **details: object) -> AcknowledgementFact:
    return decision(office, Decision.REJECT, **details)  # type: ignore[arg-type]


def withdraw(office: str = INTAKE, **details: object) -> AcknowledgementFact:
    return decision(office, Decision.WITHDRAW, **details)  # type: ignore[arg-type]


def both_accept(**details: object) -> list[AcknowledgementFact]:
    return [accept(office, **details) for office in OFFICES]


def receipt(
    *notices: NoticeFact,
    recorded: float = 1,
    group: str = "hhs-intake",
    topic: str = "hhs.delivery-receipt.v1",
    office: str | None = None,
    mode: Mode = Mode.ACTUAL,
    sound: bool = True,
) -> ReceiptFact:
    return ReceiptFact(
        origin=origin(topic, recorded, mode=mode, sound=sound),
        group=group,
        office=office,
        event_ids=frozenset(each.event_id for each in notices),
    )


def coordination(
    kind: CoordinationKind,
    statement: Statement | None = None,
    *,
    recorded: float = 3,
    office: str = "doj.oag",
    officer: str = "d-9",
    topic: str = "doj.coordination.v1",
    policy_id: str | None = POLICY,
    recorded_by: str | None = None,
    mode: Mode = Mode.ACTUAL,
    sound: bool = True,
    faults: tuple[str, ...] = (),
    coordination_id: UUID | None = None,
) -> CoordinationFact:
    return CoordinationFact(
        origin=origin(topic, recorded, mode=mode, sound=sound, faults=faults),
        coordination_id=coordination_id or UUID(int=next(_numbers)),
        policy_id=policy_id,
        office=office,
        officer_id=officer,
        kind=kind,
        statement=statement,
        recorded_by=recorded_by,
    )


def cancel(since: float | None, **details: object) -> CoordinationFact:
    statement = None if since is None else Cancel(cause=CancelCause.RESCINDED, since=day(since))
    return coordination(CoordinationKind.CANCEL, statement, **details)  # type: ignore[arg-type]


def stay(since: float | None, **details: object) -> CoordinationFact:
    statement = None if since is None else Stay(since=day(since))
    return coordination(CoordinationKind.STAY, statement, **details)  # type: ignore[arg-type]


def lift(
    stayed: CoordinationFact, since: float, *, approver: str = "a-2", **details: object
) -> CoordinationFact:
    statement = LiftStay(stay_id=stayed.coordination_id, since=day(since), approver_id=approver)
    return coordination(CoordinationKind.LIFT_STAY, statement, **details)  # type: ignore[arg-type]


def answer(
    condition_id: str, what: Answer | None = Answer.AGREED, to: str = INTAKE, **details: object
) -> CoordinationFact:
    statement = ConditionAnswer(office=to, condition_id=condition_id, answer=what)
    return coordination(CoordinationKind.CONDITION_ANSWER, statement, **details)  # type: ignore[arg-type]


def delegate(
    to_office: str,
    *,
    office: str = INTAKE,
    since: float = 0,
    until: float | None = None,
    recorded: float = 1,
    **details: object,
) -> CoordinationFact:
    statement = Delegation(
        to_office=to_office, since=day(since), until=None if until is None else day(until)
    )
    details = {"topic": "hhs.coordination.v1", "office": office, **details}
    return coordination(CoordinationKind.DELEGATION, statement, recorded=recorded, **details)  # type: ignore[arg-type]


def revoke(to_office: str, *, recorded: float, **details: object) -> CoordinationFact:
    """Return an office's word that the other one may no longer decide for it."""
    return delegate(to_office, since=recorded, until=recorded, recorded=recorded, **details)  # type: ignore[arg-type]


def window(begins: float, ends: float, **details: object) -> CoordinationFact:
    """Return an agency's declaration that it exercises; the DHS's, unless said otherwise."""
    span = ExerciseWindow(starts_at=day(begins), ends_at=day(ends))
    defaults: dict[str, object] = {
        "recorded": 0,
        "office": "dhs.plcy",
        "topic": "dhs.coordination.v1",
        "policy_id": None,
    }
    return coordination(CoordinationKind.EXERCISE_WINDOW, span, **(defaults | details))  # type: ignore[arg-type]


def observation(
    *, agency: str = "doj", channel: str = "STAFF_REPORT", **details: object
) -> CoordinationFact:
    """Return what an office saw; ORR's director, in no policy's name, unless said otherwise."""
    body = Observation(agency=agency, channel=channel, seen_at=None)
    defaults: dict[str, object] = {
        "office": DIRECTOR,
        "topic": "hhs.coordination.v1",
        "policy_id": None,
    }
    return coordination(CoordinationKind.OBSERVATION, body, **(defaults | details))  # type: ignore[arg-type]


def disposition(
    of: UUID,
    outcome: Outcome | None,
    *,
    office: str = "doj.oag",
    reference: str | None = None,
    **details: object,
) -> CoordinationFact:
    """Return what an office says became of an observation or a finding."""
    body = Disposition(of=of, outcome=outcome, reference=reference)
    owner = office.partition(".")[0]
    defaults: dict[str, object] = {
        "office": office,
        "topic": f"{owner}.coordination.v1",
        "policy_id": None,
    }
    return coordination(CoordinationKind.DISPOSITION, body, **(defaults | details))  # type: ignore[arg-type]


def dead_letter(
    *,
    opened: float = 3,
    closed: float | None = None,
    policy_id: str | None = POLICY,
    mode: Mode = Mode.ACTUAL,
) -> DeadLetterFact:
    number = next(_numbers)
    return DeadLetterFact(
        dead_letter_id=UUID(int=number),
        topic="hhs.acknowledgement.v1",
        partition=1,
        offset=number,
        policy_id=policy_id,
        opened_at=day(opened),
        closed_at=None if closed is None else day(closed),
        mode=mode,
    )


def agreement(
    *,
    recorded: float = 0,
    begins: float = 0,
    ends: float | None = None,
    name: str = "hhs-doj",
    version: int = 1,
    party: str = "doj",
    parties: frozenset[str] | None = None,
    approved_by: tuple[str, ...] | None = None,
    topic: str = "bus.agreement.v1",
    mode: Mode = Mode.ACTUAL,
    sound: bool = True,
    **details: object,
) -> AgreementFact:
    """Return what agencies agreed: ORR's intake accepts, told 45 calendar days ahead."""
    between = frozenset({party, "hhs"}) if parties is None else parties
    defaults: dict[str, object] = {
        "seats": (Seat.of_office(INTAKE),),
        "receipts": ((INTAKE, "hhs-intake"),),
        "lead_time": calendar_days(45),
        "acknowledge_within": hours(72),
    }
    return AgreementFact(
        origin=origin(topic, recorded, mode=mode, sound=sound),
        agreement_id=name,
        version=version,
        parties=between,
        approvals=tuple(
            PartyApproval(each, f"{each}.counsel", f"{each}-2", day(-30))
            for each in (sorted(between) if approved_by is None else approved_by)
        ),
        valid_from=day(begins),
        valid_to=None if ends is None else day(ends),
        **(defaults | details),  # type: ignore[arg-type]
    )


def citation(
    *,
    recorded: float,
    kind: str = "REFERRED_FOR_PROSECUTION",
    policy_id: str | None = POLICY,
    basis: str | None = None,
    ground: str | None = None,
    role: str | None = "PARENT",
    office: str | None = "dhs.cbp.usbp",
    occurred: float | None = None,
    sector: str | None = None,
    reason: str | None = None,
    mode: Mode = Mode.ACTUAL,
    sound: bool = True,
) -> CitationFact:
    return CitationFact(
        origin=origin("dhs.custody-event.v1", recorded, mode=mode, sound=sound),
        event_kind=kind,
        agency="dhs",
        occurred_at=day(recorded if occurred is None else occurred),
        office=office,
        sector=sector,
        separation_reason=reason,
        policy_id=policy_id,
        basis=basis,
        ground=ground,
        subject_role=role,
    )


def clearance(facts: Iterable[AnyFact], at: float, known_at: float | None = None) -> Clearance:
    """Ask about the policy; what was recorded within a year is known unless said otherwise."""
    known = day(365 if known_at is None else known_at)
    return derive(POLICY, History.of(facts), at=day(at), known_at=known)


def announced_story(effective: float = 60, **details: object) -> list[AnyFact]:
    """Return the shortest history that announces a policy: told, delivered, accepted by both."""
    first = notice(effective=effective, **details)  # type: ignore[arg-type]
    return [first, receipt(first), *both_accept()]


def codes(state: Clearance, office: str | None = None) -> set[str]:
    """Return the reasons' codes, of one office where one is given."""
    return {
        reason.code.value for reason in state.reasons if office is None or reason.office == office
    }
