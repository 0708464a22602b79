"""What officers and machines say of one policy, each thing as it is recorded now."""

from __future__ import annotations

from uuid import UUID

from bus.events import Mode
from bus.notices.durations import calendar_days
from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    Answer,
    AnyFact,
    CoordinationFact,
    CoordinationKind,
    Decision,
    NoticeFact,
    Outcome,
    ReceiptFact,
)
from tests.unit.notices import stories
from tests.unit.notices.stories import DIRECTOR, INTAKE, OFFICES, POLICY

OIG = "hhs.oig"
NOWHERE = UUID(int=1 << 100)
"""The id of an observation that nobody made."""

EFFECTIVE_ON = {"a" * 64: 40.0, "b" * 64: 50.0, "c" * 64: 45.0}

Exercised = NoticeFact | ReceiptFact | AcknowledgementFact | CoordinationFact | AgreementFact
EXERCISED = (
    "a notice",
    "a receipt",
    "a rejection",
    "a cancellation",
    "a stay",
    "a lifting",
    "an agreement",
    "an answer",
    "a delegation",
    "an observation",
    "a disposition",
)
"""What an exercise may record to look like something real."""


class Journal:
    """`facts` stand in the order of recording; `now` is a day."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.facts: list[AnyFact] = []
        self.numbers: dict[str, int] = {}

    def record(self, fact: AnyFact) -> None:
        self.facts.append(fact)

    def notice(self, text: str, revision: int = 1, replaces: str | None = None) -> NoticeFact:
        return stories.notice(
            recorded=self.now,
            text=text,
            effective=EFFECTIVE_ON[text],
            revision=revision,
            replaces=replaces,
        )

    def decision(
        self, office: str, what: Decision, newest: bool, **details: object
    ) -> AcknowledgementFact:
        """The office's next decision, on the newest text or on the first."""
        notice = self.notices()[-1 if newest else 0]
        self.numbers[office] = self.numbers.get(office, 0) + 1
        return stories.decision(
            office,
            what,
            recorded=self.now,
            number=self.numbers[office],
            revision=notice.revision,
            text=notice.material_digest,
            officer=f"officer of {office}",
            **details,  # type: ignore[arg-type]
        )

    def agreement(self, version: int, lead_days: int, **details: object) -> AgreementFact:
        """A version of what DOJ and HHS agreed on; who is silent is reported after three days."""
        return stories.agreement(
            recorded=self.now,
            begins=self.now,
            version=version,
            lead_time=calendar_days(lead_days),
            receipts=tuple((office, "hhs-intake") for office in OFFICES),
            ladders=tuple((office, ((OIG, calendar_days(3)),)) for office in OFFICES),
            **details,  # type: ignore[arg-type]
        )

    def observation(self, identifier: UUID | None, policy_id: str | None) -> CoordinationFact:
        return stories.observation(
            recorded=self.now, coordination_id=identifier, policy_id=policy_id
        )

    def exercised(self) -> dict[str, Exercised]:
        """What an exercise may record to look like something real."""
        seen = self.of_coordination(CoordinationKind.OBSERVATION)
        of = seen[-1].coordination_id if seen else NOWHERE
        number = max((each.version for each in self.agreements()), default=0)
        closed = {"office": "doj.oag", "reference": "an exercise", "recorded": self.now}
        stayed = [stories.lift(each, 0, recorded=self.now) for each in self.stays()[-1:]]
        return {
            "a notice": self.notice("c" * 64, revision=9),
            "a receipt": stories.receipt(*self.notices(), recorded=self.now),
            "a rejection": stories.reject(DIRECTOR, number=99, recorded=self.now),
            "a cancellation": stories.cancel(0, recorded=self.now),
            "a stay": stories.stay(0, recorded=self.now),
            "a lifting": stayed[0] if stayed else stories.stay(0, recorded=self.now),
            "an agreement": self.agreement(number + 1, 1, seats=()),
            "an answer": stories.answer("beds", Answer.AGREED, INTAKE, recorded=self.now),
            "a delegation": stories.delegate(OIG, since=0, recorded=self.now),
            "an observation": self.observation(of, POLICY),
            "a disposition": stories.disposition(of, Outcome.RESOLVED, **closed),
        }

    def of_kind(self, kind: type[AnyFact]) -> list[AnyFact]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def notices(self) -> list[NoticeFact]:
        found = [fact for fact in self.facts if isinstance(fact, NoticeFact)]
        return [fact for fact in found if fact.mode is Mode.ACTUAL]

    def of_coordination(
        self, kind: CoordinationKind, known: int | None = None
    ) -> list[CoordinationFact]:
        """Return what is real of a kind, of the first `known` facts."""
        found = [fact for fact in self.facts[:known] if isinstance(fact, CoordinationFact)]
        return [fact for fact in found if fact.kind is kind and fact.mode is Mode.ACTUAL]

    def stays(self) -> list[CoordinationFact]:
        return self.of_coordination(CoordinationKind.STAY)

    def agreements(self) -> list[AgreementFact]:
        found = [fact for fact in self.facts if isinstance(fact, AgreementFact)]
        return [fact for fact in found if fact.mode is Mode.ACTUAL]
