"""Which office is written to, about what: from states, findings and due actions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bus.channels import wording
from bus.channels.message import Message, MessageKind, Words
from bus.codec.definitions import Json
from bus.events import Mode
from bus.notices.agreement import DEFAULT_OFFICES
from bus.notices.assessment import Assessment, OfficeState
from bus.notices.clearance import Clearance, Judgement
from bus.notices.findings import FindingKind
from bus.notices.ladders import LadderStep
from bus.notices.payloads import PayloadDict
from bus.notices.schedule import DueAction, DueKind, owed, owing
from bus.notices.states import AnswerState, Force, RecordState
from bus.tracker.message_queue import message_id_of

KINDS_OF_ACTION = {
    DueKind.REMINDER: MessageKind.REMINDER,
    DueKind.OVERDUE: MessageKind.OVERDUE,
    DueKind.LADDER_STEP: MessageKind.LADDER_STEP,
}

LOOK = "look at what it rests on, and see to it that the policy's agency announces it."

TOLD_FINDINGS = {
    FindingKind.UNANNOUNCED_POLICY: (
        "A custody event acts on a policy that hasn't been announced for that day.",
        "don't act on it. Ask the agency that does for its notice, and " + LOOK,
    ),
    FindingKind.OBSERVED_POLICY: (
        "An office has seen a policy that nobody announced.",
        "don't act on it, and " + LOOK,
    ),
    FindingKind.LATE_NOTICE: (
        "A notice has left too little time before its policy takes effect.",
        "decide whether your office waives the lead time or rejects the text.",
    ),
    FindingKind.IN_FORCE_NOT_ANNOUNCED: (
        "A policy is in force that doesn't count as announced.",
        "don't act on it until the gate is clear, and say what is missing.",
    ),
    FindingKind.CONFLICT: (
        "One identity has two contents.",
        "find out which of the two holds; its author must publish a new revision or decision.",
    ),
    FindingKind.OBJECTION: (
        "An office has objected to a policy that was in force.",
        "look at the objection, and answer it by a new revision or a cancellation.",
    ),
    FindingKind.PROCEEDED_OVER_OBJECTION: (
        "The issuer proceeds although a required office has rejected the text.",
        "look at the reasons; the gate stays closed.",
    ),
    FindingKind.COMPELLED: (
        "A court compels what isn't clear.",
        "look at the reasons; the gate stays closed.",
    ),
}
"""What an office is told of a finding, and what it must do. Findings of single custody events are
published and listed, and no office is written to for each."""


def action_message(action: DueAction, judgement: Judgement, at: datetime) -> Message | None:
    """Return what is written because of an action; None where nobody is."""
    assessment = owed(judgement)
    kind = KINDS_OF_ACTION.get(action.kind)
    if kind is None or assessment is None or action.office is None or action.tells is None:
        return None
    state = next(each for each in assessment.offices if each.office == action.office)
    matter = _matter(judgement.dossier.policy_id, assessment, state)
    number = action.number or 0
    words = {
        MessageKind.REMINDER: lambda: wording.reminder(matter, number),
        MessageKind.OVERDUE: lambda: wording.overdue(matter),
        MessageKind.LADDER_STEP: lambda: wording.ladder_step(matter, str(action.tells), number),
    }[kind]()
    cause = [str(action.action_id)]
    return _message(kind, matter, words, office=action.tells, cause=cause, at=at)


def clearance_messages(
    state: Clearance, before: Mapping[str, Json] | None, version: int, judgement: Judgement
) -> Iterator[Message]:
    """Yield what the offices of required seats are told of a new state of a policy."""
    assessment = judgement.governing(state.at)
    if assessment is None:
        return
    asked = {each.office for each in owing(judgement)}
    due_before = _due_times(before)
    general = list(_changes(state, before, assessment))
    for office in state.offices:
        changes = list(general)
        owes = office.office in asked
        if owes and office.due_at and office.due_at != due_before.get(office.office):
            changes.append(f"The text has reached {office.office}.")
        if changes:
            matter = _matter(state.policy_id, assessment, office)
            words = wording.clearance_changed(matter, changes, owes_decision=owes)
            yield _message(
                MessageKind.CLEARANCE,
                matter,
                words,
                office=office.office,
                cause=("clearance", state.policy_id, version),
                at=state.at,
            )


def finding_messages(
    payload: PayloadDict, judgement: Judgement | None, at: datetime
) -> Iterator[Message]:
    """Yield what the offices concerned are told of a new finding about a policy."""
    told = TOLD_FINDINGS.get(FindingKind(str(payload["kind"])))
    if told is None or payload["policy_id"] is None:
        return
    what, needed = told
    assessment = owed(judgement) if judgement else None
    offices = {*(assessment.terms.offices if assessment else DEFAULT_OFFICES)}
    offices |= {str(payload["office"])} if "." in str(payload["office"]) else set()
    for office in sorted(offices):
        matter = wording.Matter(
            policy_id=str(payload["policy_id"]),
            mode=Mode(str(payload["mode"])),
            office=office,
            revision=assessment.revision.number if assessment else None,
            effective_at=assessment.notice.effective_at if assessment else None,
        )
        words = wording.finding(
            matter,
            kind=str(payload["kind"]),
            finding_id=str(payload["finding_id"]),
            what=what,
            needed=needed,
        )
        cause = ["finding", str(payload["finding_id"])]
        yield _message(MessageKind.FINDING, matter, words, office=office, cause=cause, at=at)


def step_message(step: LadderStep, payload: PayloadDict, at: datetime) -> Message:
    """Return what an office is told to which an alarm turns that nobody has taken."""
    kind, policy_id = str(payload["kind"]), payload["policy_id"]
    mode = Mode(str(payload["mode"]))
    what, _ = TOLD_FINDINGS.get(FindingKind(kind), (f"There is an alarm: {kind}.", ""))
    opened_at = payload["opened_at"]
    assert isinstance(opened_at, datetime)  # noqa: S101 - the column holds one
    words = wording.finding_step(
        wording.OpenFinding(
            finding_id=str(step.finding_id),
            kind=kind,
            what=what,
            about=str(payload["office"] or "no office by name"),
            policy_id=None if policy_id is None else str(policy_id),
            opened_at=opened_at,
        ),
        mode,
        told=step.tells,
        step=step.number,
    )
    return Message(
        message_id=message_id_of([str(step.action_id)], step.tells),
        kind=MessageKind.LADDER_STEP,
        mode=mode,
        office=step.tells,
        policy_id=None if policy_id is None else str(policy_id),
        at=at,
        words=words,
    )


def _message(
    kind: MessageKind,
    matter: wording.Matter,
    words: Words,
    *,
    office: str,
    cause: Sequence[str | int],
    at: datetime,
) -> Message:
    return Message(
        message_id=message_id_of(cause, office),
        kind=kind,
        mode=matter.mode,
        office=office,
        policy_id=matter.policy_id,
        at=at,
        words=words,
    )


def _matter(policy_id: str, assessment: Assessment, state: OfficeState) -> wording.Matter:
    return wording.Matter(
        policy_id=policy_id,
        mode=assessment.notice.mode,
        office=state.office,
        revision=assessment.revision.number,
        material_digest=assessment.notice.material_digest,
        delivered_at=state.delivered_at,
        due_at=state.due_at,
        effective_at=assessment.notice.effective_at,
    )


ANSWERS = {
    AnswerState.NO_SEAT: "No office is asked.",
    AnswerState.REJECTED: "A required office has rejected the text, or taken its acceptance back.",
    AnswerState.ACCEPTED: "Every required office has accepted the text.",
    AnswerState.PENDING: "Not every required office has accepted the text yet.",
}
FORCES = {
    Force.ENDED: "It has ended.",
    Force.STAYED: "A court has stayed it.",
    Force.IN_FORCE: "It is in force.",
    Force.NOT_YET: "It isn't in force yet.",
}
RECORDS = {
    RecordState.UNREADABLE: "A record of it can't be read, so its gate stays closed.",
    RecordState.UNKNOWN: "There is no notice of it.",
    RecordState.CONFLICT: "Its notice has two contents, so its gate stays closed.",
    RecordState.SOUND: "Its records can be read.",
}


def _changes(
    state: Clearance, before: Mapping[str, Json] | None, assessment: Assessment
) -> Iterator[str]:
    """Yield a sentence for each change that an addressee must know of."""
    known = before or {}
    if known.get("material_digest") != state.material_digest:
        effect = f"{assessment.notice.effective_at:%Y-%m-%d %H:%M} UTC"
        yield f"Revision {state.revision} is what counts, to take effect on {effect}."
    if before is None:
        return
    if known.get("announced") is not state.announced:
        yield "It counts as announced." if state.announced else "It doesn't count as announced."
    if state.answer and known.get("answer") != state.answer.value:
        yield ANSWERS[state.answer]
    if state.force and known.get("force") != state.force.value:
        yield FORCES[state.force]
    if known.get("record") != state.record.value:
        yield RECORDS[state.record]


def _due_times(before: Mapping[str, Json] | None) -> dict[str, datetime]:
    """Return when each office had to answer, as it was told last."""
    times: dict[str, datetime] = {}
    seats = (before or {}).get("seats")
    for seat in seats if isinstance(seats, list) else []:
        offices = seat.get("offices") if isinstance(seat, dict) else None
        for office in offices if isinstance(offices, list) else []:
            if isinstance(office, dict) and office.get("due_at"):
                times[str(office["office"])] = datetime.fromisoformat(str(office["due_at"]))
    return times
