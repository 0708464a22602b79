"""The conditions that offices make: which of them wait for whom, and the issuer's answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bus.errors import UsageError
from bus.events import Mode
from bus.notices.clearance import Judgement
from bus.notices.conditions import (
    answer_that_counts,
    answered_acceptance,
    conditions_of,
)
from bus.notices.decisions import decisions_on, is_voided
from bus.notices.dossier import Dossier
from bus.notices.facts import AcknowledgementFact, Answer, CoordinationKind, Decision
from bus.notices.texts import Text
from bus.offices.known_policy import KnownPolicy, as_fact
from bus.offices.observing import Officer, Step
from bus.offices.overview import Policy
from bus.offices.policy_steps import require_issuer, step_on

CAPACITY_TEXT = "fewer places than the notice needs, or later ones"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of an office's acceptance that stands, and how it was answered; None if open."""

    policy_id: str
    mode: Mode
    issuing_office: str
    acceptance: AcknowledgementFact
    condition_id: str
    answer: Answer | None

    @property
    def office(self) -> str:
        """The office that made it."""
        return self.acceptance.deciding_office

    @property
    def is_met(self) -> bool:
        """Whether the issuer has agreed."""
        return self.answer is Answer.AGREED

    @property
    def waits_for(self) -> str | None:
        """The office whose turn it is: the issuer answers, then the office decides anew."""
        if self.is_met:
            return None
        return self.issuing_office if self.answer is None else self.office


def conditions_at(judgement: Judgement, at: datetime) -> Iterator[Condition]:
    """Yield the conditions on the text that governs and on the newest one, met ones too."""
    dossier = judgement.dossier
    newest = judgement.assessments[max(judgement.assessments)]
    governing = judgement.governing(at) or newest
    for text in dict.fromkeys(dossier.text_of(each.notice) for each in (governing, newest)):
        for accept in standing_acceptances(text, dossier):
            for condition_id in conditions_of(accept, dossier):
                yield Condition(
                    policy_id=dossier.policy_id,
                    mode=accept.mode,
                    issuing_office=newest.notice.issuing_office,
                    acceptance=accept,
                    condition_id=condition_id,
                    answer=answer_that_counts(condition_id, accept, dossier),
                )


def standing_acceptances(text: Text, dossier: Dossier) -> Iterator[AcknowledgementFact]:
    """Yield what each office decided last on a text, where that is an acceptance."""
    decisions = decisions_on(text, dossier)
    for _, decided in sorted(decisions.items()):
        last = max(decided, key=lambda each: each.decision_no)
        if last.decision is Decision.ACCEPT and not is_voided(last, text):
            yield last


def _text_of(accept: AcknowledgementFact, dossier: Dossier) -> Text:
    """Return the text that it accepts. It may be one that nobody has announced yet."""
    accepted = (
        text
        for text in dossier.texts
        if text.digest == accept.material_digest and accept.revision in text.revisions
    )
    return next(accepted, Text.of(accept.material_digest, (), ()))


def text_of_condition(condition: Condition, policy: Policy) -> str | None:
    """Return the condition in the office's words."""
    if condition.condition_id not in condition.acceptance.conditions:
        return CAPACITY_TEXT
    made = policy.rows[condition.acceptance.event_id].data["conditions"]
    for each in made if isinstance(made, list) else []:
        if isinstance(each, dict) and each["condition_id"] == condition.condition_id:
            return str(each["text"])
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the issuer answers to a condition of an office."""

    office: str
    condition_id: str
    answer: Answer
    text: str | None = None


def answering(known: KnownPolicy, officer: Officer, reply: Reply) -> Step:
    """Answer a condition, by the issuer. Raises UsageError where the answer would be void."""
    require_issuer(known, officer, f"answer conditions of {known.policy_id}")
    body: dict[str, object] = {
        "condition_id": reply.condition_id,
        "office": reply.office,
        "answer": reply.answer.value,
        "text": reply.text,
    }
    step = step_on(known, officer, CoordinationKind.CONDITION_ANSWER, body)
    accept = answered_acceptance(as_fact(step, known), known.dossier)
    if accept is None:
        raise UsageError(_not_made(known, reply))
    if accept not in set(standing_acceptances(_text_of(accept, known.dossier), known.dossier)):
        raise UsageError(
            f"{reply.office} has decided anew since it made {reply.condition_id!r} (its decision "
            f"{accept.decision_no}): an answer would change nothing"
        )
    _refuse_repeated(reply, answer_that_counts(reply.condition_id, accept, known.dossier))
    return step


def _not_made(known: KnownPolicy, reply: Reply) -> str:
    made = [
        f"{each.office} {each.condition_id}" for each in conditions_at(known.judgement, known.now)
    ]
    listed = f"there are: {', '.join(made)}" if made else "nobody has made one"
    return (
        f"{reply.office} has made no condition {reply.condition_id!r} of {known.policy_id} that "
        f"the tracker knows; {listed}"
    )


def _refuse_repeated(reply: Reply, answered: Answer | None) -> None:
    """Only a refusal counts after an agreement, and after a refusal nothing does."""
    if answered is Answer.REFUSED:
        raise UsageError(
            f"{reply.condition_id!r} was refused, which stands whatever else is answered: "
            f"{reply.office} has to decide anew"
        )
    if answered is Answer.AGREED and reply.answer is not Answer.REFUSED:
        raise UsageError(
            f"{reply.condition_id!r} was agreed already: only --refused would change it"
        )
