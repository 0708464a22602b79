"""Deciding on a policy: an office accepts a text, rejects it, or takes its decision back.

A decision binds an office to one text, by its digest; so it is shown before it is made. Refused
is what would be void, with what to do instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bus.codec.schemas import SchemaStore
from bus.errors import UsageError
from bus.events import Draft, Mode, Payload
from bus.notices.approval import approvers_of
from bus.notices.assessment import Assessment, OfficeState
from bus.notices.clearance import Judgement, judge
from bus.notices.delegation import lets_decide
from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact, Decision, Stage, TextRead
from bus.notices.history import History
from bus.notices.states import Force, Lead, RecordState
from bus.offices.own_outbox import own_payloads
from bus.publishing.entries import Published
from bus.publishing.outbox import Outbox
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.topics import ACKNOWLEDGEMENT, AGENCIES, agency_of
from bus.tracker.fact_rows import FactRow
from bus.tracker.fact_store import load_policies
from bus.tracker.known import newest

TEXTS_READ = {
    "FULL": TextRead.READ,
    "SUMMARY": TextRead.SUMMARY_READ,
    "EXISTENCE": TextRead.NOT_READ,
}
"""What an office can have read, by what the notice discloses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intention:
    """What an officer wants to decide for an office. The highest revision, when None is named.

    `conditions` are in words; each gets an id. `places` are offered from `places_from` on.
    `on_behalf_of` is the office that lets this one decide. `has_read_text` says that the office
    has read the text itself, where the notice holds only a summary or its digest.
    """

    policy_id: str
    office: str
    officer_role: str
    officer_id: str
    decision: Decision
    reason: str | None = None
    waives_lead_time: bool = False
    revision: int | None = None
    conditions: tuple[str, ...] = ()
    places: int | None = None
    places_from: datetime | None = None
    on_behalf_of: str | None = None
    has_read_text: bool = False

    @property
    def deciding_office(self) -> str:
        """The office whose decision it is."""
        return self.on_behalf_of or self.office

    @property
    def owner(self) -> str:
        """The agency that the office belongs to."""
        return agency_of(self.office)

    @property
    def topic(self) -> str:
        """Where the decision is published."""
        return f"{self.owner}.{ACKNOWLEDGEMENT.name}.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A decision before it is made: the text that it binds to, and what the office should know."""

    intention: Intention
    revision: int
    material_digest: str
    title: str
    effective_at: datetime
    effective_time_zone: str
    mode: Mode
    text_read: TextRead
    delivered_at: datetime | None
    lead: Lead | None
    last_decision_no: int
    remarks: tuple[str, ...]

    def payload(self, decision_no: int) -> dict[str, object]:
        """Return the acknowledgement's payload."""
        intention = self.intention
        return {
            "policy_id": intention.policy_id,
            "revision": self.revision,
            "material_digest": self.material_digest,
            "office": intention.office,
            "officer": {"role": intention.officer_role, "id": intention.officer_id},
            "decision_no": decision_no,
            "decision": intention.decision.value,
            "conditions": self.conditions(decision_no),
            "reason": intention.reason,
            "waives_lead_time": intention.waives_lead_time,
            "text_read": self.text_read.value,
            "readiness": self._readiness(),
            "on_behalf_of": intention.on_behalf_of,
            "mode": self.mode.value,
            "recorded_by": None,
        }

    def conditions(self, decision_no: int) -> list[dict[str, str]]:
        """Return the conditions with their ids: each is unique among the office's own."""
        return [
            {"condition_id": f"d{decision_no}-c{place}", "text": text}
            for place, text in enumerate(self.intention.conditions, start=1)
        ]

    def _readiness(self) -> dict[str, object] | None:
        if self.intention.places is None:
            return None
        return {"places": self.intention.places, "from": self.intention.places_from}


