"""What messages say, in plain words: what happened, to which policy, and who must do what by when.

An exercise and a test say so in the subject's first word and in the text's first line. Nothing
here is personal: policies, offices, times and ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bus.channels.message import Words
from bus.codec.definitions import Json
from bus.events import Mode

NO_DECISION = "The delivery of this message is no decision, and neither is reading it."

NOT_REAL = {
    Mode.EXERCISE: "EXERCISE: this belongs to an exercise. It changes nothing for any person.",
    Mode.TEST: "TEST: this is a technical test. It changes nothing for any person.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a message is about: one text of one policy, and where an office stands on it."""

    policy_id: str
    mode: Mode
    office: str
    revision: int | None = None
    material_digest: str | None = None
    delivered_at: datetime | None = None
    due_at: datetime | None = None
    effective_at: datetime | None = None

    @property
    def name(self) -> str:
        """The policy with its revision."""
        if self.revision is None:
            return self.policy_id
        return f"{self.policy_id}, revision {self.revision}"

    @property
    def facts(self) -> dict[str, Json]:
        """The same for machines."""
        return {
            "policy_id": self.policy_id,
            "revision": self.revision,
            "material_digest": self.material_digest,
            "about_office": self.office,
            "delivered_at": _iso(self.delivered_at),
            "due_at": _iso(self.due_at),
            "effective_at": _iso(self.effective_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """A message before it is laid out."""

    subject: str
    happened: str
    needed: str
    commands: Sequence[str]
    follows: str
    facts: dict[str, Json] = field(default_factory=dict)

    def words(self, mode: Mode) -> Words:
        paragraphs = [
            *([NOT_REAL[mode]] if mode in NOT_REAL else []),
            self.happened,
            f"What to do: {self.needed}",
            "\n".join(f"    {command}" for command in self.commands),
            self.follows,
            NO_DECISION,
        ]
        prefix = "" if mode is Mode.ACTUAL else f"{mode.value} "
        commands: list[Json] = [*self.commands]
        return Words(
            subject=f"{prefix}{self.subject}",
            text="\n\n".join(part for part in paragraphs if part) + "\n",
            facts={**self.facts, "commands": commands},
        )


def reminder(matter: Matter, percent: int) -> Words:
    """Return the reminder of an office that hasn't decided after so much of its time."""
    return _Letter(
        subject=f"Reminder: {matter.policy_id} needs a decision by {_moment(matter.due_at)}",
        happened=f"{_delivered(matter)} {matter.office} has not decided, and {percent} % of its "
        "time to answer is over.",
        needed=f"{matter.office} must accept or reject this text by {_moment(matter.due_at)}.",
        commands=_deciding(matter),
        follows="Until every required office has accepted, the policy isn't announced, and its "
        "gate stays closed.",
        facts={**matter.facts, "percent": percent},
    ).words(matter.mode)


def overdue(matter: Matter) -> Words:
    """Return what an office is told when its time to answer is over."""
    return _Letter(
        subject=f"Overdue: {matter.policy_id} still needs a decision",
        happened=f"{_delivered(matter)} {matter.office} had until {_moment(matter.due_at)} to "
        "decide, and has not.",
        needed=f"{matter.office} must accept or reject this text now.",
        commands=_deciding(matter),
        follows="The silence is published as a finding. If it lasts, the offices of the ladder are "
        "turned to. The policy isn't announced, and its gate stays closed.",
        facts=matter.facts,
    ).words(matter.mode)


def ladder_step(matter: Matter, told: str, step: int) -> Words:
    """Return what the office `told` of a ladder hears about the silent one."""
    return _Letter(
        subject=f"Turned to you: {matter.office} is silent on {matter.policy_id}",
        happened=f"{_delivered(matter)} {matter.office} has not decided yet; its time is over on "
        f"{_moment(matter.due_at)}. So {told} is turned to: step {step} of its ladder.",
        needed=f"{told} must see to it that {matter.office} accepts or rejects this text.",
        commands=[_show(matter), *_deciding(matter)[1:]],
        follows=f"Only {matter.office}'s own decision counts. Until then the policy isn't "
        "announced, and its gate stays closed.",
        facts={**matter.facts, "step": step},
    ).words(matter.mode)


def clearance_changed(matter: Matter, changes: Sequence[str], *, owes_decision: bool) -> Words:
    """Return what an addressee hears of a policy's new state; `changes` are sentences."""
    needed = "nothing is asked of you now." if not owes_decision else _asked(matter)
    commands = _deciding(matter) if owes_decision else [_show(matter)]
    return _Letter(
        subject=f"Changed: {matter.policy_id}: {changes[0].rstrip('.')}",
        happened=" ".join([f"The state of {matter.name} has changed.", *changes]),
        needed=needed,
        commands=[*commands, f"bus gate {matter.policy_id}"],
        follows="The gate states whether the agreed coordination took place; it neither confers "
        "nor denies legal authority.",
        facts={**matter.facts, "owes_decision": owes_decision},
    ).words(matter.mode)


def finding(matter: Matter, *, kind: str, finding_id: str, what: str, needed: str) -> Words:
    """Return what an addressee hears of a finding; `what` and `needed` are sentences."""
    return _Letter(
        subject=f"Finding {kind}: {matter.policy_id}",
        happened=f"{what} It concerns {matter.name}.",
        needed=needed,
        commands=[
            f"bus explain {finding_id}",
            f"bus findings list --policy {matter.policy_id}",
        ],
        follows="A finding says what was known when it was opened.",
        facts={**matter.facts, "finding_id": finding_id, "finding_kind": kind},
    ).words(matter.mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFinding:
    """A finding that no office has taken; `what` is a sentence, `about` an office or agency."""

    finding_id: str
    kind: str
    what: str
    about: str
    policy_id: str | None
    opened_at: datetime


def finding_step(finding: OpenFinding, mode: Mode, *, told: str, step: int) -> Words:
    """Return what the office `told` of a ladder hears of a finding that nobody has taken."""
    policy = "" if finding.policy_id is None else f", policy {finding.policy_id}"
    agency = finding.about.partition(".")[0]
    facts: dict[str, Json] = {
        "finding_id": finding.finding_id,
        "finding_kind": finding.kind,
        "policy_id": finding.policy_id,
        "about_office": finding.about,
        "opened_at": _iso(finding.opened_at),
        "step": step,
    }
    return _Letter(
        subject=f"Turned to you: nobody has taken {finding.kind} about {finding.about}",
        happened=f"{finding.what} It is about {finding.about}{policy}, open since "
        f"{_moment(finding.opened_at)}, and no office has taken it. So {told} is turned to: step "
        f"{step} of its ladder.",
        needed=f"{told} must see to it that an office of {agency}, or hhs.oig, takes it and says "
        "what becomes of it.",
        commands=[
            f"bus explain {finding.finding_id}",
            f"bus findings take {finding.finding_id} --office OFFICE --officer ROLE:ID",
        ],
        follows="Silence closes no finding. Once it is taken, nobody else is turned to.",
        facts=facts,
    ).words(mode)


def trial(office: str) -> Words:
    """Return what an operator sends to see whether an office's channels work."""
    return _Letter(
        subject=f"{office} can be reached by the interagency notification bus",
        happened=f"An operator is trying the channels of {office}.",
        needed="nothing. If this isn't your office, tell the operator of the bus.",
        commands=[],
        follows="",
    ).words(Mode.TEST)


def _delivered(matter: Matter) -> str:
    """Tell when the text came."""
    if matter.delivered_at is None:
        return f"{matter.name}: no receipt says yet that its text has reached {matter.office}."
    return f"The text of {matter.name} reached {matter.office} on {_moment(matter.delivered_at)}."


def _asked(matter: Matter) -> str:
    if matter.due_at is None:
        return f"{matter.office} must accept or reject this text. {_delivered(matter)}"
    return f"{matter.office} must accept or reject this text by {_moment(matter.due_at)}."


def _deciding(matter: Matter) -> list[str]:
    decide = f"bus acknowledge {matter.policy_id} --office {matter.office} --officer ROLE:ID"
    return [_show(matter), f"{decide} --accept", f'{decide} --reject "REASON"']


def _show(matter: Matter) -> str:
    return f"bus notice show {matter.policy_id}"


def _moment(moment: datetime | None) -> str:
    return "an unknown moment" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
