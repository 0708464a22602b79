"""Random histories, small enough that facts meet: few offices, revisions, texts and days."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from bus.events import Mode
from bus.notices.durations import calendar_days
from bus.notices.facts import (
    AcknowledgementFact,
    AgreementFact,
    Answer,
    AnyFact,
    CoordinationFact,
    CoordinationKind,
    DeadLetterFact,
    Decision,
    Disclosure,
    NoticeFact,
    ReceiptFact,
    Seat,
    Stage,
    TextRead,
)
from bus.notices.states import ObjectionAfterEffect
from tests.unit.notices import stories
from tests.unit.notices.stories import DIRECTOR, INTAKE, POLICY

NEWER = "doj/2018/newer-policy"
OIG = "hhs.oig"

TEXTS: dict[str, dict[str, object]] = {
    "a" * 64: {"effective": 40},
    "b" * 64: {"effective": 50, "expires": 60},
    "c" * 64: {"effective": 40, "required": (OIG,)},
    "d" * 64: {"effective": 35, "places_needed": 4, "per_week": 5},
    "e" * 64: {"effective": 40, "stage": Stage.PROPOSED},
    "f" * 64: {"effective": 40, "disclosure": Disclosure.SUMMARY, "sealed": "9" * 64},
    "0" * 64: {"effective": 40, "disclosure": Disclosure.EXISTENCE},
}
"""Each material text always says the same: a digest is a digest of it."""

MOMENTS = [0, 5, 10, 20, 34.5, 35, 40, 45, 50, 55, 60, 65, 70]
"""Around every moment at which something in these histories begins or ends."""

recorded_days = st.sampled_from([0, 1, 5, 10, 20, 20.5, 35, 40, 45, 55])
moments = st.sampled_from(MOMENTS)
modes = st.sampled_from([Mode.ACTUAL] * 6 + [Mode.EXERCISE])
mostly = st.sampled_from([True] * 7 + [False])
rarely = st.sampled_from([False] * 7 + [True])
digests = st.sampled_from(sorted(TEXTS) + ["a" * 64] * 4)


@st.composite
def notices(draw: st.DrawFn, policy_id: str = POLICY) -> NoticeFact:
    text = draw(digests)
    return stories.notice(
        recorded=draw(recorded_days),
        revision=draw(st.integers(1, 3)),
        text=text,
        content=f"{text} {draw(st.sampled_from('xxxy'))}",
        policy_id=policy_id,
        supersedes=POLICY if policy_id == NEWER and draw(mostly) else None,
        topic=draw(st.sampled_from(["doj.policy-notice.v1"] * 7 + ["dhs.policy-notice.v1"])),
        drafter=draw(st.sampled_from(["d-1"] * 6 + [f"{INTAKE}-17"])),
        approver=draw(st.sampled_from(["a-2"] * 8 + [None, "d-1", f"{DIRECTOR}-17"])),
        replaces=draw(st.sampled_from([None, None, "a" * 64, "b" * 64])),
        recorded_by=draw(st.sampled_from([None] * 8 + ["doj.eousa", "hhs.ios"])),
        mode=draw(modes),
        sound=draw(mostly),
        faults=("legal_authority",) if draw(rarely) else (),
        **TEXTS[text],  # type: ignore[arg-type]
    )


@st.composite
def acknowledgements(draw: st.DrawFn) -> AcknowledgementFact:
    return stories.decision(
        draw(st.sampled_from([INTAKE, DIRECTOR, OIG, "dhs.plcy"])),
        draw(st.sampled_from([Decision.ACCEPT] * 4 + [Decision.REJECT, Decision.WITHDRAW])),
        recorded=draw(recorded_days),
        number=draw(st.integers(1, 3)),
        revision=draw(st.integers(1, 3)),
        text=draw(digests),
        topic=draw(st.sampled_from(["hhs.acknowledgement.v1"] * 7 + ["dhs.acknowledgement.v1"])),
        officer=draw(st.sampled_from([None] * 6 + ["h-17", "d-1"])),
        conditions=("beds",) if draw(rarely) else (),
        waives=draw(st.booleans()),
        read=draw(
            st.sampled_from([TextRead.READ] * 6 + [TextRead.NOT_READ, TextRead.SUMMARY_READ])
        ),
        places=draw(st.sampled_from([None, None, 4, 5])),
        on_behalf_of=draw(st.sampled_from([None] * 8 + [INTAKE, DIRECTOR, "dhs.plcy"])),
        recorded_by=draw(st.sampled_from([None] * 8 + [OIG, "doj.oag"])),
        mode=draw(modes),
        sound=draw(mostly),
        faults=("readiness.from",) if draw(rarely) else (),
    )


@st.composite
def receipts(draw: st.DrawFn, told: list[NoticeFact]) -> ReceiptFact:
    subset = draw(st.lists(st.sampled_from(told), max_size=2)) if told else []
    return stories.receipt(
        *subset,
        recorded=draw(recorded_days),
        group=draw(st.sampled_from(["hhs-intake"] * 7 + ["tracker"])),
        topic=draw(st.sampled_from(["hhs.delivery-receipt.v1"] * 7 + ["doj.delivery-receipt.v1"])),
        office=draw(st.sampled_from([None, None, INTAKE, DIRECTOR])),
        mode=draw(modes),
        sound=draw(mostly),
    )


@st.composite
def steps(draw: st.DrawFn) -> CoordinationFact:
    owner = draw(st.sampled_from(["doj", "doj", "hhs"]))
    since = draw(st.sampled_from([None, 30, 45, 65, 65]))
    kind = draw(st.sampled_from(list(CoordinationKind) + [CoordinationKind.CANCEL] * 3))
    details = {
        "recorded": draw(recorded_days),
        "office": f"{owner}.oag",
        "topic": draw(st.sampled_from([f"{owner}.coordination.v1"] * 4 + ["dhs.coordination.v1"])),
        "policy_id": draw(st.sampled_from([POLICY, NEWER])),
        "mode": draw(modes),
        "sound": draw(mostly),
    }
    match kind:
        case CoordinationKind.CANCEL:
            return stories.cancel(since, **details)
        case CoordinationKind.STAY:
            return stories.stay(since, **details)
        case _:
            return stories.coordination(kind, **details)


@st.composite
def liftings(draw: st.DrawFn, stays: list[CoordinationFact]) -> CoordinationFact:
    owner = draw(st.sampled_from(["doj", "doj", "hhs"]))
    return stories.lift(
        draw(st.sampled_from(stays)),
        draw(st.sampled_from([35, 50, 60])),
        approver=draw(st.sampled_from(["a-2"] * 4 + ["d-9"])),
        recorded=draw(recorded_days),
        office=f"{owner}.oag",
        topic=f"{owner}.coordination.v1",
        sound=draw(mostly),
        recorded_by=draw(st.sampled_from([None] * 6 + ["doj.oag", "hhs.ios"])),
    )


@st.composite
def answers(draw: st.DrawFn) -> CoordinationFact:
    return stories.answer(
        draw(st.sampled_from(["beds", "beds", "capacity"])),
        draw(st.sampled_from([Answer.AGREED] * 3 + [Answer.ANSWERED, Answer.REFUSED])),
        draw(st.sampled_from([INTAKE, INTAKE, DIRECTOR])),
        recorded=draw(recorded_days),
        topic=draw(st.sampled_from(["doj.coordination.v1"] * 7 + ["hhs.coordination.v1"])),
        sound=draw(mostly),
    )


@st.composite
def delegations(draw: st.DrawFn) -> CoordinationFact:
    return stories.delegate(
        draw(st.sampled_from([OIG, OIG, INTAKE, DIRECTOR])),
        office=draw(st.sampled_from([INTAKE, INTAKE, DIRECTOR])),
        until=draw(st.sampled_from([None, 0, 20, 45])),
        recorded=draw(recorded_days),
        sound=draw(mostly),
    )


@st.composite
def conditional_facts(draw: st.DrawFn) -> list[AnyFact]:
    """An acceptance on a condition, or by a delegate, and what it waits for."""
    details = {"recorded": draw(recorded_days), "number": draw(st.integers(1, 2))}
    office = draw(st.sampled_from([INTAKE, DIRECTOR]))
    if draw(st.booleans()):
        made = stories.accept(office, conditions=("beds",), **details)
        return [made, draw(answers())]
    officer = draw(st.sampled_from([None, f"{DIRECTOR}-17"]))
    made = stories.accept(OIG, on_behalf_of=office, officer=officer, **details)
    return [made, draw(delegations())]


@st.composite
def good_facts(draw: st.DrawFn) -> list[AnyFact]:
    """Most of a history that announces a policy, so that random facts have one to disturb."""
    first = stories.notice(recorded=0, effective=40, text="a" * 64, content=f"{'a' * 64} x")
    facts = [
        first,
        stories.receipt(first, recorded=draw(st.sampled_from([1, 5, 10, 20]))),
        *stories.both_accept(recorded=5, waives=draw(st.booleans())),
    ]
    return [fact for fact in facts if draw(mostly)]


@st.composite
def agreements(draw: st.DrawFn) -> AgreementFact:
    """One that asks fewer offices than the default, or more, and tells them later or earlier."""
    offices = draw(st.sampled_from([(INTAKE,), (INTAKE, DIRECTOR, OIG)]))
    return stories.agreement(
        begins=draw(st.sampled_from([0, 5])),
        ends=draw(st.sampled_from([None, 20])),
        seats=tuple(map(Seat.of_office, offices)),
        receipts=tuple((office, "hhs-intake") for office in offices),
        lead_time=calendar_days(draw(st.sampled_from([10, 30, 35]))),
        objection_after_effect=draw(st.sampled_from(list(ObjectionAfterEffect))),
        approved_by=draw(st.sampled_from([None, None, ("hhs",)])),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[AnyFact]:
    facts = draw(good_facts())
    facts += draw(st.lists(notices(), max_size=3))
    facts += draw(st.lists(notices(NEWER), max_size=1))
    told = [fact for fact in facts if isinstance(fact, NoticeFact)]
    facts += draw(st.lists(receipts(told), max_size=3))
    facts += draw(st.lists(acknowledgements(), max_size=4))
    facts += draw(st.lists(steps(), max_size=1))
    facts += draw(st.lists(st.one_of(answers(), delegations()), max_size=1))
    facts += draw(st.one_of(st.just([]), conditional_facts()))
    stays = [f for f in facts if isinstance(f, CoordinationFact) and f.kind == "STAY"]
    if stays:
        facts += draw(st.lists(liftings(stays), max_size=2))
    if draw(rarely):
        closed = draw(st.sampled_from([None, 45]))
        facts.append(stories.dead_letter(opened=20, closed=closed, mode=draw(modes)))
    if draw(rarely):
        facts.append(draw(agreements()))
    return facts


@st.composite
def redelivered(draw: st.DrawFn, facts: list[AnyFact]) -> list[AnyFact]:
    """The same facts in another order, some of them recorded again, later."""
    again = draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []
    copies = [_later(fact) for fact in again]
    return draw(st.permutations(facts + copies))


def _later(fact: AnyFact) -> AnyFact:
    """Return a second occurrence of one event, as a producer's retry leaves it on the topic."""
    if isinstance(fact, DeadLetterFact):
        return fact
    origin = replace(
        fact.origin,
        offset=fact.origin.offset + 10_000,
        recorded_at=max(fact.recorded_at, stories.day(10)),
    )
    return replace(fact, origin=origin)