async def propose(
    tracker: Connection, intention: Intention, now: datetime, schemas: SchemaStore
) -> Proposal | None:
    """Return the decision that would be made, or None where there is no notice of the policy.

    Raises UsageError, with what to do, where the decision would be void.
    """
    loaded = await load_policies(tracker, [intention.policy_id], schemas)
    history = History.of(loaded.facts)
    judgement = judge(intention.policy_id, history, newest(loaded.facts, now))
    if not judgement.assessments:
        return None
    decided = _decisions_of(intention, history)
    assessment = _assessment_of(intention, judgement, decided)
    row = next(each for each in loaded.rows if each.event_id == assessment.notice.event_id)
    deciding = intention.deciding_office
    office = next((each for each in assessment.offices if each.office == deciding), None)
    text_read = _text_read(intention, row)
    _refuse_void(intention, assessment, row, text_read, decided)
    _refuse_officer(intention, assessment, judgement.dossier)
    _refuse_undelegated(intention, judgement, now)
    return Proposal(
        intention=intention,
        revision=assessment.revision.number,
        material_digest=assessment.notice.material_digest,
        title=str(row.data["title"]),
        effective_at=assessment.notice.effective_at,
        effective_time_zone=str(row.data["effective_time_zone"]),
        mode=assessment.notice.mode,
        text_read=text_read,
        delivered_at=office.delivered_at if office else None,
        lead=office.lead if office else None,
        last_decision_no=max((each.decision_no for each in decided), default=0),
        remarks=tuple(_remarks(intention, assessment, office, judgement, now)),
    )


def _assessment_of(
    intention: Intention, judgement: Judgement, decided: Sequence[AcknowledgementFact]
) -> Assessment:
    """Return the revision that is meant: a withdrawal takes back what was decided last.

    Any other decision is on the newest text, where no revision is named.
    """
    known = judgement.assessments
    number = intention.revision
    if number is None and intention.decision is Decision.WITHDRAW and decided:
        number = max(decided, key=lambda each: each.decision_no).revision
    if number is None:
        number = max(known)
    if number not in known:
        listed = ", ".join(map(str, sorted(known)))
        raise UsageError(f"{intention.policy_id} has no revision {number}; it has {listed}")
    return known[number]


def _decisions_of(intention: Intention, history: History) -> list[AcknowledgementFact]:
    return [
        each
        for each in history.acknowledgements
        if each.policy_id == intention.policy_id
        and each.is_authorised
        and each.deciding_office == intention.deciding_office
    ]


def _text_read(intention: Intention, row: FactRow) -> TextRead:
    if intention.has_read_text:
        return TextRead.READ
    return TEXTS_READ.get(str(row.data["disclosure"]), TextRead.NOT_READ)


def _refuse_undelegated(intention: Intention, judgement: Judgement, now: datetime) -> None:
    """Refuse to decide for another office that lets nobody do so, or not this one."""
    if intention.on_behalf_of is None:
        return
    offices = intention.on_behalf_of, intention.office
    if not lets_decide(*offices, now, judgement.dossier):
        raise UsageError(
            f"{intention.on_behalf_of} doesn't let {intention.office} decide on "
            f"{intention.policy_id} now: `bus offices delegate` says who may"
        )


def _refuse_void(
    intention: Intention,
    assessment: Assessment,
    row: FactRow,
    text_read: TextRead,
    decided: Sequence[AcknowledgementFact],
) -> None:
    asked = sorted({*assessment.terms.offices, *_addressees(row)})
    if intention.deciding_office not in asked or intention.owner not in AGENCIES:
        raise UsageError(
            f"{intention.deciding_office} isn't asked about revision "
            f"{assessment.revision.number} of {intention.policy_id}; these are: {', '.join(asked)}"
        )
    number = assessment.revision.number
    if intention.decision is Decision.WITHDRAW and number not in {e.revision for e in decided}:
        raise UsageError(
            f"{intention.office} has decided nothing on revision {number} that it could withdraw: "
            "name the revision that it decided on, or accept or reject this one"
        )
    if intention.decision is Decision.ACCEPT:
        _refuse_void_acceptance(assessment, text_read)


def _refuse_void_acceptance(assessment: Assessment, text_read: TextRead) -> None:
    number = assessment.revision.number
    if assessment.record is RecordState.CONFLICT:
        raise UsageError(
            f"revision {number} has two contents, nobody can accept both: reject it, or ask "
            f"{assessment.notice.issuing_office} for a new revision"
        )
    if text_read is TextRead.NOT_READ:
        raise UsageError(
            "the notice discloses only that the policy exists, and nobody can accept what they "
            f"haven't read: ask {assessment.notice.issuing_office} for the text or a summary, then "
            "say --text-read"
        )


def _refuse_officer(intention: Intention, assessment: Assessment, dossier: Dossier) -> None:
    """Refuse an acceptance by who wrote the text or let it go out, or fills another seat."""
    if intention.decision is not Decision.ACCEPT:
        return
    text, officer = dossier.text_of(assessment.notice), intention.officer_id.casefold()
    if officer in {each.drafter_id for each in text.everywhere}:
        raise UsageError("this officer drafted the notice: let another one decide")
    if officer in approvers_of(text.everywhere, dossier):
        raise UsageError("this officer approved the notice: let another one decide")
    for state in assessment.offices:
        if state.acceptance is not None and _sits_on(state.acceptance, intention):
            raise UsageError(
                f"this officer has accepted for {state.office}, and fills one seat: let another "
                "one decide"
            )


def _sits_on(accept: AcknowledgementFact, intention: Intention) -> bool:
    """Whether the officer fills another office's seat, which comes before this one."""
    is_own_first = accept.is_delegated and intention.deciding_office == intention.office
    return (
        accept.officer_id == intention.officer_id.casefold()
        and accept.deciding_office != intention.deciding_office
        and not is_own_first
    )


def _addressees(row: FactRow) -> list[str]:
    addressees = row.data["addressees"]
    items = addressees if isinstance(addressees, list) else []
    return [str(each["office"]) for each in items if isinstance(each, dict)]


def _remarks(
    intention: Intention,
    assessment: Assessment,
    office: OfficeState | None,
    judgement: Judgement,
    now: datetime,
) -> Iterator[str]:
    highest = max(judgement.assessments)
    if assessment.revision.number != highest:
        yield f"revision {highest} is the newest"
    governing = judgement.governing(now)
    if governing is not None and governing.revision.number != assessment.revision.number:
        yield (
            f"revision {governing.revision.number} governs now, and this decision leaves it as it "
            f"is: --revision {governing.revision.number} decides on that one"
        )
    if office is None:
        yield f"no seat needs {intention.deciding_office}: it is on record, and fills none"
    elif office.delivery is None:
        yield "the text hasn't been delivered to this office by the bus yet"
    if assessment.notice.stage is not Stage.FINAL:
        yield "this is a proposal: accepting it announces nothing"
    if assessment.notice.mode is not Mode.ACTUAL:
        yield f"mode {assessment.notice.mode}: this clears no gate"
    if judgement.force(now) is Force.ENDED:
        yield "the policy has ended"
    accepts = intention.decision is Decision.ACCEPT
    if accepts and office is not None and _needs_waiver(intention, office):
        yield (
            "the lead time is SHORT for this office: without --waive-lead-time this doesn't "
            "announce the policy"
        )


def _needs_waiver(intention: Intention, office: OfficeState) -> bool:
    return office.lead is Lead.SHORT and not intention.waives_lead_time


def _deciding(acknowledgement: Payload) -> str:
    office: str = acknowledgement.get("on_behalf_of") or acknowledgement["office"]
    return office


async def decide(
    settings: Settings, proposal: Proposal, schemas: SchemaStore
) -> tuple[int, Published]:
    """Publish the decision through the outbox of the office's agency; return its number too.

    The number is the next one of the office for this policy, also by what the tracker hasn't read
    yet. Raises InvalidEventError with every fault.
    """
    intention, clock = proposal.intention, settings.clock()
    owner, topic = intention.owner, intention.topic
    url = settings.database_url_of(owner)
    async with owner_session(url, owner) as connection, connection.transaction():
        own = await own_payloads(connection, topic, intention.policy_id, schemas)
        deciding = intention.deciding_office
        numbers = [each["decision_no"] for each in own if _deciding(each) == deciding]
        number = max([proposal.last_decision_no, *numbers]) + 1
        draft = Draft(topic=topic, data=proposal.payload(number), mode=proposal.mode)
        (published,) = await Outbox(owner, clock, schemas).publish(connection, [draft])
    return number, published
